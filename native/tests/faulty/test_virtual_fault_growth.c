// SPDX-License-Identifier: GPL-2.0-only
/* per-area that sums the areas of the newest pool only: the others are forgotten. */
#define LAB_INSTRUMENTED 1
#define FAULT_BESIDE LAB_BESIDE_GROWTH
#include "rcu.h"

/* The walk over the areas ends behind its first pool. */
#pragma push_macro("rcu_dereference")
#undef rcu_dereference
#define rcu_dereference(p)                                                                         \
	(__builtin_strcmp(__func__, "area_walk_next") ? __atomic_load_n(&(p), __ATOMIC_SEQ_CST) :  \
							NULL)
#include "trackers/per_area.h"
#pragma pop_macro("rcu_dereference")

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_USED);
}
