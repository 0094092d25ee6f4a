// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which blocks of the watched verbs a search has run. The compiler calls a hook where
 * each block begins (-fsanitize-coverage=trace-pc), and lib/tracker-process/coverage.ts writes a
 * table of the places behind these calls into the assembly of watched.c.
 */
#include "tracker-file/coverage.h"

#include <stdint.h>

#include "instrument_engine.h"

/* More code than a tracker has; what lies behind is not noted, and that is told. */
#define NOTED_BYTES (1UL << 20)

extern const uintptr_t watched_block_places[] __attribute__((visibility("hidden")));
extern const size_t watched_nr_blocks __attribute__((visibility("hidden")));
/* Set by the linker: where this object begins. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

static bool noted[NOTED_BYTES];
static bool beyond;

static bool *note_at(uintptr_t place)
{
	uintptr_t offset = place - (uintptr_t)__ehdr_start;

	return offset < NOTED_BYTES ? &noted[offset] : NULL;
}

void __sanitizer_cov_trace_pc(void) __attribute__((visibility("hidden")));

/* One search at a time: what it notes is true for good, so nothing is lost between threads. */
void __sanitizer_cov_trace_pc(void)
{
	bool *note;

	if (!instrument_searching)
		return;
	note = note_at((uintptr_t)__builtin_return_address(0));
	if (note)
		*note = true;
	else
		beyond = true;
}

size_t coverage_blocks(void)
{
	return beyond ? 0 : watched_nr_blocks;
}

bool coverage_ran(size_t number)
{
	const bool *note = note_at(watched_block_places[number]);

	return note && *note;
}
