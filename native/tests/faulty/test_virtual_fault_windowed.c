// SPDX-License-Identifier: GPL-2.0-only
/*
 * windowed whose walks take the last window alone: what was in use before the walk came
 * to its area, and went before the next began, is nowhere.
 */
#define LAB_INSTRUMENTED 1
#include "kernel.h"

static unsigned int now_alone(unsigned int now, unsigned int before)
{
	return now;
}

static unsigned long larger(unsigned long a, unsigned long b)
{
	return a > b ? a : b;
}

/* Of two windows, which are the file's only integers of this size that it compares so. */
#define FAULTY_MAX(a, b) _Generic((a), unsigned int : now_alone, default : larger)(a, b)

#undef max
#define max(a, b) FAULTY_MAX(a, b)
#include "trackers/windowed.h"
#undef max
#define max(a, b) ((a) > (b) ? (a) : (b))

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_UNDER);
}
