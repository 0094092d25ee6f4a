// SPDX-License-Identifier: GPL-2.0-only
/*
 * local-peak, promising that it is never under. It can be: two areas that rise and fall
 * between two merges count one at a time.
 */
#define PROMISED under
#include "faulty/local_peak_side.h"

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_UNDER);
}
