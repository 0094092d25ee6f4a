/**
 * Which of the rules that the port follows (those of Linux 6.12) a tree has otherwise, as far as
 * names in its two files show; and whether a difference can come from them. A difference that cannot
 * is something else, and worth a look.
 */

import type { KernelTree } from '../kernel/source.js'
import { OperationKind, type Operations, offsetOfMap } from '../trace/index.js'
import type { Mismatch } from './compare.js'

const PAGE_BYTES = 4096

/** A map or alloc, as far as rules ask for it. */
interface Request {
  readonly alloc: boolean
  readonly size: number
  readonly am: bigint
  readonly mam: bigint
  readonly bm: bigint
  /** Low address bits that it keeps, in bytes. */
  readonly offset: number
}

interface Rule {
  /** In a word. */
  readonly name: string
  /** Whether the tree has it as the port has. */
  readonly holds: (tree: KernelTree) => boolean
  readonly otherwise: string
  /** Whether it can change this field of what comes of a request. */
  readonly decides: (field: string, request: Request) => boolean
}

/** All that a rule of counting decides. */
const COUNTERS = ['used', 'hiwater']

const RULES: readonly Rule[] = [
  {
    name: 'padding',
    holds: ({ source }) => /\bpad_slots\b/.test(source),
    otherwise:
      'none: a map keeps low address bits within its first slot only, and ' +
      '"buffer is full" tells the size without padding',
    decides: (field, { offset }) => offset > 0 && !COUNTERS.includes(field),
  },
  {
    name: 'search',
    holds: ({ source }) => /\bslots_checked\b/.test(source),
    otherwise:
      'an older search: it begins at the index rounded up to the stride, ends only where it began ' +
      '(a step may pass it by, and then it never ends), aligns by slot number instead of bus ' +
      'address, and steps by pages for every map of a page or more',
    decides: (field, { size, am, mam, bm }) =>
      !COUNTERS.includes(field) && (size >= PAGE_BYTES || (am | mam | bm) !== 0n),
  },
  {
    name: 'alloc',
    // Its alignment is made from the order of its size.
    holds: ({ source }) => /\bswiotlb_alloc\([\s\S]{0,1500}?\bget_order\b/.test(source),
    otherwise: 'an alloc of a restricted pool asks for no alignment, not even that of a page',
    decides: (field, { alloc }) => alloc && !COUNTERS.includes(field),
  },
  {
    name: 'hiwater',
    holds: ({ source }) => /\bio_tlb_used_hiwater\b/.test(source),
    otherwise: 'none: io_tlb_used is the sum of the areas in every build',
    decides: (field) => field === 'hiwater',
  },
  {
    name: 'marks per area',
    holds: ({ source }) => !/\barea->used_hiwater\b/.test(source),
    otherwise: 'a hiwater that is the sum of one mark per area, not the mark of one counter',
    decides: (field) => COUNTERS.includes(field),
  },
  {
    name: 'growth',
    holds: ({ header }) => /^struct io_tlb_pool\b/m.test(header),
    otherwise: 'none: there is one pool',
    // Where a tree has no growth, that variant is not run.
    decides: () => false,
  },
]

/** One for each rule that the tree has otherwise, in words; none for 6.12. */
export function otherRules(tree: KernelTree): { readonly name: string; readonly words: string }[] {
  return RULES.filter(({ holds }) => !holds(tree)).map(({ name, otherwise }) => {
    return { name, words: otherwise }
  })
}

/** What operation `i` asked for; of an unmap or free, what it ends. */
function requestAt(operations: Operations, i: number): Request | null {
  const kind = operations.kind(i)
  let at = i
  if (kind === OperationKind.unmap || kind === OperationKind.free) {
    const id = operations.id(i)
    do at--
    while (at >= 0 && operations.id(at) !== id)
  } else if (kind !== OperationKind.map && kind !== OperationKind.alloc) return null
  if (at < 0) return null
  const [am, mam] = [operations.am(at), operations.mam(at)]
  const offset = offsetOfMap(Number(operations.orig(at) & 0xffff_ffffn), Number(am), Number(mam))
  const alloc = operations.kind(at) === OperationKind.alloc
  return { alloc, size: operations.size(at), am, mam, bm: operations.bm(at), offset }
}

/**
 * The tree's other rules that a difference can come from; none for one that they cannot explain.
 *
 * @param since the last operation after which everything was alike: what is no answer to one
 *   operation may come from any of those behind it
 */
export function rulesBehind(
  tree: KernelTree,
  operations: Operations,
  { operation, field }: Mismatch,
  since: number,
): string[] {
  const whole = field.startsWith('run counts') || field.startsWith('slots and areas')
  const requests: Request[] = []
  for (let i = whole ? since : operation; i <= operation; i++) {
    const request = requestAt(operations, i)
    if (request) requests.push(request)
  }
  return RULES.filter(
    ({ holds, decides }) => !holds(tree) && requests.some((request) => decides(field, request)),
  ).map(({ name }) => name)
}
