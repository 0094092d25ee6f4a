// SPDX-License-Identifier: GPL-2.0-only
/*
 * A counter whose every 64th map raises the mark without care: no short schedule
 * comes so far. It takes the states behind a load.
 */
#define LAB_INSTRUMENTED 1
#define FAULT_BESIDE LAB_BESIDE_LOAD
#define HUNT_SEEDS 20000
#include "../../../test/data/trackers/rare.h"

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_UNDER);
}
