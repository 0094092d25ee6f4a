/**
 * Which map or unmap a probe event belongs to, and which unmaps nobody saw: the questions that a
 * trace leaves open, and what decides them.
 *
 * An event of the counter does not name its map, and any event may have been missed. Events of one
 * thread nest as its interrupts do, so the innermost map or unmap that agrees with what an event
 * shows is the right one as long as all of them were recorded and the lines tell who ran; the rules
 * behind the first of a question are for the rest. Every rule and conclusion names a capture in which
 * it decides, whole or with events taken out of it; a test counts that it does.
 */
import { FAILED_ADDRESS } from '../events/fields.js'
import type { Conclusion, Question } from './decide.js'
import {
  liesAt,
  type OpenMap,
  type OpenUnmap,
  type ProbedMap,
  type Subtraction,
  slotsWanted,
  type Thread,
} from './open.js'

export const countedMap: Question<
  { readonly slots: number; readonly maps: readonly OpenMap[] },
  OpenMap
> = {
  asks: 'Which map does an addition to the counter (tlb_inc) belong to?',
  rules: [
    {
      because: 'it is the innermost map without one that asks for as many slots',
      seenIn: 'c-mixed-4cpu',
      find: ({ slots, maps }) => maps.findLast((map) => !map.count && slotsWanted(map) === slots),
    },
    {
      because: 'it is the innermost map without one, though its size explains other slots',
      seenIn: 'e2-full-2areas, every 5th line missing',
      find: ({ maps }) => maps.findLast((map) => !map.count),
    },
  ],
  otherwise: {
    because: 'the begin of its map was missed',
    seenIn: 'e2-full-2areas, every 20th swiotlb_map missing',
  },
}

interface MapReturn {
  readonly bus: number
  readonly orig: number
  readonly size: number
  readonly maps: readonly OpenMap[]
}

/* A failed map was never counted, all others were (if their event was not missed). */
const isCountedAs = (map: OpenMap, bus: number): boolean =>
  (map.count === undefined) === (bus === FAILED_ADDRESS)

export const returnedMap: Question<MapReturn, OpenMap> = {
  asks: 'Which map does the return of one (swiotlb_map_ret) belong to?',
  rules: [
    {
      because: 'it is the innermost of its address and size, and was counted unless it failed',
      seenIn: 'c-mixed-4cpu',
      find: ({ bus, orig, size, maps }) =>
        maps.findLast((map) => map.orig === orig && map.size === size && isCountedAs(map, bus)),
    },
    {
      because: 'it is the innermost of its address and size; its event at the counter was missed',
      seenIn: 'e2-full-2areas, every 20th tlb_inc missing',
      find: ({ orig, size, maps }) =>
        maps.findLast((map) => map.orig === orig && map.size === size),
    },
    {
      because: 'it is the innermost whose begin was missed',
      seenIn: 'e2-full-2areas, every 20th swiotlb_map missing',
      find: ({ bus, maps }) =>
        maps.findLast((map) => map.orig === undefined && isCountedAs(map, bus)),
    },
  ],
  otherwise: {
    because: 'only the return of its map was seen',
    seenIn: 'c-mixed-4cpu, first 3000 lines missing',
  },
}

interface CountedReturn {
  readonly returned: OpenMap
  readonly bus: number
  readonly maps: readonly OpenMap[]
  readonly start: number | undefined
}

/* Whether what `map` has counted is what the map that returned must have counted. */
function countFits(map: OpenMap, { returned, bus, start }: CountedReturn): boolean {
  const { count } = map
  if (bus === FAILED_ADDRESS) return !count && slotsWanted(map) === slotsWanted(returned)
  return count?.slots === slotsWanted(returned) && liesAt(returned, count?.slot ?? 0, bus, start)
}

export const ownerOfCount: Question<CountedReturn, OpenMap> = {
  asks: 'Which map has the addition that belongs to the map that returns?',
  rules: [
    {
      because: 'its own agrees with its size and address, or was handed on already',
      seenIn: 'c-mixed-4cpu',
      find: (evidence) => {
        const { returned } = evidence
        return returned.early || countFits(returned, evidence) ? returned : undefined
      },
    },
    {
      because: 'that of another open map agrees: the lines do not tell the threads apart',
      seenIn: 'e2-full-2areas, no context',
      find: (evidence) =>
        evidence.maps.find(
          (map) => map !== evidence.returned && !map.early && countFits(map, evidence),
        ),
    },
  ],
  otherwise: {
    because: 'none agrees better than its own',
    seenIn: 'e2-full-2areas, every 20th tlb_inc missing',
  },
}

/** A map whose return has not come, in its thread. */
export interface Unreturned {
  readonly open: OpenMap
  readonly thread: Thread
}

interface UnmapBegin {
  readonly bus: number
  /** What is live at that address, and who waits for its return. */
  readonly live: ProbedMap | undefined
  readonly unreturned: Unreturned | undefined
  readonly threads: Iterable<Thread>
  readonly start: number | undefined
}

interface Unmapped {
  readonly map?: ProbedMap
  readonly unreturned?: Unreturned
}

export const unmappedMap: Question<UnmapBegin, Unmapped> = {
  asks: 'Which map does an unmap (swiotlb_unmap) end?',
  rules: [
    {
      because: 'a map returned that address',
      seenIn: 'c-mixed-4cpu',
      find: ({ live, unreturned }) => (live && !unreturned ? { map: live } : undefined),
    },
    {
      because: 'a map whose return was waited for in vain had taken the slots there',
      seenIn: 'c-mixed-4cpu, every 5th line missing',
      find: ({ live, unreturned }) => (live && unreturned ? { map: live, unreturned } : undefined),
    },
    {
      because: 'a map that seemed under way had taken the slots there: its return was missed',
      seenIn: 'e2-full-2areas, every 20th swiotlb_map_ret missing',
      find: ({ bus, threads, start }) => {
        if (start === undefined) return undefined
        for (const thread of threads) {
          const open = thread.maps.find(
            (map) => map.count && liesAt(map, map.count.slot, bus, start),
          )
          if (open) return { unreturned: { open, thread } }
        }
        return undefined
      },
    },
  ],
  otherwise: {
    because: 'its map came before the trace, or was missed',
    seenIn: 'c-mixed-4cpu, first 3000 lines missing',
  },
}
/** Those by which a map has returned, although no event said so. */
export const unseenReturns: readonly Conclusion[] = unmappedMap.rules.slice(1)

export const countedUnmap: Question<
  { readonly slots: number; readonly unmaps: readonly OpenUnmap[] },
  OpenUnmap
> = {
  asks: 'Which unmap does a subtraction from the counter (tlb_dec) belong to?',
  rules: [
    {
      because: 'it is the innermost without one that has as many slots, as far as its map is known',
      seenIn: 'c-mixed-4cpu',
      find: ({ slots, unmaps }) =>
        unmaps.findLast(({ count, map }) => !count && (!map || map.slots === slots)),
    },
  ],
  otherwise: {
    because: 'the begin of its unmap was missed',
    seenIn: 'e2-full-2areas, every 20th swiotlb_unmap missing',
  },
}

interface UnmapReturn {
  readonly bus: number
  readonly unmaps: readonly OpenUnmap[]
  readonly live: ProbedMap | undefined
  readonly stray: Subtraction | undefined
}

type Ended = { readonly open: OpenUnmap } | { readonly map: ProbedMap; readonly count: Subtraction }

export const returnedUnmap: Question<UnmapReturn, Ended> = {
  asks: 'Which unmap does the return of one (swiotlb_unmap_ret) belong to?',
  rules: [
    {
      because: 'it is the innermost of its address',
      seenIn: 'c-mixed-4cpu',
      find: ({ bus, unmaps }) => {
        const open = unmaps.findLast((unmap) => unmap.bus === bus)
        return open && { open }
      },
    },
    {
      because: 'its begin was missed: what is live there has the slots that its thread subtracted',
      seenIn: 'e2-full-2areas, every 20th swiotlb_unmap missing',
      find: ({ live: map, stray: count }) =>
        map && count?.slots === map.slots ? { map, count } : undefined,
    },
  ],
  otherwise: {
    because: 'it ended before for another reason, or is one of those that nobody saw',
    seenIn: 'e2-full-2areas, every 5th line missing',
  },
}

/** What is concluded when an event has not come for long. */
export const givenUp = {
  map: {
    because: 'a map whose return has not come has returned to the address of its slots',
    seenIn: 'c-mixed-4cpu, every 5th line missing',
  },
  unmap: {
    because: 'an unmap whose return has not come ended before its thread went on',
    seenIn: 'c-mixed-4cpu, every 20th swiotlb_unmap_ret missing',
  },
  nested: {
    because: 'interrupts do not nest so deep: the outermost unmap has ended unseen',
    seenIn: 'c-mixed-4cpu, every 20th swiotlb_unmap_ret missing',
  },
} satisfies { [what: string]: Conclusion }

/** A dma event that unmaps a mapping of which no probe did. */
export interface DmaUnmap {
  readonly position: number
  readonly cpu: number
  /**
   * The event of the same CPU two before it (page) or two behind it (list): the probe that ran may
   * be recorded late. undefined: it has not come.
   */
  away: number | undefined
}

/** When an unmap that nobody saw happened: after `open` and before `close`; and where. */
export interface LostWindow {
  readonly open: number
  readonly close: number
  readonly cpu: number
}

interface LostEvidence {
  readonly map: ProbedMap
  readonly page: DmaUnmap | undefined
  readonly list: DmaUnmap | undefined
  /** By then it had been unmapped. */
  readonly limit: number
}

export const lostUnmap: Question<LostEvidence, LostWindow> = {
  asks: 'When was a mapping unmapped that no probe has unmapped?',
  rules: [
    {
      because: 'dma_unmap_page comes after the free',
      seenIn: 'x-kprobe-missed-2cpu',
      find: ({ map, page, limit }) =>
        page && page.position < limit
          ? { open: Math.max(map.ended, page.away ?? 0), close: page.position, cpu: page.cpu }
          : undefined,
    },
    {
      because: 'dma_unmap_sg comes before the free',
      seenIn: 'x-kprobe-missed-2cpu',
      find: ({ list, limit }) =>
        list && list.position < limit
          ? {
              open: list.position,
              close: Math.max(list.position, Math.min(limit, list.away ?? limit)),
              cpu: list.cpu,
            }
          : undefined,
    },
  ],
  otherwise: {
    because: 'another map took its slots',
    seenIn: 'e2-full-2areas, every 5th line missing',
  },
}

export const unknownMap: Question<{ readonly used: boolean }, true> = {
  asks: 'What was unmapped by an unmap of which no map was seen?',
  rules: [
    {
      because: 'maps of the trace had its slots before: its own map was missed',
      seenIn: 'e2-full-2areas, every 5th line missing',
      find: ({ used }) => used || undefined,
    },
  ],
  otherwise: {
    because: 'no map of the trace had its slots: it was live before the trace',
    seenIn: 'c-mixed-4cpu, first 3000 lines missing',
  },
}

/** Whether the values that additions found agree with the events: `order.ts` looks for an order. */
export const counterSteps = {
  explained: {
    because: 'in some order within the windows of the steps every addition finds its value',
    seenIn: 'c-mixed-4cpu',
  },
  jumped: {
    because: 'in no order the addition finds its value: the counter moved without an event',
    seenIn: 'e2-full-2areas, every 5th line missing',
  },
} satisfies { [what: string]: Conclusion }

const questions: readonly Pick<Question<never, unknown>, 'asks' | 'rules' | 'otherwise'>[] = [
  countedMap,
  returnedMap,
  ownerOfCount,
  unmappedMap,
  countedUnmap,
  returnedUnmap,
  lostUnmap,
  unknownMap,
]

/** Everything that can be concluded. */
export const conclusions: readonly Conclusion[] = [
  ...questions.flatMap(({ rules, otherwise }) => [...rules, otherwise]),
  ...Object.values(givenUp),
  ...Object.values(counterSteps),
]
