/* SPDX-License-Identifier: GPL-2.0-only */
/* High memory: a 64-bit machine has none, the words have to be there. */
#ifndef SHIM_LINUX_HIGHMEM_H
#define SHIM_LINUX_HIGHMEM_H

#include <linux/mm.h>

/* Empty: no page is a high one, so that no path asks for these. */

static inline void memcpy_from_page(char *to, struct page *page, size_t offset, size_t n)
{
	memcpy(to, (char *)phys_to_virt(page_to_phys(page)) + offset, n);
}

static inline void memcpy_to_page(struct page *page, size_t offset, const char *from, size_t n)
{
	memcpy((char *)phys_to_virt(page_to_phys(page)) + offset, from, n);
}

#define kmap_atomic(page) ((char *)phys_to_virt(page_to_phys(page)))
#define kunmap_atomic(vaddr) ((void)(vaddr))

#endif
