/* SPDX-License-Identifier: GPL-2.0-only */
/* A cost model for tests of virtual time: figures of the right size, of no machine. */
#ifndef TESTS_COSTS_H
#define TESTS_COSTS_H

#include "virtual/lab_machine.h"

static const struct lab_costs costs = {
	.own = 1.5,
	.walk = 1.5,
	.atomic = 7,
	.shared = 30,
	.core = 60,
	.socket = 150,
	.hold = 5,
	.handover = 10,
	.clock = 8,
	.map = { 15, 15 },
	.search = { 20, 10 },
	.unmap = { 10, 10 },
	.release = { 20, 10 },
	.copy = { { 1024, 60 }, { 65536, 4000 } },
	.nr_copy = 2,
};

#endif /* TESTS_COSTS_H */
