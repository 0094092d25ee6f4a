/** The edits of kernels of before there were pools: the allocator is the only one, and there is no mark. */
import {
  areaGone,
  type FileEdits,
  header,
  included,
  mapLocked,
  mapWord,
  ownFiles,
  pools,
  source,
  TRACKER_WORDS,
  unmapLocked,
  unmapWord,
} from './edits.js'

/** What the glue calls a pool is the allocator. */
const onePoolHeader: FileEdits = {
  of: 'header',
  path: header.path,
  edits: [
    {
      name: "the tracker's words in struct io_tlb_mem, behind its slots",
      forms: [
        {
          find: /(^struct io_tlb_mem \{\n(?:[^}\n].*\n)*)\};\n/gm,
          times: 1,
          put: `$1\tunsigned long tracker_words[${TRACKER_WORDS}];\n\tbool tracker_ready;\n\tatomic_long_t transient_nslabs;\n};\n#define io_tlb_pool io_tlb_mem\n`,
        },
      ],
    },
  ],
  gone: header.gone,
}

const UNLOCK = String.raw`\tspin_unlock_irqrestore\(&area->lock, flags\);\n`

const onePoolSource: FileEdits = {
  of: 'source',
  path: source.path,
  edits: [
    included,
    areaGone,
    {
      name: 'the areas of the allocator, when they are there (swiotlb_init_io_tlb_mem)',
      forms: [
        {
          find: /^\tfor \(i = 0; i < mem->nslabs; i\+\+\) \{\n/gm,
          times: 1,
          put: '\ttracker_attach(mem, mem);\n\ttracker_attached(mem, mem);\n$&',
          behind: /^static void swiotlb_init_io_tlb_mem\([^;{]*\{/gm,
        },
      ],
    },
    mapLocked,
    {
      name: 'a map, after the lock was dropped',
      forms: [
        {
          find: new RegExp(String.raw`(${UNLOCK})(\treturn slot_index;\n)`, 'g'),
          times: 1,
          put: '$1\ttracker_mapped(mem, nslots, token);\n$2',
        },
      ],
    },
    unmapLocked,
    {
      name: 'an unmap, after the lock was dropped',
      forms: [
        {
          find: new RegExp(String.raw`(\ttoken = tracker_unmapped_locked\(.*\n${UNLOCK})\}`, 'g'),
          times: 1,
          put: '$1\ttracker_unmapped(mem, nslots, token);\n}',
        },
      ],
    },
    mapWord,
    unmapWord,
    {
      name: 'what is in use (mem_used)',
      forms: [
        {
          find: /(^static unsigned long mem_used\([^)]*\)\n\{\n)(?:[^}\n].*\n|\n)*\}/gm,
          times: 1,
          put: '$1\treturn tracker_used(mem);\n}',
        },
      ],
    },
    ownFiles,
  ],
  gone: source.gone,
}

/** For Linux 6.1: areas, but no pools and no counters. */
const onePool: readonly FileEdits[] = [onePoolHeader, onePoolSource]

/** Those of the family that a kernel is of, as its header tells. */
export const editsOf = (headerText: string): readonly FileEdits[] =>
  /^struct io_tlb_mem \{\n(?:[^}\n].*\n)*\tstruct io_tlb_area \*areas;\n/m.test(headerText)
    ? onePool
    : pools
