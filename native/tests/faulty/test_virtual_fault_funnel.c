// SPDX-License-Identifier: GPL-2.0-only
/*
 * funnel whose leader looks again where its batch ends when it says that it is done:
 * who has come since is told so, and is in no batch.
 */
#define LAB_INSTRUMENTED 1
#include "kernel.h"

#pragma push_macro("smp_store_release")
#undef smp_store_release
#define smp_store_release(ptr, val) WRITE_ONCE(*(ptr), ((void)(val), atomic_long_read(&a->joined)))
#include "trackers/funnel.h"
#pragma pop_macro("smp_store_release")

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_USED | LAB_FIND_UNDER);
}
