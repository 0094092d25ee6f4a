// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator behind a user's tracker file, which the compiler is told to
 * include first. Compiled twice: plain, and with LAB_INSTRUMENTED, where it calls
 * the tracker's verbs in watched.c.
 */
#define TRACKER_ID tracker_file

#include "swiotlb/types.h"

#include "tracker-file/limits.h"

#ifdef LAB_INSTRUMENTED
#include "tracker-file/fields.h"
#include "tracker-file/verbs.h"

/* From here on the verbs are those that are watched. */
#undef tracker_init
#undef tracker_init_area
#undef tracker_retire_area
#undef tracker_add_locked
#undef tracker_add
#undef tracker_sub_locked
#undef tracker_sub
#undef tracker_enable
#undef tracker_set_tolerance
#undef tracker_used
#undef tracker_hiwater
#undef tracker_reset
#undef tracker_bounds
#define tracker_init watched_init
#define tracker_init_area watched_init_area
#define tracker_retire_area watched_retire_area
#define tracker_add_locked watched_add_locked
#define tracker_add watched_add
#define tracker_sub_locked watched_sub_locked
#define tracker_sub watched_sub
#define tracker_enable watched_enable
#define tracker_set_tolerance watched_set_tolerance
#define tracker_used watched_used
#define tracker_hiwater watched_hiwater
#define tracker_reset watched_reset
/* A structure has this name, too. */
#define tracker_bounds(mem) watched_bounds(mem)

/* One that is not there is not looked for, either. */
#ifdef tracker_sample
#undef tracker_sample
#define tracker_sample watched_sample
#endif
#ifdef tracker_lower
#undef tracker_lower
#define tracker_lower watched_lower
#endif

#include "swiotlb/check.h"

/* What the tracker wrote to comes first: it is why an invariant may not hold. */
static const char *watched_check(struct io_tlb_mem *mem)
{
	const char *damage = watch_damage();

	return damage ? damage : swiotlb_check(mem);
}

#define swiotlb_check watched_check
#endif /* LAB_INSTRUMENTED */

#include "swiotlb/instance.h"
