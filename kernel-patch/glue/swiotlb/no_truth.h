/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of truth.h where nothing is counted twice. */
#ifndef SWIOTLB_TRUTH_H
#define SWIOTLB_TRUTH_H

static inline void truth_attach(struct io_tlb_mem *mem)
{
}

static inline void truth_add(struct io_tlb_mem *mem, long nslots)
{
}

static inline void truth_begin(struct io_tlb_mem *mem)
{
}

static inline void truth_debugfs(struct io_tlb_mem *mem)
{
}

#endif /* SWIOTLB_TRUTH_H */
