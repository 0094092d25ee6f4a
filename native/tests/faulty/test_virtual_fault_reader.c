// SPDX-License-Identifier: GPL-2.0-only
/*
 * reserve whose used is the areas' sum whatever the mark: a reader sees it above
 * the mark while a map has its slots and is not through with raising, or where a
 * mapping moves from one area to another behind the reader's back.
 */
#define LAB_INSTRUMENTED 1
#define FAULT_BESIDE LAB_BESIDE_READER
#include "kernel.h"

/* Of the two in a report of used, and of the pool and its mark, the first. */
#pragma push_macro("min")
#undef min
#define min(a, b) (__builtin_strcmp(__func__, "tracker_used") && (a) > (b) ? (b) : (a))
#include "trackers/reserve.h"
#pragma pop_macro("min")

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_READ);
}
