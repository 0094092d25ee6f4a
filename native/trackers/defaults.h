/* SPDX-License-Identifier: GPL-2.0-only */
/* The verbs that a tracker did not write. Each does nothing, but for tracker_lower(). */
#ifndef tracker_init
static inline void tracker_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
}
#endif

#ifndef tracker_init_area
static inline void tracker_init_area(struct tracker_mem *t, struct io_tlb_area *area,
				     bool transient)
{
}
#endif

#ifndef tracker_retire_area
static inline void tracker_retire_area(struct tracker_mem *t, struct io_tlb_area *area)
{
}
#endif

#ifndef tracker_add_locked
static __always_inline unsigned long tracker_add_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	return 0;
}
#endif

#ifndef tracker_add
static __always_inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
}
#endif

#ifndef tracker_sub_locked
static __always_inline unsigned long tracker_sub_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	return 0;
}
#endif

#ifndef tracker_sub
static __always_inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
}
#endif

#ifdef tracker_sample
#define TRACKER_SAMPLED true
#else
#define TRACKER_SAMPLED false
static inline void tracker_sample(struct io_tlb_mem *mem)
{
}
#endif

#ifndef tracker_enable
static inline int tracker_enable(struct io_tlb_mem *mem, bool on)
{
	return -EOPNOTSUPP;
}
#endif

#ifndef tracker_set_tolerance
static inline int tracker_set_tolerance(struct io_tlb_mem *mem, unsigned long slots)
{
	return -EOPNOTSUPP;
}
#endif

#ifdef tracker_lower
#define TRACKER_LOWER_WRITTEN true
#else
#define TRACKER_LOWER_WRITTEN false
/* What follows from the mark's promise: it is over by no more than that. At rest. */
static inline unsigned long tracker_lower(struct io_tlb_mem *mem)
{
	long mark = (long)tracker_hiwater(mem);
	struct tracker_bounds bounds = tracker_bounds(mem);

	if (bounds.unmarked || bounds.over == TRACKER_UNBOUNDED)
		return TRACKER_LOWER_UNKNOWN;
	return mark > (long)bounds.over ? (unsigned long)mark - bounds.over : 0;
}
#endif
