/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boot-switch - Linux 7.3: global-atomic, or nothing, as the command line said.
 *
 * The last word of swiotlb=, track_hiwater, decides for as long as the kernel
 * runs. On, map and unmap do what those of global-atomic do. Off, which is the
 * default, they call an empty function each; used is the unlocked sum of the
 * areas, as in off, and the mark is not tracked: it reads 0.
 *
 * In the kernel either is a static call. Where the code can be patched, as on
 * x86, that is a direct call of a function out of line; elsewhere, as on arm64,
 * the function's address is loaded first. A patched call cannot be told from one
 * that was compiled so: each state is an allocator of its own here, and of this
 * file:
 *
 *   BOOT_SWITCH_OFF		the state without track_hiwater
 *   BOOT_SWITCH_INDIRECT	calls by address
 */
#include "trackers/tracker.h"

struct tracker_area {
};

/* Both words are there in either state, as they are in the kernel. */
struct tracker_mem {
	atomic_long_t total_used;
	atomic_long_t used_hiwater;
};

#include "swiotlb/types.h"

#ifdef BOOT_SWITCH_OFF

static __static_call_target void tracker_track_add(struct tracker_mem *t, unsigned int nslots)
{
}

static __static_call_target void tracker_track_sub(struct tracker_mem *t, unsigned int nslots)
{
}

#else

static __static_call_target void tracker_track_add(struct tracker_mem *t, unsigned int nslots)
{
	long new_used = atomic_long_add_return(nslots, &t->total_used);
	long old_hiwater = atomic_long_read(&t->used_hiwater);

	/* Bounded: each retry means that another CPU has raised the mark. */
	while (new_used > old_hiwater) {
		if (atomic_long_try_cmpxchg(&t->used_hiwater, &old_hiwater, new_used))
			break;
	}
}

static __static_call_target void tracker_track_sub(struct tracker_mem *t, unsigned int nslots)
{
	atomic_long_sub(nslots, &t->total_used);
}

#endif

#ifdef BOOT_SWITCH_INDIRECT

/* Never written: what the compiler must not know, it reads each time. */
static void (*tracker_add_key)(struct tracker_mem *t, unsigned int nslots) = tracker_track_add;
static void (*tracker_sub_key)(struct tracker_mem *t, unsigned int nslots) = tracker_track_sub;

#define tracker_static_call(add_or_sub) READ_ONCE(tracker_##add_or_sub##_key)
#else
#define tracker_static_call(add_or_sub) tracker_track_##add_or_sub
#endif

#define tracker_add tracker_add
static __always_inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
	tracker_static_call(add)(t, nslots);
}

#define tracker_sub tracker_sub
static __always_inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
	tracker_static_call(sub)(t, nslots);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
#ifdef BOOT_SWITCH_OFF
	return mem_areas_used(mem);
#else
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->total_used);
#endif
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->used_hiwater);
}

/* Succeeds in either state; off, the mark was 0 before. */
static inline void tracker_reset(struct io_tlb_mem *mem)
{
	atomic_long_set(&mem_tracker(mem)->used_hiwater, 0);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
#ifdef BOOT_SWITCH_OFF
	return (struct tracker_bounds){ .under = TRACKER_UNBOUNDED,
					.over = TRACKER_UNBOUNDED,
					.until = TRACKER_UNTIL_TRANSIENT,
					.unmarked = true };
#else
	return (struct tracker_bounds){ .until = TRACKER_UNTIL_RESET };
#endif
}
