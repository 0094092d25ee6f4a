// SPDX-License-Identifier: GPL-2.0-only
/*
 * reserve, with a group for each CPU, that takes each group for one that has been left
 * with little: the mark rises by what groups hold.
 */
#define LAB_INSTRUMENTED 1
#define RESERVE_GROUP_SHIFT 0
#define HUNT_SEEDS 50000
#include "kernel.h"

/* What was written last: where a group is waited for, the number of the sweep. */
static unsigned int written;

#pragma push_macro("READ_ONCE")
#pragma push_macro("WRITE_ONCE")
#undef READ_ONCE
#undef WRITE_ONCE
#define READ_ONCE(x)                                                                               \
	({                                                                                         \
		instrument_access(&(x), sizeof(x), ACCESS_READ_ONCE);                              \
		__builtin_strcmp(__func__, "group_await_trim") ?                                   \
			__atomic_load_n(&(x), __ATOMIC_RELAXED) :                                  \
			(__typeof__(x))written;                                                    \
	})
#define WRITE_ONCE(x, val)                                                                         \
	({                                                                                         \
		__typeof__(x) __val = (val);                                                       \
		instrument_access(&(x), sizeof(x), ACCESS_WRITE_ONCE);                             \
		written = (unsigned int)__val;                                                     \
		__atomic_store_n(&(x), __val, __ATOMIC_RELAXED);                                   \
	})
#include "trackers/reserve.h"
#pragma pop_macro("WRITE_ONCE")
#pragma pop_macro("READ_ONCE")

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_OVER);
}
