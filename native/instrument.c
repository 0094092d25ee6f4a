// SPDX-License-Identifier: GPL-2.0-only
/* The instrumented words that are too large to be inlined. */
#include <string.h>

#include "instrument_engine.h"

INSTRUMENT_TLS const struct instrument_engine *instrument_engine;
INSTRUMENT_TLS struct instrument_counts instrument_counts;
INSTRUMENT_TLS enum instrument_section instrument_section_now;

void instrument_spin_lock(pthread_spinlock_t *lock)
{
	instrument_counts.locks++;
	if (instrument_engine)
		instrument_engine->lock(lock);
	else
		pthread_spin_lock(lock);
}

bool instrument_spin_trylock(pthread_spinlock_t *lock)
{
	bool taken = instrument_engine ? instrument_engine->trylock(lock) :
					 pthread_spin_trylock(lock) == 0;

	instrument_counts.locks += taken;
	return taken;
}

void instrument_spin_unlock(pthread_spinlock_t *lock)
{
	if (instrument_engine)
		instrument_engine->unlock(lock);
	else
		pthread_spin_unlock(lock);
}

void instrument_bounce_copy(void *dst, const void *src, size_t size)
{
	if (instrument_engine)
		instrument_engine->copy(dst, src, size);
	else
		memcpy(dst, src, size);
}
