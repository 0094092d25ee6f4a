/**
 * Which of the rules that the port follows (those of Linux 6.12) a tree has otherwise, as far as
 * names in its two files show; and whether a difference can come from them. A difference that cannot
 * is something else, and worth a look.
 */
import { choosesAtBoot } from '../kernel/build.js'
import type { KernelTree } from '../kernel/source.js'
import { OperationKind, type Operations, offsetOfMap, type PoolHeader } from '../trace/index.js'
import { DATA, ENDLESS, MEMORY, type Mismatch, NO_ANSWER, NO_POOL } from './compare.js'
import { PoolFlag } from './driver.js'
import { LEAST_SLOTS, SEGMENT_SLOTS } from './profiles.js'
import type { Variant } from './variants.js'

const PAGE_BYTES = 4096

/** A map or alloc, as far as rules ask for it; or a sync of one. */
interface Request {
  readonly alloc: boolean
  readonly sync: boolean
  readonly size: number
  readonly am: bigint
  readonly mam: bigint
  readonly bm: bigint
  /** Low address bits that it keeps, in bytes. */
  readonly offset: number
}

/** What a difference was found in. */
interface Place {
  readonly field: string
  readonly grow: boolean
  readonly pool: PoolHeader
  readonly restricted: boolean
  /** Whether there was a map until then that no pool can serve. */
  readonly oversize: boolean
}

interface Rule {
  /** In a word or two. */
  readonly name: string
  /** Whether the tree has it as the port has. */
  readonly holds: (tree: KernelTree) => boolean
  readonly otherwise: string
  /** Whether it can change this field of what comes of a request. */
  readonly decides: (place: Place, request: Request) => boolean
  /** Whether the kernel can end for it, as the field says: without a pool, in a crash... */
  readonly ends?: (place: Place, requests: readonly Request[]) => boolean
}

/** All that a rule of counting decides. */
const COUNTERS = ['used', 'hiwater']
const DATA_FIELDS = [DATA, MEMORY]
/** What is not a field of an answer: there is none. */
const ENDS = [NO_POOL, ENDLESS, NO_ANSWER]
const places = ({ field }: Place) => !COUNTERS.includes(field) && !DATA_FIELDS.includes(field)
const searchesOtherwise = ({ size, am, mam, bm }: Request) =>
  size >= PAGE_BYTES || (am | mam | bm) !== 0n
const never = () => false

const hasGrowth = ({ source }: KernelTree) => /\bCONFIG_SWIOTLB_DYNAMIC\b/.test(source)
const countsSteps = ({ source }: KernelTree) => /\bslots_checked\b/.test(source)

const RULES: readonly Rule[] = [
  {
    name: 'padding',
    holds: ({ source }) => /\bpad_slots\b/.test(source),
    otherwise:
      'none: a map keeps low address bits within its first slot only, and ' +
      '"buffer is full" tells the size without padding',
    decides: (place, { offset }) => places(place) && offset > 0,
  },
  {
    name: 'search',
    holds: countsSteps,
    otherwise:
      'an older search: it begins at the index rounded up to the stride, ends only where it began ' +
      '(a step may pass it by, and then it never ends), aligns by slot number instead of bus ' +
      'address, and steps by pages for every map of a page or more',
    decides: (place, request) => places(place) && searchesOtherwise(request),
    ends: ({ field }, requests) => field === ENDLESS && requests.some(searchesOtherwise),
  },
  {
    name: 'alignment',
    holds: (tree) => !countsSteps(tree) || /\btlb_addr & alloc_align_mask\b/.test(tree.source),
    otherwise:
      'one mask for what is asked for and what the device needs: a bus address is to be like the ' +
      'original address in all these bits, is not looked at where that is 0, and every map of a ' +
      'page or more keeps its place in the page',
    decides: (place, request) => places(place) && searchesOtherwise(request),
  },
  {
    name: 'alloc',
    // Its alignment is made from the order of its size.
    holds: ({ source }) => /\bswiotlb_alloc\([\s\S]{0,1500}?\bget_order\b/.test(source),
    otherwise: 'an alloc of a restricted pool asks for no alignment, not even that of a page',
    decides: (place, { alloc }) => places(place) && alloc,
  },
  {
    name: 'last segment',
    holds: ({ source }) => /\bmin\(IO_TLB_SEGSIZE - io_tlb_offset\b/.test(source),
    otherwise:
      'the run counts of a pool that is no multiple of 128 slots reach beyond its end, so that a ' +
      'map can get slots that do not exist, and whatever lies there is overwritten',
    // A transient pool has no more slots than were asked for.
    decides: (place) => (place.grow && places(place)) || place.pool.nslabs % SEGMENT_SLOTS !== 0,
    ends: ({ field, grow, pool }) =>
      field === NO_ANSWER && (grow || pool.nslabs % SEGMENT_SLOTS !== 0),
  },
  {
    name: 'sync',
    holds: ({ source }) => /\bint tlb_offset;/.test(source) && !/orig_addr_offset/.test(source),
    otherwise:
      'a sync that begins in a later slot, nearer to its begin than the mapping to that of its ' +
      'first, warns and copies nothing',
    decides: ({ field }, { offset, sync }) =>
      DATA_FIELDS.includes(field) && offset > 0 && (sync || field === MEMORY),
  },
  {
    name: 'area order',
    holds: (tree) => !hasGrowth(tree) || /\bswiotlb_search_area\b/.test(tree.source),
    otherwise: 'all areas of one pool are searched before the next pool, not one area of all pools',
    decides: ({ grow, pool, field }) => grow && pool.nareas > 1 && !DATA_FIELDS.includes(field),
  },
  {
    name: 'size limit',
    holds: (tree) => !hasGrowth(tree) || /\balloc_size > IO_TLB_SEGSIZE\b/.test(tree.source),
    otherwise: 'a map of more than 256 KiB, which no pool can serve, makes the pool grow',
    decides: ({ grow, oversize }) => grow && oversize,
  },
  {
    name: 'freeing',
    holds: ({ source }) => !/\bqueue_rcu_work\b/.test(source),
    otherwise:
      'a transient pool is freed by work behind the grace period, one that serves nothing as well',
    decides: ({ grow, field }) => grow && !COUNTERS.includes(field),
  },
  {
    name: 'hiwater',
    holds: ({ source }) => /\bio_tlb_used_hiwater\b/.test(source),
    otherwise: 'none: io_tlb_used is the sum of the areas in every build',
    decides: ({ field }) => field === 'hiwater',
  },
  {
    name: 'marks per area',
    holds: ({ source }) => !/\barea->used_hiwater\b/.test(source),
    otherwise: 'a hiwater that is the sum of one mark per area, not the mark of one counter',
    decides: ({ field }) => COUNTERS.includes(field),
  },
  {
    name: 'least pool',
    holds: ({ source }) => !/"%s: nslabs = %lu too small/.test(source),
    otherwise: 'a pool of less than 1 MiB (512 slots) ends the boot in a panic',
    decides: never,
    ends: ({ field, pool, restricted }) =>
      field === NO_POOL && !restricted && pool.nslabs < LEAST_SLOTS,
  },
  // Those that follow change nothing that a comparison can meet: it builds for them, or boots so
  // that they do not matter.
  {
    name: 'growth',
    holds: hasGrowth,
    otherwise: 'none: there is one pool',
    decides: never,
  },
  {
    name: 'used file',
    holds: ({ source }) => !/debugfs_create_ulong\("io_tlb_used"/.test(source),
    otherwise:
      "io_tlb_used shows a variable of a function that has returned; the kernel's own sum is " +
      'compared instead',
    decides: never,
  },
  {
    name: 'late zero',
    holds: ({ source }) => !/\batomic_long_set\(&mem->total_used, 0\)/.test(source),
    otherwise:
      'the counters are zeroed when debugfs comes up, and what is mapped before is missing for ' +
      'good, so that io_tlb_used can read 2^64 - 1; here nothing is mapped before',
    decides: never,
  },
  {
    name: 'chosen at boot',
    holds: (tree) => !choosesAtBoot(tree),
    otherwise:
      'without the word track_hiwater nothing is counted: io_tlb_used is the sum of the areas of ' +
      'pools that stay, and io_tlb_used_hiwater reads 0; the untracked variants compare that',
    decides: never,
  },
  {
    name: 'encryption',
    holds: ({ header }) => !/\bcc_shared\b/.test(header),
    otherwise:
      'a map is refused before the search, and without a message, where pool and device disagree ' +
      'about encryption; here no memory is encrypted',
    decides: never,
  },
]

/** One for each rule that the tree has otherwise, in words; none for 6.12. */
export function otherRules(tree: KernelTree): { readonly name: string; readonly words: string }[] {
  return RULES.filter(({ holds }) => !holds(tree)).map(({ name, otherwise }) => {
    return { name, words: otherwise }
  })
}

function hasOversize(operations: Operations, last: number): boolean {
  for (let i = 0; i <= last; i++) {
    if (operations.slots(i) > SEGMENT_SLOTS) return true
  }
  return false
}

const begins = (kind: number) => kind === OperationKind.map || kind === OperationKind.alloc

/** What operation `i` asked for; of an unmap, free or sync, what its mapping did. */
function requestAt(operations: Operations, i: number): Request | null {
  const kind = operations.kind(i)
  let at = i
  const { unmap, free, sync: syncs } = OperationKind
  if (kind === unmap || kind === free || kind === syncs) {
    const id = operations.id(i)
    do at--
    while (at >= 0 && !(operations.id(at) === id && begins(operations.kind(at))))
  } else if (kind !== OperationKind.map && kind !== OperationKind.alloc) return null
  if (at < 0) return null
  const [am, mam] = [operations.am(at), operations.mam(at)]
  const offset = offsetOfMap(Number(operations.orig(at) & 0xffff_ffffn), Number(am), Number(mam))
  const alloc = operations.kind(at) === OperationKind.alloc
  const sync = kind === OperationKind.sync
  return { alloc, sync, size: operations.size(at), am, mam, bm: operations.bm(at), offset }
}

/**
 * The tree's other rules that a difference can come from; none for one that they cannot explain.
 *
 * @param since the last operation after which everything was alike: what is no answer to one
 *   operation may come from any of those behind it
 */
export function rulesBehind(
  tree: KernelTree,
  { grow, flags }: Pick<Variant, 'grow' | 'flags'>,
  pool: PoolHeader,
  operations: Operations,
  { operation, field }: Mismatch,
  since: number,
): string[] {
  const whole =
    field.startsWith('run counts') || field.startsWith('slots and areas') || field === MEMORY
  const requests: Request[] = []
  for (let i = whole ? since : operation; i <= operation; i++) {
    const request = requestAt(operations, i)
    if (request) requests.push(request)
  }
  const restricted = (flags & PoolFlag.restricted) !== 0
  const oversize = hasOversize(operations, operation)
  const place = { field, grow, restricted, pool, oversize }
  const decided = ({ decides, ends = never }: Rule) =>
    ENDS.includes(field)
      ? ends(place, requests)
      : requests.some((request) => decides(place, request))
  return RULES.filter((rule) => !rule.holds(tree) && decided(rule)).map(({ name }) => name)
}
