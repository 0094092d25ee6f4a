/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices; map, unmap, sync, alloc and free, as drivers call them. */
#ifndef KERNEL_MAP_H
#define KERNEL_MAP_H

static void ks_device_masks(struct ks_device *d, uint32_t min_align, uint64_t boundary)
{
	d->parms.min_align_mask = min_align;
	d->parms.segment_boundary_mask = boundary ? boundary : ~0UL;
}

static struct ks_device *ks_device(uint32_t min_align, uint64_t boundary, uint64_t dma_mask)
{
	struct ks_device *d = shim_zalloc(sizeof(*d), 64);

	if (!d)
		return NULL;
	d->dma_mask = dma_mask ? dma_mask : ~0ULL;
	d->dev.init_name = "shim";
	d->dev.dma_mask = &d->dma_mask;
	d->dev.coherent_dma_mask = d->dma_mask;
	d->dev.dma_parms = &d->parms;
#ifdef SHIM_HAVE_POOLS
	swiotlb_dev_init(&d->dev);
#endif
	d->dev.dma_io_tlb_mem = current_mem;
	ks_device_masks(d, min_align, boundary);
	return d;
}

/*
 * swiotlb_tbl_map_single() has one parameter more in older trees: the allocation's size; and takes
 * its attributes by pointer in the newest. The type of the function selects how it is called.
 */
typedef phys_addr_t map6_t(struct device *, phys_addr_t, size_t, unsigned int,
			   enum dma_data_direction, unsigned long);
typedef phys_addr_t map6_attrs_t(struct device *, phys_addr_t, size_t, unsigned int,
				 enum dma_data_direction, unsigned long *);
typedef phys_addr_t map7_t(struct device *, phys_addr_t, size_t, size_t, unsigned int,
			   enum dma_data_direction, unsigned long);

static __always_inline phys_addr_t map6(map6_t *fn, struct device *dev, phys_addr_t orig,
					size_t size, unsigned int align, int dir,
					unsigned long attrs)
{
	return fn(dev, orig, size, align, dir, attrs);
}

static __always_inline phys_addr_t map6_attrs(map6_attrs_t *fn, struct device *dev,
					      phys_addr_t orig, size_t size, unsigned int align,
					      int dir, unsigned long attrs)
{
	return fn(dev, orig, size, align, dir, &attrs);
}

/* The caller of that time rounded the size up itself. */
static __always_inline phys_addr_t map7(map7_t *fn, struct device *dev, phys_addr_t orig,
					size_t size, unsigned int align, int dir,
					unsigned long attrs)
{
	return fn(dev, orig, size, ALIGN(size, (size_t)align + 1), align, dir, attrs);
}

#define tbl_map_single(...)                                                                        \
	_Generic(&swiotlb_tbl_map_single, map6_t *                                                 \
		 : map6, map6_attrs_t *                                                            \
		 : map6_attrs, map7_t *                                                            \
		 : map7)(&swiotlb_tbl_map_single, __VA_ARGS__)

static uint64_t ks_map(struct ks_device *d, int cpu, uint64_t orig, size_t size,
		       uint32_t alloc_align, int dir, unsigned long attrs)
{
	shim_cpu = cpu;
	return tbl_map_single(&d->dev, orig, size, alloc_align, dir, attrs);
}

static void ks_unmap(struct ks_device *d, int cpu, uint64_t addr, size_t size, int dir,
		     unsigned long attrs)
{
	shim_cpu = cpu;
	swiotlb_tbl_unmap_single(&d->dev, addr, size, dir, attrs);
}

static uint64_t ks_map_held(struct ks_holder *holder, unsigned int cpu, uint64_t orig, size_t size,
			    unsigned int alloc_align, unsigned int dir, unsigned long attrs)
{
	shim_cpu = cpu;
	return tbl_map_single(&holder->device->dev, orig, size, alloc_align, dir, attrs);
}

static void ks_unmap_held(struct ks_holder *holder, uint64_t addr, size_t size, unsigned int dir,
			  unsigned long attrs)
{
	swiotlb_tbl_unmap_single(&holder->device->dev, addr, size, dir, attrs);
}

static void ks_sync(struct ks_device *d, uint64_t addr, size_t size, int dir, bool for_device)
{
	if (for_device)
		swiotlb_sync_single_for_device(&d->dev, addr, size, dir);
	else
		swiotlb_sync_single_for_cpu(&d->dev, addr, size, dir);
}

/* The newest trees want to know which kind of memory the caller asks for. */
typedef struct page *alloc2_t(struct device *, size_t);
typedef struct page *alloc3_t(struct device *, size_t, unsigned long);

static inline struct page *alloc2(alloc2_t *fn, struct device *dev, size_t size)
{
	return fn(dev, size);
}

static inline struct page *alloc3(alloc3_t *fn, struct device *dev, size_t size)
{
	return fn(dev, size, shim.guest_encrypted ? __DMA_ATTR_ALLOC_CC_SHARED : 0);
}

#define pool_alloc(...)                                                                            \
	_Generic(&swiotlb_alloc, alloc2_t *                                                        \
		 : alloc2, alloc3_t *                                                              \
		 : alloc3)(&swiotlb_alloc, __VA_ARGS__)

static uint64_t ks_alloc(struct ks_device *d, int cpu, size_t size)
{
	struct page *page;

	shim_cpu = cpu;
	page = pool_alloc(&d->dev, size);
	return page ? page_to_phys(page) : KS_FAILED;
}

static void ks_trust(struct ks_device *d, bool trusted)
{
	d->dev.shim_trusted = trusted;
}

static bool ks_release(struct ks_device *d, uint64_t addr, size_t size)
{
	return swiotlb_free(&d->dev, phys_to_page(addr), size);
}

#endif /* KERNEL_MAP_H */
