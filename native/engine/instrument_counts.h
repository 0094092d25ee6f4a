/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts of the instrumented build, for the calling thread. */
#ifndef ENGINE_INSTRUMENT_COUNTS_H
#define ENGINE_INSTRUMENT_COUNTS_H

#include "engine/lab.h"
#include "instrument_engine.h"

static inline void counts_begin(void)
{
	instrument_counts = (struct instrument_counts){ 0 };
}

/* Adds what this thread did since counts_begin(). */
static inline void counts_end(struct lab_accuracy *result)
{
	result->locked += instrument_counts.locked;
	result->cmpxchg_retries += instrument_counts.cmpxchg_retries;
}

#endif /* ENGINE_INSTRUMENT_COUNTS_H */
