// SPDX-License-Identifier: GPL-2.0-only
/* What the instrumented words keep for each thread, and the one that is not inlined. */
#include <string.h>

#include "instrument_engine.h"

SMP_TLS struct smp smp_here;
INSTRUMENT_TLS const struct instrument_engine *instrument_engine;
INSTRUMENT_TLS struct instrument_counts instrument_counts;
INSTRUMENT_TLS enum instrument_section instrument_section_now;
INSTRUMENT_TLS bool instrument_searching;
INSTRUMENT_TLS uintptr_t instrument_lock_from;

void instrument_bounce_copy(void *dst, const void *src, size_t size)
{
	if (instrument_engine)
		instrument_engine->copy(dst, src, size);
	else
		memcpy(dst, src, size);
}
