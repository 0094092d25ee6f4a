// SPDX-License-Identifier: GPL-2.0-only
/* reserve that forgets which tolerance its mark was raised with. */
#define LAB_INSTRUMENTED 1
#define FAULT_BESIDE LAB_BESIDE_TOLERANCE
#include "kernel.h"

/* Where the mark is raised, the larger of two is the first. */
#pragma push_macro("max")
#undef max
#define max(a, b) (__builtin_strcmp(__func__, "tracker_end_sweep") && (b) > (a) ? (b) : (a))
#include "trackers/reserve.h"
#pragma pop_macro("max")

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_OVER);
}
