/**
 * Small faults for the port, each a piece of text of one source file and what to write instead. The
 * text must be in the file exactly once, so a fault that no longer applies is noticed.
 */
import type { VariantName } from '../../../lib/verify/variants.js'

export interface Mutation {
  readonly name: string
  /** Below native/. */
  readonly file: string
  readonly from: string
  readonly to: string
  /** Where it can show; static by default. */
  readonly variant?: VariantName
  /** With the bitmap as index of free slots. */
  readonly bitmap?: boolean
}

const bounce = 'swiotlb/bounce.h'
const instance = 'swiotlb/instance.h'
const search = 'swiotlb/search.h'
const runCounts = 'swiotlb/run_counts.h'
const bitmap = 'swiotlb/bitmap.h'
const map = 'swiotlb/map.h'
const growth = 'swiotlb/growth.h'
const restricted = 'swiotlb/restricted.h'
const face = 'swiotlb/swiotlb.h'
const counter = 'trackers/global_atomic.h'

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the search wraps by modulo instead of to slot 0',
    file: search,
    from: 'return index >= pool->area_nslabs ? 0 : index;',
    to: 'return index % pool->area_nslabs;',
  },
  {
    name: 'the search wraps one slot late',
    file: search,
    from: 'return index >= pool->area_nslabs ? 0 : index;',
    to: 'return index > pool->area_nslabs ? 0 : index;',
  },
  {
    name: 'the stride is one too short',
    file: search,
    from: '.stride = (max(align_mask, iotlb_align_mask) >> IO_TLB_SHIFT) + 1,',
    to: '.stride = max(max(align_mask, iotlb_align_mask) >> IO_TLB_SHIFT, 1U),',
  },
  {
    name: 'the stride leaves out min_align_mask',
    file: search,
    from: 'max(align_mask, iotlb_align_mask) >> IO_TLB_SHIFT',
    to: 'align_mask >> IO_TLB_SHIFT',
  },
  {
    name: 'an unaligned slot counts as a whole stride',
    file: search,
    from: '*step = 1;',
    to: '*step = rules->stride;',
  },
  {
    name: 'a taken slot counts as one',
    file: search,
    from: '*step = rules->stride;',
    to: '*step = 1;',
  },
  {
    name: 'an original address of 0 is matched as well',
    file: search,
    from: '(req->orig_addr && ((addr ^ req->orig_addr) & rules->iotlb_align_mask))',
    to: '((addr ^ req->orig_addr) & rules->iotlb_align_mask)',
  },
  {
    name: 'alignment is counted from the start of the pool',
    file: search,
    from: 'addr = rules->tbl_dma_addr + ((u64)slot << IO_TLB_SHIFT);',
    to: 'addr = (u64)slot << IO_TLB_SHIFT;',
  },
  {
    name: 'plain maps of a page keep no page alignment',
    file: search,
    from: 'req->alloc_size >= PAGE_SIZE',
    to: 'req->alloc_size > PAGE_SIZE',
  },
  {
    name: 'page alignment is kept with a min_align_mask as well',
    file: search,
    from: 'if (!align_mask && !dev->min_align_mask && ',
    to: 'if (!align_mask && ',
  },
  {
    name: 'a boundary may be touched by the last slot',
    file: search,
    from: '(first & (boundary - 1)) + nslots > boundary',
    to: '(first & (boundary - 1)) + nslots > boundary + 1',
  },
  {
    name: 'the boundary is counted from the start of the pool',
    file: search,
    from: 'spans_boundary(nr_slots(rules->tbl_dma_addr) + slot, ',
    to: 'spans_boundary(slot, ',
  },
  {
    name: 'the next search begins at the slot that was found',
    file: search,
    from: 'area->index = wrap_area_index(pool, index + req->nslots);',
    to: 'area->index = wrap_area_index(pool, index);',
  },
  {
    name: 'an area with exactly enough free slots is left out',
    file: search,
    from: 'req->nslots > pool->area_nslabs - area->used',
    to: 'req->nslots >= pool->area_nslabs - area->used',
  },
  {
    name: 'the last of the areas is not searched',
    file: search,
    from: 'number != first && slot < 0;',
    to: 'number != ((first - 1) & (pool->nareas - 1)) && slot < 0;',
  },
  {
    name: 'every CPU begins in the next area',
    file: search,
    from: 'first = cpu & (pool->nareas - 1);',
    to: 'first = (cpu + 1) & (pool->nareas - 1);',
  },
  {
    name: 'the slots keep the offset in the size that they remember',
    file: search,
    from: 'req->alloc_size - swiotlb_align_offset(dev, 0, req->orig_addr)',
    to: 'req->alloc_size',
  },
  {
    name: 'run counts begin as if there were no segments',
    file: runCounts,
    from: 'min(IO_TLB_SEGSIZE - i % IO_TLB_SEGSIZE, pool->nslabs - i)',
    to: 'min((unsigned long)IO_TLB_SEGSIZE, pool->nslabs - i)',
  },
  {
    name: 'a release joins runs across segments',
    file: runCounts,
    from: 'if (end % IO_TLB_SEGSIZE && end < pool->nslabs)',
    to: 'if (end < pool->nslabs)',
  },
  {
    name: 'run counts in front are not updated when slots are taken',
    file: runCounts,
    from: 'run_counts_update_before(pool, slot, 0);',
    to: '(void)run_counts_update_before;',
  },
  {
    name: 'run counts in front are updated past the start of the segment',
    file: runCounts,
    from: 'i % IO_TLB_SEGSIZE != IO_TLB_SEGSIZE - 1 && pool->slots[i].list',
    to: 'i < pool->nslabs && pool->slots[i].list',
  },
  {
    name: 'the bitmap lets a run go on into the next segment',
    file: bitmap,
    from: 'slot % IO_TLB_SEGSIZE + nslots <= IO_TLB_SEGSIZE &&',
    to: 'nslots <= IO_TLB_SEGSIZE &&',
    bitmap: true,
  },
  {
    name: 'the bitmap takes a slot too few',
    file: bitmap,
    from: 'bitmap_segment(pool, slot) | bitmap_mask(slot, nslots)',
    to: 'bitmap_segment(pool, slot) | bitmap_mask(slot, max(nslots - 1, 1U))',
    bitmap: true,
  },
  {
    name: 'the bitmap releases a slot too many',
    file: bitmap,
    from: 'bitmap_segment(pool, slot) & ~bitmap_mask(slot, nslots)',
    to: 'bitmap_segment(pool, slot) & ~bitmap_mask(slot, min(nslots + 1, IO_TLB_SEGSIZE - slot % IO_TLB_SEGSIZE))',
    bitmap: true,
  },
  {
    name: 'pad slots are not remembered',
    file: map,
    from: 'pool->slots[first].pad_slots = (unsigned short)pad;',
    to: 'pool->slots[slot].pad_slots = (unsigned short)pad;',
  },
  {
    name: 'pad slots have an original address',
    file: map,
    from: 'for (i = 0; i < req->nslots - pad; i++)\n\t\t\tpool',
    to: 'for (i = 0; i < req->nslots; i++)\n\t\t\tpool',
  },
  {
    name: 'the offset in the slot is lost',
    file: map,
    from: 'offset &= IO_TLB_SIZE - 1;',
    to: 'offset = 0;',
  },
  {
    name: 'an unmap moves the index',
    file: map,
    from: 'slot_index_release(pool, l, slot, nslots, pad);',
    to: 'slot_index_release(pool, l, slot, nslots, pad); area->index = slot % pool->area_nslabs;',
  },
  {
    name: 'an unmap leaves the original addresses',
    file: runCounts,
    from: 'pool->slots[i].orig_addr = INVALID_PHYS_ADDR;',
    to: ';',
  },
  {
    name: 'an unmap forgets the padding in front',
    file: map,
    from: 'nr_slots(pool->slots[*slot].alloc_size + offset)',
    to: 'nr_slots(pool->slots[*slot].alloc_size)',
  },
  {
    name: '"buffer is full" tells the size without padding',
    file: map,
    from: 'swiotlb_warn_full(dev, mem, req.alloc_size, attrs);',
    to: 'swiotlb_warn_full(dev, mem, mapping_size, attrs);',
  },
  {
    name: 'the offset leaves out alloc_align_mask',
    file: face,
    from: '(align_mask | (unsigned int)(IO_TLB_SIZE - 1))',
    to: '(unsigned int)(IO_TLB_SIZE - 1)',
  },
  {
    name: 'the size is not rounded up to the alignment',
    file: face,
    from: '(size_t)align_mask + 1);',
    to: '(size_t)1);',
  },
  {
    name: 'the mark is raised to the old count',
    file: counter,
    from: '&old_hiwater, new_used)',
    to: '&old_hiwater, new_used - 1)',
  },
  {
    name: 'a reset sets the mark to what is in use',
    file: counter,
    from: 'atomic_long_set(&mem_tracker(mem)->used_hiwater, 0);',
    to: 'atomic_long_set(&mem_tracker(mem)->used_hiwater, (long)tracker_used(mem));',
  },
  {
    name: 'grown pools get the size of the first one',
    file: growth,
    from: '#define IO_TLB_MAX_GROWN_SLABS 2048',
    to: '#define IO_TLB_MAX_GROWN_SLABS 1048576',
    variant: 'dynamic',
  },
  {
    name: 'a pool is searched in an area of its own choice',
    file: growth,
    from: '(cpu + k) & (node->pool->nareas - 1), req);',
    to: 'k & (node->pool->nareas - 1), req);',
    variant: 'dynamic',
  },
  {
    name: 'only the first area of each pool is searched',
    file: growth,
    from: 'for (k = 0; k < mem->default_nareas; k++)',
    to: 'for (k = 0; k < 1; k++)',
    variant: 'dynamic',
  },
  {
    name: 'a longer request than a segment asks for growth',
    file: growth,
    from: 'if (req->alloc_size > IO_TLB_SEGSIZE * IO_TLB_SIZE)',
    to: 'if (req->alloc_size > IO_TLB_SEGSIZE * IO_TLB_SIZE * 2)',
    variant: 'dynamic',
  },
  {
    name: 'grown slots are not counted into the total',
    file: growth,
    from: 'WRITE_ONCE(mem->nslabs, mem->nslabs + dyn->pool.nslabs);',
    to: ';',
    variant: 'dynamic',
  },
  {
    name: 'an alloc is rounded up to its alignment',
    file: restricted,
    from: '.nslots = (unsigned int)nr_slots(size),',
    to: '.nslots = (unsigned int)nr_slots(page_order_mask(size) + 1UL),',
    variant: 'restricted',
  },
  {
    name: 'an alloc is aligned like a page only',
    file: restricted,
    from: 'roundup_pow_of_two(max(size, PAGE_SIZE)) - 1',
    to: 'PAGE_SIZE - 1',
    variant: 'restricted',
  },
  {
    name: 'the bitmap takes a slot too few within a word',
    file: bitmap,
    from: '|= bitmap_word_mask(slot, nslots);',
    to: '|= bitmap_word_mask(slot, max(nslots - 1, 1U));',
    bitmap: true,
  },
  {
    name: 'a run of two words is taken to lie in one',
    file: bitmap,
    from: 'slot % 64 + nslots <= 64',
    to: 'slot % 64 + nslots <= 65',
    bitmap: true,
  },
  {
    name: 'the bitmap forgets the sizes of padding slots',
    file: map,
    from: 'slot_set_sizes(pool, slot, pad, left);',
    to: '',
    bitmap: true,
  },
  {
    name: "the bitmap's release leaves the padding",
    file: bitmap,
    from: 'slots[pad].pad_slots = 0;',
    to: '',
    bitmap: true,
  },
  {
    name: 'the area is found by a shift too many',
    file: map,
    from: 'return slot >> pool->area_shift;',
    to: 'return slot >> (pool->area_shift + 1);',
    bitmap: true,
  },
  {
    name: 'a map copies one byte too few',
    file: bounce,
    from: 'bounce_copy(vaddr, phys_to_virt(orig_addr), size);',
    to: 'bounce_copy(vaddr, phys_to_virt(orig_addr), size - 1);',
    variant: 'copies',
  },
  {
    name: 'an unmap copies one byte too many',
    file: bounce,
    from: 'bounce_copy(phys_to_virt(orig_addr), vaddr, size);',
    to: 'bounce_copy(phys_to_virt(orig_addr), vaddr, size + 1);',
    variant: 'copies',
  },
  {
    name: 'what lies in front of a slot’s own address is copied from there',
    file: bounce,
    from: 'orig_addr += (phys_addr_t)(long)delta;',
    to: 'orig_addr += delta > 0 ? (phys_addr_t)delta : 0;',
    variant: 'copies',
  },
  {
    name: 'a copy begins at a multiple of eight bytes',
    file: bounce,
    from: 'vaddr = (char *)pool->vaddr + (tlb_addr - pool->start);',
    to: 'vaddr = (char *)pool->vaddr + ((tlb_addr - pool->start) & ~7UL);',
    variant: 'copies',
  },
  {
    name: 'the offset of a mapping is not looked at',
    file: bounce,
    from: '(int)swiotlb_align_offset(dev, 0, orig_addr);',
    to: '0;',
    variant: 'copies',
  },
  {
    name: 'an unmap of a mapping of both directions copies nothing',
    file: map,
    from: 'bool copy = dir != DMA_TO_DEVICE &&',
    to: 'bool copy = dir == DMA_FROM_DEVICE &&',
    variant: 'copies',
  },
  {
    name: 'an unmap that shall not copy does',
    file: map,
    from: ' && !(attrs & DMA_ATTR_SKIP_CPU_SYNC);',
    to: ';',
    variant: 'copies',
  },
  {
    name: 'a sync for the device copies nothing to one that reads and writes',
    file: instance,
    from: 'if (dir != DMA_FROM_DEVICE)',
    to: 'if (dir == DMA_TO_DEVICE)',
    variant: 'copies',
  },
  {
    name: 'a sync for the CPU goes the other way',
    file: instance,
    from: 'instance_sync(dev, tlb_addr, size, false);',
    to: 'instance_sync(dev, tlb_addr, size, true);',
    variant: 'copies',
  },
  {
    name: 'an unmap in a pool that grows copies nothing',
    file: map,
    from: '	if (copy)\n		swiotlb_bounce(dev, mem, node->pool, tlb_addr, mapping_size, false);\n	if (node',
    to: '	if (node',
    variant: 'copies-dynamic',
  },
]
