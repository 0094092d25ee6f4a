/**
 * Which of the rules that the port follows (those of Linux 6.12) a tree has otherwise, as far as
 * names in its two files show. It explains differences, and is no comparison itself.
 */
import type { KernelTree } from './source.js'

interface Rule {
  /** Whether the tree has it as the port has. */
  readonly holds: (tree: KernelTree) => boolean
  readonly otherwise: string
}

const RULES: readonly Rule[] = [
  {
    holds: ({ source }) => /\bpad_slots\b/.test(source),
    otherwise:
      'no padding slots: a map keeps low address bits within its first slot only, and ' +
      '"buffer is full" tells the size without padding',
  },
  {
    holds: ({ source }) => /\bslots_checked\b/.test(source),
    otherwise:
      'an older search: it begins at the index rounded up to the stride, ends where it began, ' +
      'aligns by slot number instead of bus address, and steps by pages for every map of a page ' +
      'or more',
  },
  {
    holds: ({ source }) => /\bio_tlb_used_hiwater\b/.test(source),
    otherwise: 'no hiwater: io_tlb_used is the sum of the areas in every build',
  },
  {
    holds: ({ source }) => !/\barea->used_hiwater\b/.test(source),
    otherwise: 'a hiwater that is the sum of one mark per area, not the mark of one counter',
  },
  {
    holds: ({ header }) => /^struct io_tlb_pool\b/m.test(header),
    otherwise: 'one pool that never grows',
  },
]

/** In words, one for each rule that the tree has otherwise; none for 6.12. */
export function otherRules(tree: KernelTree): string[] {
  return RULES.filter(({ holds }) => !holds(tree)).map(({ otherwise }) => otherwise)
}
