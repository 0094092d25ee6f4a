/* SPDX-License-Identifier: GPL-2.0-only */
/* What lies where in an allocator, for words about a tracker that writes there. */
#ifndef TRACKER_FILE_FIELDS_H
#define TRACKER_FILE_FIELDS_H

#include "tracker-file/watch.h"
#include "rcu.h"
#include "swiotlb/types.h"

/* Whether @at, counted from something, lies in its @member of @type. */
#define field_is(at, type, member) ((at)-offsetof(type, member) < sizeof(((type *)0)->member))

static inline const char *area_field(size_t at)
{
	if (field_is(at, struct io_tlb_area, used))
		return "area->used";
	if (field_is(at, struct io_tlb_area, index))
		return "area->index";
	if (field_is(at, struct io_tlb_area, lock))
		return "area->lock";
	/* The tracker's, or what pads an area to a line. */
	return NULL;
}

static inline const char *mem_field(const struct io_tlb_mem *mem, size_t at)
{
	const size_t words = mem->layout.own_line_counters ? offsetof(struct io_tlb_mem, own_line) :
							     offsetof(struct io_tlb_mem, tracker);

	if (at - words < sizeof(struct tracker_mem))
		return NULL;
	if (field_is(at, struct io_tlb_mem, nslabs))
		return "mem->nslabs";
	if (field_is(at, struct io_tlb_mem, lock))
		return "mem->lock";
	if (field_is(at, struct io_tlb_mem, transient_nslabs))
		return "mem->transient_nslabs";
	if (field_is(at, struct io_tlb_mem, defpool))
		return "mem->defpool";
	return "struct io_tlb_mem";
}

static inline const char *node_field(const struct io_tlb_mem *mem, const struct io_tlb_node *node,
				     uintptr_t p)
{
	const struct io_tlb_pool *pool = node->pool;
	const size_t stride = area_stride(mem->layout);

	if (p - (uintptr_t)pool->areas < pool->nareas * stride)
		return area_field((p - (uintptr_t)pool->areas) % stride);
	if (p - (uintptr_t)pool->slots < pool->nslabs * sizeof(*pool->slots))
		return "a slot";
	if (p - (uintptr_t)pool < sizeof(*pool) || p - (uintptr_t)node < sizeof(*node))
		return "a pool";
	return NULL;
}

const char *allocator_area_field(const struct io_tlb_area *area, const volatile void *ptr)
{
	const size_t at = (uintptr_t)ptr - (uintptr_t)area;

	return at < sizeof(*area) ? area_field(at) : NULL;
}

const char *allocator_field(const struct io_tlb_mem *mem, const volatile void *ptr)
{
	const uintptr_t p = (uintptr_t)ptr;
	const struct io_tlb_node *node;
	const char *field = NULL;

	if (p - (uintptr_t)mem < sizeof(*mem))
		return mem_field(mem, p - (uintptr_t)mem);
	rcu_read_lock();
	for (node = rcu_dereference(mem->pools); node && !field; node = rcu_dereference(node->next))
		field = node_field(mem, node, p);
	for (node = rcu_dereference(mem->transient); node && !field;
	     node = rcu_dereference(node->next))
		field = node_field(mem, node, p);
	rcu_read_unlock();
	return field;
}

#endif /* TRACKER_FILE_FIELDS_H */
