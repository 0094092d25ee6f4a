// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for the kernel code under test: regions with chosen physical addresses for bounce pools,
 * and an ordinary heap for everything else. All of it is given back by shim_memory_exit().
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../data.h"
#include "host.h"

#define HOST_PAGE 4096UL
/* Processors fetch cache lines in pairs: nothing may share one by chance. */
#define LINE_PAIR 128UL
/*
 * Zeroes behind a block of the heap, as a kernel's allocator leaves them where a size does not fill
 * its bucket. The sanitizer of addresses is to see who reads them, as KASAN does.
 */
#ifdef SHIM_ADDRESS_SANITIZER
#define BEHIND 0UL
#else
#define BEHIND LINE_PAIR
#endif
#define GROW_ALIGN (4UL << 20)
#define GROW_GAP (16UL << 20)

struct shim_state shim;
__thread int shim_cpu __attribute__((tls_model("initial-exec")));

/* Regions are kept sorted by physical address. */
struct region {
	struct region *next;
	uint64_t paddr;
	size_t bytes;
	char *vaddr;
	bool boot;
};

/* Lies directly in front of each heap block. */
struct block {
	struct block *next;
	struct block *prev;
	void *base;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct region *regions;
static struct block heap = { &heap, &heap, NULL };
static uint64_t pool_start;
static uint64_t pool_limit;
static uint64_t grow_base;
static bool pool_expected;

static char *map_zeroed(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	/* The kernel reaches memory through huge pages; if there are none, small ones do as well. */
	(void)madvise(p, bytes, MADV_HUGEPAGE);
	return p;
}

/*
 * With the lock held. Relaxed: whoever looks up an address of a region has the region already, and
 * so a span that holds it. The lowest region is the default pool, unless a growth base below it was
 * asked for, and stays where it is.
 */
static void note_span(void)
{
	uint64_t lo = regions ? regions->paddr : 0;
	struct region *r = regions;

	while (r && r->next)
		r = r->next;
	__atomic_store_n(&shim.dma_lo, lo, __ATOMIC_RELAXED);
	__atomic_store_n(&shim.dma_span, r ? r->paddr + r->bytes - lo : 0, __ATOMIC_RELAXED);
}

/* With the lock held. @paddr ~0 stands for "the address of the memory itself". */
static struct region *region_add(uint64_t paddr, size_t bytes, bool boot)
{
	struct region *r = calloc(1, sizeof(*r));
	struct region **at = &regions;

	if (!r)
		return NULL;
	r->vaddr = map_zeroed(bytes);
	if (!r->vaddr) {
		free(r);
		return NULL;
	}
	r->paddr = paddr == UINT64_MAX ? (uintptr_t)r->vaddr : paddr;
	r->bytes = bytes;
	r->boot = boot;
	while (*at && (*at)->paddr < r->paddr)
		at = &(*at)->next;
	r->next = *at;
	*at = r;
	note_span();
	return r;
}

static void region_del(struct region **at)
{
	struct region *r = *at;

	*at = r->next;
	munmap(r->vaddr, r->bytes);
	free(r);
	note_span();
}

/**
 * shim_memory_init() - prepare the memory of one instance
 * @copy:	Do the bounce copies.
 * @identity:	Original addresses are pointers of this process.
 * @start:	Physical address of the default pool, page aligned; ~0: its virtual address.
 * @limit:	Bytes; the boot allocation of a larger pool fails. 0: no limit.
 * @base:	Lowest physical address of grown pools; 0: the documented rule.
 *
 * Return: 0, or -1 without memory.
 */
int shim_memory_init(bool copy, bool identity, uint64_t start, uint64_t limit, uint64_t base)
{
	memset(&shim, 0, sizeof(shim));
	shim.copy = copy;
	shim.identity = identity;
	pool_start = start;
	pool_limit = limit;
	grow_base = base;
	if (copy && !identity) {
		shim.scratch = map_zeroed(DATA_BYTES + DATA_TAIL);
		if (!shim.scratch)
			return -1;
		shim.scratch_mask = DATA_BYTES - 1;
	}
	return 0;
}

void shim_memory_exit(void)
{
	while (regions)
		region_del(&regions);
	while (heap.next != &heap)
		shim_free(heap.next + 1);
	if (shim.scratch)
		munmap(shim.scratch, DATA_BYTES + DATA_TAIL);
	memset(&shim, 0, sizeof(shim));
}

/* The next boot allocation is the default pool, those after it are its descriptors. */
void shim_expect_pool(void)
{
	pool_expected = true;
}

/* Settle where grown pools go. Return: %false if a base that was asked for lies in the pool. */
bool shim_growth_base_set(uint64_t pool_end)
{
	if (grow_base)
		return !shim_overlaps(grow_base, 1);
	grow_base = ((pool_end + GROW_ALIGN - 1) & ~(GROW_ALIGN - 1)) + GROW_GAP;
	return true;
}

void *shim_boot_alloc(size_t bytes, size_t align)
{
	struct region *r;

	if (!pool_expected)
		return shim_zalloc(bytes, align);
	if (pool_limit && bytes > pool_limit)
		return NULL;
	pthread_mutex_lock(&lock);
	r = region_add(pool_start, bytes, true);
	pthread_mutex_unlock(&lock);
	if (!r)
		return NULL;
	pool_expected = false;
	return r->vaddr;
}

void shim_boot_free(void *vaddr)
{
	struct region **at;

	pthread_mutex_lock(&lock);
	for (at = &regions; *at; at = &(*at)->next) {
		if ((*at)->vaddr == vaddr) {
			region_del(at);
			pthread_mutex_unlock(&lock);
			return;
		}
	}
	pthread_mutex_unlock(&lock);
	shim_free(vaddr);
}

/**
 * shim_dma_alloc() - allocate 2^@order pages for a grown or a transient pool
 * @order:	Order of the allocation.
 * @paddr:	Receives the physical address.
 *
 * The lowest address from the growth base on that is a multiple of the allocation's size and
 * touches nothing allocated; so the addresses depend on the operations alone.
 *
 * Return: %false without memory.
 */
bool shim_dma_alloc(unsigned int order, uint64_t *paddr)
{
	size_t bytes = HOST_PAGE << order;
	uint64_t at = (grow_base + bytes - 1) & ~(bytes - 1);
	struct region *r;
	bool done;

	pthread_mutex_lock(&lock);
	for (r = regions; r; r = r->next)
		if (r->paddr < at + bytes && at < r->paddr + r->bytes)
			at = (r->paddr + r->bytes + bytes - 1) & ~(bytes - 1);
	done = region_add(at, bytes, false);
	pthread_mutex_unlock(&lock);
	*paddr = at;
	return done;
}

void shim_dma_free(uint64_t paddr)
{
	struct region **at;

	pthread_mutex_lock(&lock);
	for (at = &regions; *at; at = &(*at)->next) {
		if ((*at)->paddr == paddr && !(*at)->boot) {
			region_del(at);
			break;
		}
	}
	pthread_mutex_unlock(&lock);
}

/* Back @bytes at @paddr with memory, as firmware's reserved memory. */
bool shim_reserve(uint64_t paddr, size_t bytes)
{
	bool done;

	pthread_mutex_lock(&lock);
	done = region_add(paddr, bytes, true);
	pthread_mutex_unlock(&lock);
	return done;
}

bool shim_overlaps(uint64_t paddr, size_t bytes)
{
	struct region *r;
	bool hit = false;

	pthread_mutex_lock(&lock);
	for (r = regions; r && !hit; r = r->next)
		hit = r->paddr < paddr + bytes && paddr < r->paddr + r->bytes;
	pthread_mutex_unlock(&lock);
	return hit;
}

/* Return: where @paddr lies in this process, %NULL if no region of the shim holds it. */
void *shim_region_virt(uint64_t paddr)
{
	struct region *r;
	void *virt = NULL;

	pthread_mutex_lock(&lock);
	for (r = regions; r && !virt; r = r->next)
		if (paddr - r->paddr < r->bytes)
			virt = r->vaddr + (paddr - r->paddr);
	pthread_mutex_unlock(&lock);
	return virt;
}

/* Memory that is no region has its virtual address as physical address. */
uint64_t shim_virt_to_phys(const void *vaddr)
{
	uint64_t phys = (uintptr_t)vaddr;
	struct region *r;

	pthread_mutex_lock(&lock);
	for (r = regions; r; r = r->next) {
		if ((uintptr_t)vaddr - (uintptr_t)r->vaddr < r->bytes) {
			phys = r->paddr + ((uintptr_t)vaddr - (uintptr_t)r->vaddr);
			break;
		}
	}
	pthread_mutex_unlock(&lock);
	return phys;
}

/**
 * shim_zalloc() - allocate zeroed heap memory
 * @bytes:	Size.
 * @align:	Alignment, a power of two; at least a pair of cache lines is given.
 *
 * Return: the memory, or %NULL.
 */
void *shim_zalloc(size_t bytes, size_t align)
{
	struct block *b;
	void *memory;
	char *base;

	if (align < LINE_PAIR)
		align = LINE_PAIR;
	if (posix_memalign(&memory, align, align + bytes + BEHIND))
		return NULL;
	base = memory;
	memset(base + align, 0, bytes + BEHIND);
	b = (struct block *)(base + align) - 1;
	b->base = base;
	pthread_mutex_lock(&lock);
	b->next = heap.next;
	b->prev = &heap;
	heap.next->prev = b;
	heap.next = b;
	pthread_mutex_unlock(&lock);
	return base + align;
}

void shim_free(const void *p)
{
	struct block *b = (struct block *)p - 1;

	if (!p)
		return;
	pthread_mutex_lock(&lock);
	b->prev->next = b->next;
	b->next->prev = b->prev;
	pthread_mutex_unlock(&lock);
	free(b->base);
}
