/* SPDX-License-Identifier: GPL-2.0-only */
/* Which blocks of the watched verbs a search has run. */
#ifndef TRACKER_FILE_COVERAGE_H
#define TRACKER_FILE_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>

/* How many there are; 0 where that is not known, or what ran could not be noted. */
size_t coverage_blocks(void);
bool coverage_ran(size_t number);

#endif /* TRACKER_FILE_COVERAGE_H */
