/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Growth: what happens when no pool has room, in a kernel with SWIOTLB_DYNAMIC.
 *
 * The map that finds no room asks for a new pool, which is made later, where
 * there is time; grown pools stay. The map itself gets a transient pool, just
 * as large as it needs, which goes with its unmap.
 *
 * Readers follow the lists under RCU. Writers hold @mem->lock. A transient pool
 * that was taken out waits until nobody can be looking at it.
 */
#ifndef SWIOTLB_GROWTH_H
#define SWIOTLB_GROWTH_H

#include "swiotlb/pool.h"
#include "swiotlb/search.h"

/* Slots of the largest piece of memory that the kernel's page allocator has. */
#define IO_TLB_MAX_GROWN_SLABS 2048

/**
 * swiotlb_next_start() - the bus address of a pool to come
 *
 * The lowest multiple of its size, from the growth base on, that touches no
 * pool whose addresses are taken: so the addresses depend on the operations
 * alone. @mem->lock is held.
 *
 * Return: INVALID_PHYS_ADDR where no address is left.
 */
static inline phys_addr_t swiotlb_next_start(const struct io_tlb_mem *mem, size_t bytes)
{
	phys_addr_t addr = round_up_to(mem->grow_base, (phys_addr_t)bytes);

	for (const struct io_tlb_node *node = mem->regions; node; node = node->above) {
		/* The last byte: what lies behind it may have no address. */
		phys_addr_t last = node->pool->start + (node->region_bytes - 1);

		if (addr <= last && node->pool->start <= addr + (bytes - 1))
			addr = (last & ~((phys_addr_t)bytes - 1)) + bytes;
		/* Nor may the pool end at the last address: @end lies behind it. */
		if (addr < mem->grow_base || addr + bytes < addr)
			return INVALID_PHYS_ADDR;
	}
	return addr;
}

/* Puts a pool in its place by address. @mem->lock is held, or nobody else is there. */
static inline void swiotlb_add_region(struct io_tlb_mem *mem, struct io_tlb_node *node)
{
	struct io_tlb_node **at = &mem->regions;

	while (*at && (*at)->pool->start < node->pool->start)
		at = &(*at)->above;
	node->above = *at;
	*at = node;
}

/* Nothing is done for one that is not there. @mem->lock as above. */
static inline void swiotlb_remove_region(struct io_tlb_mem *mem, const struct io_tlb_node *node)
{
	struct io_tlb_node **at = &mem->regions;

	while (*at && *at != node)
		at = &(*at)->above;
	if (*at)
		*at = node->above;
}

/* @mem->lock is held, or nobody else is there. */
static inline void swiotlb_free_dynpool(struct io_tlb_mem *mem, struct io_tlb_dynpool *dyn)
{
	swiotlb_remove_region(mem, &dyn->node);
	swiotlb_free_pool(&dyn->node);
	free(dyn);
}

/*
 * A new pool in nobody's list. @mem->lock is held. NULL without addresses, or without
 * memory, which @mem remembers.
 */
static inline struct io_tlb_dynpool *
swiotlb_alloc_dynpool(struct io_tlb_mem *mem, unsigned long nslabs, unsigned int nareas, int number)
{
	size_t bytes = roundup_pow_of_two(round_up_to(nslabs << IO_TLB_SHIFT, PAGE_SIZE));
	phys_addr_t start = swiotlb_next_start(mem, bytes);
	struct io_tlb_dynpool *dyn;

	if (start == INVALID_PHYS_ADDR)
		return NULL;
	dyn = swiotlb_alloc_zeroed(SMP_CACHE_BYTES, sizeof(*dyn));
	if (!dyn) {
		mem->starved = true;
		return NULL;
	}
	dyn->node.pool = &dyn->pool;
	dyn->node.number = number;
	if (swiotlb_init_pool(mem, &dyn->node, start, nslabs, nareas, mem->defpool.vaddr)) {
		mem->starved = true;
		free(dyn);
		return NULL;
	}
	swiotlb_add_region(mem, &dyn->node);
	return dyn;
}

/* Takes @mem->lock; without @wait only if nobody has it. Return: whether it is taken. */
static inline bool work_lock(struct io_tlb_mem *mem, bool wait)
{
	if (!wait)
		return spin_trylock(&mem->lock);
	spin_lock(&mem->lock);
	return true;
}

/**
 * swiotlb_grow() - the growth work: add a pool
 *
 * As large as the first one, but no larger than the page allocator can give,
 * with as many areas as fit; where there is no memory, or all pools would have
 * more than SWIOTLB_MAX_SLABS slots, half of that, down to the smallest that is
 * worth it.
 *
 * Return: false without @wait where the lock is held, and nothing is done.
 */
static inline bool swiotlb_grow(struct io_tlb_mem *mem, bool wait)
{
	unsigned long nslabs = min(mem->default_nslabs, (unsigned long)IO_TLB_MAX_GROWN_SLABS);
	struct io_tlb_dynpool *dyn = NULL;

	if (!work_lock(mem, wait))
		return false;
	for (; !dyn && nslabs; nslabs = nslabs > IO_TLB_MIN_SLABS ? nslabs / 2 : 0) {
		unsigned long most = max(nslabs / IO_TLB_SEGSIZE, 1UL);

		if (mem->nslabs > SWIOTLB_MAX_SLABS - nslabs)
			continue;
		dyn = swiotlb_alloc_dynpool(mem, nslabs,
					    (unsigned int)min(mem->default_nareas, most),
					    mem->pools_grown + 1);
	}
	if (dyn) {
		mem->pools_grown++;
		dyn->node.next = mem->pools;
		rcu_assign_pointer(mem->pools, &dyn->node);
		WRITE_ONCE(mem->nslabs, mem->nslabs + dyn->pool.nslabs);
	}
	spin_unlock(&mem->lock);
	return true;
}

static inline struct io_tlb_dynpool *retired_dynpool(struct rcu_head *head)
{
	return (struct io_tlb_dynpool *)((char *)head - offsetof(struct io_tlb_dynpool, node.rcu));
}

/* Frees what no reader can be looking at any more, or with @all, everything. */
static inline bool swiotlb_free_retired(struct io_tlb_mem *mem, bool all, bool wait)
{
	struct rcu_head *head, *keep = NULL;

	if (!work_lock(mem, wait))
		return false;
	head = mem->retired;
	mem->retired = NULL;
	while (head) {
		struct rcu_head *next = head->next;

		/*
		 * Its addresses are free from here on, whoever is still reading:
		 * they depend on the operations, not on what other threads do. A
		 * reader cannot mistake this pool for the next one there: it has
		 * an address of that one only after this one left the list.
		 */
		swiotlb_remove_region(mem, &retired_dynpool(head)->node);
		if (all || rcu_epoch_over(head->epoch)) {
			swiotlb_free_dynpool(mem, retired_dynpool(head));
		} else {
			head->next = keep;
			keep = head;
		}
		head = next;
	}
	mem->retired = keep;
	spin_unlock(&mem->lock);
	return true;
}

static inline bool swiotlb_work(struct io_tlb_mem *mem, bool wait)
{
	if (!swiotlb_free_retired(mem, false, wait))
		return false;
	if (!READ_ONCE(mem->grow_wanted))
		return true;
	WRITE_ONCE(mem->grow_wanted, false);
	if (swiotlb_grow(mem, wait))
		return true;
	WRITE_ONCE(mem->grow_wanted, true);
	return false;
}

/* What was put off: first the pools to be freed, then the growth work. */
static inline void swiotlb_run_work(struct io_tlb_mem *mem)
{
	(void)swiotlb_work(mem, true);
}

/*
 * The same by a thread that others may not get a CPU beside: it waits for no lock.
 * Return: false where one was held, and something is left to do.
 */
static inline bool swiotlb_try_work(struct io_tlb_mem *mem)
{
	return swiotlb_work(mem, false);
}

static inline void swiotlb_schedule_work(struct io_tlb_mem *mem, bool grow)
{
	if (grow)
		WRITE_ONCE(mem->grow_wanted, true);
	if (mem->schedule_work)
		mem->schedule_work(mem->work_ctx);
}

/*
 * Takes a transient pool out of the list; its memory is freed when no reader is
 * left who may have found it.
 */
static inline void swiotlb_retire(struct io_tlb_mem *mem, struct io_tlb_node *node)
{
	struct io_tlb_node **at;

	spin_lock(&mem->lock);
	for (at = &mem->transient; *at != node; at = &(*at)->next)
		;
	rcu_assign_pointer(*at, node->next);
	node->rcu.epoch = rcu_end_epoch();
	node->rcu.next = mem->retired;
	mem->retired = &node->rcu;
	spin_unlock(&mem->lock);
	swiotlb_schedule_work(mem, false);
}

/**
 * swiotlb_find_transient() - serve one request with a pool of its own
 * @req: what is asked for
 * @pool: set to the pool
 *
 * It has exactly the slots that are asked for and begins on a page, so a
 * request whose alignment would need a spare slot fails for good. It is in the
 * list, which keeps its addresses, before the search: the search must run
 * without @mem->lock, because a tracker may want it.
 *
 * Return: the slot, or -1.
 */
static inline long swiotlb_find_transient(struct device *dev, struct io_tlb_mem *mem,
					  struct swiotlb_layout l, const struct slot_request *req,
					  struct io_tlb_pool **pool)
{
	struct io_tlb_dynpool *dyn;
	long slot;

	spin_lock(&mem->lock);
	dyn = swiotlb_alloc_dynpool(mem, req->nslots, 1, -1);
	if (dyn) {
		dyn->node.next = mem->transient;
		rcu_assign_pointer(mem->transient, &dyn->node);
	}
	spin_unlock(&mem->lock);
	if (!dyn)
		return -1;

	slot = swiotlb_search_area(dev, mem, &dyn->pool, l, 0, req);
	if (slot < 0) {
		/* Nobody got an address of it: they are free for others at once. */
		spin_lock(&mem->lock);
		swiotlb_remove_region(mem, &dyn->node);
		spin_unlock(&mem->lock);
		swiotlb_retire(mem, &dyn->node);
		return -1;
	}
	atomic_long_add((long)dyn->pool.nslabs, &mem->transient_nslabs);
	*pool = &dyn->pool;
	return slot;
}

/**
 * swiotlb_find_slots_dynamic() - search all pools, newest first
 *
 * All pools are tried at one distance from the CPU's area before any is tried
 * at the next. What exceeds a segment fails at once, and asks for nothing.
 */
static noinline long swiotlb_find_slots_dynamic(struct device *dev, struct io_tlb_mem *mem,
						struct swiotlb_layout l, unsigned int cpu,
						struct slot_request request,
						struct io_tlb_pool **pool)
{
	const struct slot_request *req = &request;
	struct io_tlb_node *node;
	unsigned int k;
	long slot;

	if (req->alloc_size > IO_TLB_SEGSIZE * IO_TLB_SIZE)
		return -1;
	rcu_read_lock();
	for (k = 0; k < mem->default_nareas; k++) {
		for (node = rcu_dereference(mem->pools); node; node = rcu_dereference(node->next)) {
			if (k >= node->pool->nareas)
				continue;
			slot = swiotlb_search_area(dev, mem, node->pool, l,
						   (cpu + k) & (node->pool->nareas - 1), req);
			if (slot >= 0) {
				*pool = node->pool;
				rcu_read_unlock();
				goto found;
			}
		}
	}
	rcu_read_unlock();
	swiotlb_schedule_work(mem, true);
	slot = swiotlb_find_transient(dev, mem, l, req, pool);
	if (slot < 0)
		return -1;
found:
	/*
	 * The device's lookups begin with this flag. The barrier keeps it before
	 * whatever hands the address to the device's other users.
	 */
	WRITE_ONCE(dev->dma_uses_io_tlb, true);
	smp_mb();
	return slot;
}

static inline struct io_tlb_node *find_in_list(struct io_tlb_node *node, phys_addr_t tlb_addr)
{
	for (; node; node = rcu_dereference(node->next))
		if (tlb_addr >= node->pool->start && tlb_addr < node->pool->end)
			return node;
	return NULL;
}

/*
 * The pool that an address lies in: the mem's list first, then the transient
 * pools. It stays valid without RCU for as long as the caller's mapping does.
 */
static inline struct io_tlb_node *swiotlb_find_node(struct io_tlb_mem *mem, phys_addr_t tlb_addr)
{
	struct io_tlb_node *node;

	rcu_read_lock();
	node = find_in_list(rcu_dereference(mem->pools), tlb_addr);
	if (!node)
		node = find_in_list(rcu_dereference(mem->transient), tlb_addr);
	rcu_read_unlock();
	return node;
}

/* A transient pool goes with its only mapping. */
static inline void swiotlb_release_transient(struct io_tlb_mem *mem, struct swiotlb_layout l,
					     struct io_tlb_node *node)
{
	struct tracker_mem *tracker = tracker_of(mem, l);
	struct io_tlb_area *area = area_at(node->pool, l, 0);
	unsigned int nslots = (unsigned int)node->pool->nslabs;
	unsigned long token;

	spin_lock(&area->lock);
	WRITE_ONCE(area->used, 0);
	instrument_section(SECTION_COUNT);
	token = tracker_sub_locked(tracker, mem, area, nslots, 0);
	tracker_retire_area(tracker, area);
	instrument_section(SECTION_OTHER);
	spin_unlock(&area->lock);
	tracker_sub(tracker, mem, nslots, token);
	atomic_long_sub(nslots, &mem->transient_nslabs);
	swiotlb_retire(mem, node);
}

#endif /* SWIOTLB_GROWTH_H */
