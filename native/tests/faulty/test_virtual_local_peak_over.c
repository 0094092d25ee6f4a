// SPDX-License-Identifier: GPL-2.0-only
/*
 * local-peak, promising that it is never over. It can be: an area's old peak is taken
 * together with what another has in use by now.
 */
#define PROMISED over
#include "faulty/local_peak_side.h"

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_OVER);
}
