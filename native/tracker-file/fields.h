/* SPDX-License-Identifier: GPL-2.0-only */
/* What lies where in an allocator, for words about a tracker that writes there. */
#ifndef TRACKER_FILE_FIELDS_H
#define TRACKER_FILE_FIELDS_H

#include "tracker-file/watch.h"
#include "rcu.h"
#include "swiotlb/types.h"

struct allocator_part {
	size_t from;
	size_t size;
	const char *name;
};

#define ALLOCATOR_PART(type, member, name)                                                         \
	{                                                                                          \
		offsetof(type, member), sizeof(((type *)0)->member), name                          \
	}

/* Which of @parts @at lies in, or NULL; the last has no size. */
static inline const char *part_at(const struct allocator_part *parts, size_t at)
{
	for (; parts->size; parts++)
		if (at - parts->from < parts->size)
			return parts->name;
	return NULL;
}

/* NULL for the tracker's, and for what pads an area to a line. */
static inline const char *area_field(size_t at)
{
	static const struct allocator_part parts[] = {
		ALLOCATOR_PART(struct io_tlb_area, used, "area->used"),
#ifdef tracker_cold
		ALLOCATOR_PART(struct io_tlb_area, cold, "area->cold"),
#endif
		ALLOCATOR_PART(struct io_tlb_area, index, "area->index"),
		ALLOCATOR_PART(struct io_tlb_area, lock, "area->lock"),
		{ 0 },
	};

	return part_at(parts, at);
}

static inline const char *mem_field(const struct io_tlb_mem *mem, size_t at)
{
	static const struct allocator_part parts[] = {
		ALLOCATOR_PART(struct io_tlb_mem, nslabs, "mem->nslabs"),
		ALLOCATOR_PART(struct io_tlb_mem, lock, "mem->lock"),
		ALLOCATOR_PART(struct io_tlb_mem, transient_nslabs, "mem->transient_nslabs"),
		ALLOCATOR_PART(struct io_tlb_mem, defpool, "mem->defpool"),
		{ 0, sizeof(struct io_tlb_mem), "struct io_tlb_mem" },
		{ 0 },
	};
	const size_t words = mem->layout.own_line_counters ? offsetof(struct io_tlb_mem, own_line) :
							     offsetof(struct io_tlb_mem, tracker);

	return at - words < sizeof(struct tracker_mem) ? NULL : part_at(parts, at);
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
