/** Which part of the cost comes from where things lie, and which from the tracker itself. */
import { type Layout, type Ratio, ratio, type TimedVariant, timeVariants } from 'swiotlb-lab'
import type { Part } from '../part.js'
import { steady } from '../scenarios.js'
import { conditions, nsBand, ratioBand, table } from '../text.js'

const runs = [
  { title: '1 thread', threads: 1, placement: 'spread' },
  { title: '2 threads, areas far apart', threads: 2, placement: 'spread' },
  { title: '2 threads, neighbouring areas', threads: 2, placement: 'neighbours' },
] as const

/** All layouts, the kernel's first. */
const all: readonly Layout[] = (['run-counts', 'bitmap'] as const).flatMap((slotIndex) =>
  (['packed', 'padded'] as const).flatMap((areaLayout) =>
    (['kernel', 'own-line'] as const).map((counterLayout) => ({
      areaLayout,
      counterLayout,
      slotIndex,
    })),
  ),
)

const trackers = ['off', 'global-atomic'] as const

const rounds = ({ roundsNs }: TimedVariant): number[] => roundsNs.map((ns) => ns ?? Number.NaN)

/** Both trackers in one layout. */
interface Pair {
  readonly layout: Layout
  readonly off: TimedVariant
  readonly tracked: TimedVariant
  /** The tracker against `off` in the same layout, by rounds. */
  readonly cost: Ratio
}

function pairs(variants: readonly TimedVariant[]): Pair[] {
  return all.map((layout, i) => {
    const off = variants[i * trackers.length]
    const tracked = variants[i * trackers.length + 1]
    if (!off || !tracked) throw new Error('a layout was not timed')
    return { layout, off, tracked, cost: ratio(rounds(tracked), rounds(off)) }
  })
}

function lines(found: readonly Pair[]): string {
  return table(
    [
      'areas',
      'counters',
      'index',
      'off: ns',
      'x kernel layout',
      'global-atomic: ns',
      'x off there',
    ],
    found.map(({ layout, off, tracked, cost }, i) => [
      layout.areaLayout,
      layout.counterLayout,
      layout.slotIndex,
      nsBand(off.throughput.nsPerPair),
      i === 0 ? '1.00' : ratioBand(off.throughput.vsOff),
      nsBand(tracked.throughput.nsPerPair),
      ratioBand(cost),
    ]),
  )
}

export const layouts: Part = {
  name: 'layouts',
  question: 'what the areas, the counters and the slot index cost by where they lie',
  run: async ({ quick, signal, progress }) => {
    const texts: string[] = ['4 KiB mappings, 16 in flight, no copies (no goals)']
    const data: unknown[] = []
    for (const { title, threads, placement } of runs) {
      progress(title)
      const timed = await timeVariants(
        steady({ threads, placement, bytes: 4096, copy: false, rounds: quick ? 5 : 25 }, { quick }),
        all.flatMap((layout) => trackers.map((tracker) => ({ tracker, layout }))),
        { signal },
      )
      texts.push('', title, lines(pairs(timed.variants)), conditions(timed.timing))
      data.push(timed)
    }
    return { text: texts.join('\n'), goals: [], data }
  },
}
