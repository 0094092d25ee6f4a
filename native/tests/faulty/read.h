/* SPDX-License-Identifier: GPL-2.0-only */
/* For a READ_ONCE() that a fault is planted in. */
#ifndef TESTS_FAULTY_READ_H
#define TESTS_FAULTY_READ_H

#include "kernel.h"

/* An access as READ_ONCE() makes it, of which @value comes. */
#define faulty_read(x, value)                                                                      \
	({                                                                                         \
		instrument_access(&(x), sizeof(x), ACCESS_READ_ONCE);                              \
		(value);                                                                           \
	})

#endif /* TESTS_FAULTY_READ_H */
