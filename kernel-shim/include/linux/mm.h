/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages and address translation, kept by host/memory.c. */
#ifndef SHIM_LINUX_MM_H
#define SHIM_LINUX_MM_H

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/pfn.h>
#include <linux/sizes.h>
#include <linux/string.h>

/* Kept. */

#define MAX_PAGE_ORDER 10
#define MAX_ORDER 10

#define PAGE_ALIGN(x) ALIGN(x, PAGE_SIZE)
#define PAGE_ALIGNED(x) IS_ALIGNED((unsigned long)(x), PAGE_SIZE)

/* Simplified: a page is a number, and none is a high one. */

/*
 * A page is known by its number alone. The low bit keeps page 0 apart from NULL.
 */
struct page;

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return (struct page *)(pfn << 1 | 1);
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	return (unsigned long)page >> 1;
}

static inline phys_addr_t page_to_phys(const struct page *page)
{
	return PFN_PHYS(page_to_pfn(page));
}

#define phys_to_page(paddr) pfn_to_page(PFN_DOWN(paddr))

static inline bool PageHighMem(const struct page *page)
{
	return false;
}

static inline bool PhysHighMem(phys_addr_t paddr)
{
	return false;
}

/* Simplified: regions with chosen physical addresses; all else is original memory, real or folded. */

/* One compare for original memory; the regions of the shim are looked up. */
static inline void *phys_to_virt(phys_addr_t paddr)
{
	if (unlikely(paddr - READ_ONCE(shim.dma_lo) < READ_ONCE(shim.dma_span))) {
		void *virt = shim_region_virt(paddr);

		if (virt)
			return virt;
	}
	return shim.identity ? (void *)paddr : shim.scratch + (paddr & shim.scratch_mask);
}

#define virt_to_phys(vaddr) ((phys_addr_t)shim_virt_to_phys((const void *)(vaddr)))
#define page_address(page) phys_to_virt(page_to_phys(page))
#define virt_to_page(vaddr) phys_to_page(virt_to_phys(vaddr))
#define __pa(vaddr) virt_to_phys(vaddr)
#define __va(paddr) phys_to_virt(paddr)
/* The end of RAM: 64 TiB. */
#define high_memory ((char *)(1UL << 46))

/* Kept. */

static inline unsigned int get_order(unsigned long bytes)
{
	return ilog2(roundup_pow_of_two(PFN_UP(bytes)));
}

/* Simplified: an allocation takes the lowest address that is free; README.md has the rule. */

/* Only memory for bounce buffers is allocated as pages; it has chosen physical addresses. */
static inline struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	uint64_t paddr;

	return shim_dma_alloc(order, &paddr) ? phys_to_page(paddr) : NULL;
}

static inline void __free_pages(struct page *page, unsigned int order)
{
	shim_dma_free(page_to_phys(page));
}

static inline unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	return (unsigned long)shim_zalloc(PAGE_SIZE << order, PAGE_SIZE);
}

static inline void free_pages(unsigned long addr, unsigned int order)
{
	shim_free((void *)addr);
}

static inline void *kzalloc(size_t bytes, gfp_t gfp)
{
	return shim_zalloc(bytes, 64);
}

static inline void *kcalloc(size_t n, size_t bytes, gfp_t gfp)
{
	return shim_zalloc(array_size(n, bytes), 64);
}

/* The newer words; which flags they name makes no difference. */
#define kzalloc_obj(object, ...) ((__typeof__(object) *)kzalloc(sizeof(object), GFP_KERNEL))
#define kzalloc_objs(object, n, ...) ((__typeof__(object) *)kcalloc(n, sizeof(object), GFP_KERNEL))

static inline void kfree(const void *p)
{
	shim_free(p);
}

#endif
