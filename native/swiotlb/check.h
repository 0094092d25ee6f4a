/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The invariants of an allocator at rest, and the verbs that look into it:
 * for tests, replays and searches, never on the way of a map.
 */
#ifndef SWIOTLB_CHECK_H
#define SWIOTLB_CHECK_H

#include "swiotlb/map.h"

/* What the run count of @slot must be, counted one by one. */
static inline unsigned int check_free_run(const struct io_tlb_pool *pool, struct swiotlb_layout l,
					  unsigned int slot)
{
	unsigned int n = 0;

	do {
		if (!slot_index_free(pool, l, slot + n))
			break;
		n++;
	} while ((slot + n) % IO_TLB_SEGSIZE && slot + n < pool->nslabs);
	return n;
}

static inline unsigned int swiotlb_free_run(struct io_tlb_mem *mem, unsigned int number)
{
	const struct io_tlb_pool *pool = &mem->defpool;
	unsigned int first = number * pool->area_nslabs;
	unsigned int longest = 0, run;

	for (unsigned int i = first; i < first + pool->area_nslabs; i += max(run, 1U)) {
		run = check_free_run(pool, mem->layout, i);
		longest = max(longest, run);
	}
	return longest;
}

static inline const char *check_area(const struct io_tlb_pool *pool, struct swiotlb_layout l,
				     unsigned int number)
{
	const struct io_tlb_area *area = area_at(pool, l, number);
	unsigned int base = number * pool->area_nslabs;
	unsigned long used = 0;
	unsigned int run = 0;
	unsigned int i;

	for (i = base; i < base + pool->area_nslabs; i++) {
		const struct io_tlb_slot *slot = &pool->slots[i];

		if (!slot_index_free(pool, l, i)) {
			used++;
			run = 0;
			continue;
		}
		if (slot->orig_addr != INVALID_PHYS_ADDR)
			return "a free slot has an original address";
		if (slot->pad_slots || (slot->alloc_size && !l.bitmap_index))
			return "a free slot has an allocation";
		run = run > 1 ? run - 1 : check_free_run(pool, l, i);
		if (!l.bitmap_index && slot->list != run)
			return "a run count is not the length of the free run";
	}
	if (used != area->used)
		return "an area's used is not the number of its used slots";
	if (area->index >= pool->area_nslabs)
		return "an area's index lies behind the area";
	return NULL;
}

static inline const char *check_pools(struct io_tlb_mem *mem, const struct io_tlb_node *node)
{
	for (; node; node = node->next) {
		for (unsigned int i = 0; i < node->pool->nareas; i++) {
			const char *broken = check_area(node->pool, mem->layout, i);

			if (broken)
				return broken;
		}
	}
	return NULL;
}

/* NULL, or the first invariant that does not hold. */
static inline const char *swiotlb_check(struct io_tlb_mem *mem)
{
	const char *broken = check_pools(mem, mem->pools);

	return broken ? broken : check_pools(mem, mem->transient);
}

static inline void swiotlb_placement(struct device *dev, phys_addr_t tlb_addr,
				     struct swiotlb_placement *placement)
{
	const struct io_tlb_node *node = swiotlb_find_node(dev->dma_io_tlb_mem, tlb_addr);
	unsigned int slot;

	placement->nslots =
		swiotlb_mapping_slots(dev, node->pool, tlb_addr, &slot, &placement->pad);
	placement->pool = node->number;
	placement->slot = slot;
	placement->offset = (unsigned int)tlb_addr & (IO_TLB_SIZE - 1);
}

static inline void swiotlb_set_area_index(struct io_tlb_mem *mem, unsigned int number,
					  unsigned int index)
{
	area_at(&mem->defpool, mem->layout, number)->index = index;
}

/**
 * swiotlb_choose() - where in the default pool would a map be served now?
 *
 * Takes nothing, counts nothing, and leaves every area's index.
 *
 * Return: the first slot, padding included, or -1.
 */
static inline long swiotlb_choose(struct device *dev, unsigned int cpu, phys_addr_t orig_addr,
				  size_t mapping_size, unsigned int alloc_align_mask)
{
	struct io_tlb_mem *mem = dev->dma_io_tlb_mem;
	const struct io_tlb_pool *pool = &mem->defpool;
	const struct slot_request req =
		swiotlb_slot_request(dev, orig_addr, mapping_size, alloc_align_mask);

	for (unsigned int k = 0; k < pool->nareas; k++) {
		unsigned int number = (cpu + k) & (pool->nareas - 1);
		const struct io_tlb_area *area = area_at(pool, mem->layout, number);
		unsigned int index;

		if (req.nslots > pool->area_nslabs - area->used)
			continue;
		index = swiotlb_look_for_slots(dev, pool, mem->layout, &req,
					       number * pool->area_nslabs, area->index);
		if (index != pool->area_nslabs)
			return (long)(number * pool->area_nslabs + index);
	}
	return -1;
}

/* FNV-1a, little endian. */
static inline u64 hash_bytes(u64 hash, u64 value, unsigned int bytes)
{
	for (; bytes; bytes--, value >>= 8)
		hash = (hash ^ (value & 0xff)) * 0x100000001b3ULL;
	return hash;
}

/* What is kept as run counts, or would be: the bitmap gives the same. */
static inline u64 hash_lists(u64 hash, const struct io_tlb_pool *pool, struct swiotlb_layout l)
{
	unsigned int run = 0;
	unsigned int i;

	for (i = 0; i < pool->nslabs; i++) {
		run = run > 1 ? run - 1 : check_free_run(pool, l, i);
		hash = hash_bytes(hash, l.bitmap_index ? run : pool->slots[i].list, 4);
	}
	for (i = 0; i < pool->nareas; i++)
		hash = hash_bytes(hash, area_at(pool, l, i)->index, 4);
	return hash;
}

static inline u64 hash_state(u64 hash, const struct io_tlb_pool *pool, struct swiotlb_layout l)
{
	unsigned int i;

	for (i = 0; i < pool->nslabs; i++) {
		const struct io_tlb_slot *slot = &pool->slots[i];
		bool stale = l.bitmap_index && slot_index_free(pool, l, i);

		hash = hash_bytes(hash, slot->orig_addr, 8);
		hash = hash_bytes(hash, stale ? 0 : slot->alloc_size, 8);
		hash = hash_bytes(hash, slot->pad_slots, 8);
	}
	for (i = 0; i < pool->nareas; i++)
		hash = hash_bytes(hash, area_at(pool, l, i)->used, 8);
	return hash;
}

/* The pool with this number, not a transient one; NULL when there is none. */
static inline const struct io_tlb_pool *check_pool(struct io_tlb_mem *mem, int number)
{
	const struct io_tlb_node *node = mem->pools;

	while (node && node->number != number)
		node = node->next;
	return node ? node->pool : NULL;
}

static inline void swiotlb_hash(struct io_tlb_mem *mem, struct swiotlb_hash *hash)
{
	const struct io_tlb_pool *pool;

	*hash = (struct swiotlb_hash){ 0xcbf29ce484222325ULL, 0xcbf29ce484222325ULL };
	for (int number = 0; (pool = check_pool(mem, number)); number++) {
		hash->list = hash_lists(hash->list, pool, mem->layout);
		hash->state = hash_state(hash->state, pool, mem->layout);
	}
}

static inline int swiotlb_place(struct device *dev, unsigned int slot, phys_addr_t orig_addr,
				size_t mapping_size, unsigned int alloc_align_mask,
				phys_addr_t *tlb_addr)
{
	struct io_tlb_mem *mem = dev->dma_io_tlb_mem;
	struct io_tlb_pool *pool = &mem->defpool;
	struct tracker_mem *tracker = mem_tracker(mem);
	struct slot_request req =
		swiotlb_slot_request(dev, orig_addr, mapping_size, alloc_align_mask);
	unsigned int number = slot / pool->area_nslabs;
	struct io_tlb_area *area;
	unsigned long token;

	if (slot >= pool->nslabs || req.nslots > pool->nslabs - slot ||
	    (slot + req.nslots - 1) / pool->area_nslabs != number)
		return -EBUSY;
	area = area_at(pool, mem->layout, number);
	spin_lock(&area->lock);
	if (!slot_index_fits(pool, mem->layout, slot, req.nslots)) {
		spin_unlock(&area->lock);
		return -EBUSY;
	}
	swiotlb_take_slots(pool, mem->layout, dev, &req, slot);
	WRITE_ONCE(area->used, area->used + req.nslots);
	token = tracker_add_locked(tracker, mem, area, req.nslots, area->used);
	spin_unlock(&area->lock);
	tracker_add(tracker, mem, req.nslots, token);
	*tlb_addr = swiotlb_remember_orig(pool, mem->layout, slot, &req,
					  swiotlb_align_offset(dev, alloc_align_mask, orig_addr));
	return 0;
}

#endif /* SWIOTLB_CHECK_H */
