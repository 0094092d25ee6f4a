/**
 * The edits that make room for a tracker in the kernel's two files. Each is known by short anchors in
 * the kernel's text, and says how often they must be found: a kernel that has them otherwise is refused
 * by the name of the edit, and nothing is guessed.
 */

/** One way in which a family of kernels has it. */
interface Form {
  /** What is looked for, in the whole file or behind `behind`. */
  readonly find: RegExp
  /** How often it must be there. */
  readonly times: number
  /** In its place, as for String.replace(). */
  readonly put: string
  /** What stands in front of the place, once: only the first find behind it counts. */
  readonly behind?: RegExp
}

/** A place in the kernel where a tracker is called, or what it replaces goes. */
export interface Edit {
  /** What it is there for. */
  readonly name: string
  /** The first whose anchors are found as often as it says. */
  readonly forms: readonly Form[]
}

/** Edits of one file, in their order; each finds what those before it have left. */
export interface EditedFile {
  /** Where it lies below the root. */
  readonly path: string
  readonly edits: readonly Edit[]
  /** Names that are left nowhere but in comments: who still says them counts in another place, too. */
  readonly gone: readonly RegExp[]
}

/** Edits of one of the two files that a tracker takes. */
export interface FileEdits extends EditedFile {
  readonly of: 'header' | 'source'
}

/** The comment that stands right above, if there is one. */
const comment = String.raw`(?:^\/\*(?:(?!\*\/)[^])*\*\/\n)?`
/** Definitions of static functions of a name, with the comment above. */
const definitions = (names: string): RegExp =>
  new RegExp(
    String.raw`${comment}static (?:__always_inline )?void (?:${names})\([^)]*\)\n\{\n(?:[^}].*\n|\n)*\}\n\n?`,
    'gm',
  )

/** Words per allocator that a tracker may have, in the place of the two counters. */
export const TRACKER_WORDS = 16

const TRACKER_DOC =
  " * @tracker_words: The tracker's own words, or the address of them where they are more.\n" +
  ' * @tracker_ready: Whether the tracker has begun, which it does with the first pool.\n'

export const header: FileEdits = {
  of: 'header',
  path: 'include/linux/swiotlb.h',
  edits: [
    {
      name: 'what the comment above says of the two counters',
      forms: [
        {
          find: /^ \* @total_used:.*\n(?: \*\s\s.*\n)* \* @used_hiwater:.*\n(?: \*\s\s.*\n)*/gm,
          times: 1,
          put: TRACKER_DOC,
        },
        { find: /@(?:total_used|used_hiwater):/g, times: 0, put: '$&' },
      ],
    },
    {
      name: "the tracker's words in struct io_tlb_mem, in place of the two counters",
      forms: [
        {
          find: /\tatomic_long_t total_used;\n\tatomic_long_t used_hiwater;\n/g,
          times: 1,
          put: `\tunsigned long tracker_words[${TRACKER_WORDS}];\n\tbool tracker_ready;\n`,
        },
      ],
    },
    {
      name: 'the slots of transient pools, which not all kernels count',
      forms: [
        { find: /\tatomic_long_t transient_nslabs;\n/g, times: 1, put: '$&' },
        {
          find: /\tbool tracker_ready;\n/g,
          times: 1,
          put: '$&\tatomic_long_t transient_nslabs;\n#define TRACKER_COUNTS_TRANSIENT\n',
        },
      ],
    },
  ],
  gone: [/\btotal_used;/, /\bused_hiwater;/],
}

/* Those that all kernels with areas have. */

export const included: Edit = {
  name: "the tracker's file behind the last #include",
  forms: [
    {
      find: /#include <trace\/events\/swiotlb\.h>\n/g,
      times: 1,
      put: '$&#include "swiotlb/instance.h"\n',
    },
  ],
}

export const areaGone: Edit = {
  name: 'struct io_tlb_area, which has a tracker in it then',
  forms: [
    {
      find: new RegExp(
        String.raw`${comment}struct io_tlb_area \{\n\tunsigned long used;\n\tunsigned int index;\n\tspinlock_t lock;\n\};\n\n?`,
        'gm',
      ),
      times: 1,
      put: '',
    },
  ],
}

export const mapLocked: Edit = {
  name: 'a map, under the lock of its area',
  forms: [
    {
      find: /\tarea->used \+= nslots;\n/g,
      times: 1,
      put: '$&\ttoken = tracker_mapped_locked(dev->dma_io_tlb_mem, area, nslots);\n',
    },
  ],
}

export const unmapLocked: Edit = {
  name: 'an unmap, under the lock of its area',
  forms: [
    {
      find: /\tarea->used -= nslots;\n/g,
      times: 1,
      put: '$&\ttoken = tracker_unmapped_locked(dev->dma_io_tlb_mem, area, nslots);\n',
    },
  ],
}

/** The word that goes from the locked verb to the other, in the function that begins so. */
const wordIn = (what: string, behind: RegExp): Edit => ({
  name: `the word between the two of ${what}`,
  forms: [
    {
      find: /\tunsigned long flags;\n/g,
      times: 1,
      put: '$&\tunsigned long token;\n',
      behind,
    },
  ],
})

export const mapWord = wordIn(
  'a map',
  /^static int swiotlb_(?:search_pool_area|area_find_slots|do_find_slots)\([^;{]*\{/gm,
)

export const unmapWord = wordIn('an unmap', /^static void swiotlb_release_slots\([^;{]*\{/gm)

export const ownFiles: Edit = {
  name: "the tracker's own files in debugfs",
  forms: [
    {
      find: /\tdebugfs_create_ulong\("io_tlb_nslabs".*;\n/g,
      times: 1,
      put: '$&\ttracker_debugfs(mem);\n',
    },
  ],
}

export const source: FileEdits = {
  of: 'source',
  path: 'kernel/dma/swiotlb.c',
  edits: [
    included,
    areaGone,
    {
      name: 'a pool that joins the allocator (add_mem_pool)',
      forms: [
        {
          find: /(static void add_mem_pool\([^)]*\)\n\{\n)((?:[^}\n].*\n|\n)*)\}\n/g,
          times: 1,
          put: '$1\ttracker_attach(mem, pool);\n$2\ttracker_attached(mem, pool);\n}\n',
        },
      ],
    },
    {
      name: "the kernel's own counting on a map (inc_used_and_hiwater)",
      forms: [
        { find: definitions('inc_used_and_hiwater(?:_real|_nop)?'), times: 4, put: '' },
        { find: definitions('inc_used_and_hiwater'), times: 2, put: '' },
      ],
    },
    {
      name: "the kernel's own counting on an unmap (dec_used)",
      forms: [
        { find: definitions('dec_used(?:_real|_nop)?'), times: 4, put: '' },
        { find: definitions('dec_used'), times: 2, put: '' },
      ],
    },
    {
      name: 'the static calls of both, where a boot option chooses them',
      forms: [
        {
          find: /DEFINE_STATIC_CALL\(swiotlb_(?:inc|dec)_used, [^)]*\);\n\n?/g,
          times: 2,
          put: '',
        },
        { find: /static_call/g, times: 0, put: '' },
      ],
    },
    {
      name: 'the boot option that turned them',
      forms: [
        {
          find: /\t\tstatic_call_update\(swiotlb_(?:inc|dec)_used,\s+[^)]*\);\n/g,
          times: 2,
          put: '',
        },
        { find: /static_call_update/g, times: 0, put: '' },
      ],
    },
    {
      name: 'the condition around them, which nothing is left in, and the comment above',
      forms: [
        {
          find: new RegExp(
            String.raw`${comment}#ifdef CONFIG_DEBUG_FS\n\s*#else.*\n\s*#endif.*\n\n?`,
            'gm',
          ),
          times: 1,
          put: '',
        },
        { find: /static bool track_hiwater_enabled/g, times: 1, put: '$&' },
      ],
    },
    mapLocked,
    {
      name: 'a map, after the lock was dropped',
      forms: [
        {
          find: /inc_used_and_hiwater\((.*), nslots\);/g,
          times: 1,
          put: 'tracker_mapped($1, nslots, token);',
        },
      ],
    },
    unmapLocked,
    {
      name: 'an unmap, after the lock was dropped',
      forms: [
        {
          find: /dec_used\((.*), nslots\);/g,
          times: 1,
          put: 'tracker_unmapped($1, nslots, token);',
        },
      ],
    },
    mapWord,
    unmapWord,
    {
      name: 'a transient pool that goes',
      forms: [
        {
          find: /dec_used\((.*), pool->nslabs\);/g,
          times: 1,
          put: 'tracker_retire($1, pool);',
        },
      ],
    },
    {
      name: 'a transient pool that comes',
      forms: [
        {
          find: /pool = swiotlb_alloc_pool\(dev, (?:mem, )?nslabs, nslabs, 1, [^;]*;\n\tif \(!pool\)\n\t\treturn -1;\n/g,
          times: 1,
          put: '$&\ttracker_attach_transient(dev->dma_io_tlb_mem, pool);\n',
        },
      ],
    },
    {
      name: 'a transient pool that is in use',
      forms: [
        {
          find: /\tpool->transient = true;\n/g,
          times: 1,
          put: '$&\ttracker_count_transient(dev->dma_io_tlb_mem, pool);\n',
        },
      ],
    },
    {
      name: 'what is in use (mem_used)',
      forms: [
        {
          find: /[ \t]+if \(track_hiwater_enabled\)\n[ \t]+return atomic_long_read\(&mem->total_used\);\n/g,
          times: 1,
          put: '\treturn tracker_used(mem);\n',
        },
        { find: /atomic_long_read\(&mem->total_used\)/g, times: 1, put: 'tracker_used(mem)' },
      ],
    },
    {
      name: 'the start of the two counters',
      forms: [
        {
          find: /\tatomic_long_set\(&mem->(?:total_used|used_hiwater), 0\);\n/g,
          times: 2,
          put: '',
        },
        { find: /atomic_long_set\(&mem->(?:total_used|used_hiwater), 0\)/g, times: 0, put: '' },
      ],
    },
    {
      name: 'the mark, read from its file',
      forms: [
        { find: /atomic_long_read\(&mem->used_hiwater\)/g, times: 1, put: 'tracker_hiwater(mem)' },
      ],
    },
    {
      name: 'the mark, reset through its file',
      forms: [
        {
          find: /\tatomic_long_set\(&mem->used_hiwater, val\);\n/g,
          times: 1,
          put: '\ttracker_begin(mem);\n',
        },
      ],
    },
    ownFiles,
  ],
  gone: [/\btotal_used\b/, /\bused_hiwater\)/, /\bdec_used\(/, /\binc_used_and_hiwater\(/],
}

/** For Linux 6.6 to 7.3: those that have pools. */
export const pools: readonly FileEdits[] = [header, source]
