/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that many CPUs walk through at once. On small pages the processor would
 * look up an address of each CPU in the page tables at every step.
 */
#ifndef ENGINE_HUGE_H
#define ENGINE_HUGE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE (2UL << 20)

/* Linux 6.1; older headers lack it, and older kernels say that they do not know it. */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/*
 * Zeroed memory, for free(); NULL if there is none. What is large gets large
 * pages where the system has them, which is no more than a wish.
 */
static inline void *huge_calloc(size_t n, size_t size)
{
	size_t bytes = n * size;
	void *p;

	if (bytes < HUGE_PAGE)
		return calloc(n, size);
	p = aligned_alloc(HUGE_PAGE, (bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
	if (!p)
		return NULL;
	(void)madvise(p, bytes, MADV_HUGEPAGE);
	return memset(p, 0, bytes);
}

/* The same wish for memory that is in use already. */
static inline void huge_collapse(void *memory, size_t bytes)
{
	uintptr_t begin = ((uintptr_t)memory + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	uintptr_t end = ((uintptr_t)memory + bytes) & ~(HUGE_PAGE - 1);

	if (begin < end)
		(void)madvise((void *)begin, end - begin, MADV_COLLAPSE);
}

#endif /* ENGINE_HUGE_H */
