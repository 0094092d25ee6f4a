/** Which part of the cost comes from where things lie, and which from the tracker itself. */
import { type Layout, timeVariants, type VariantTiming } from 'swiotlb-lab'
import type { Part } from '../part.js'
import { sortRounds } from '../regime.js'
import { places, steady } from '../scenarios.js'
import { byRegime, changedText, nsBand, ratioBand, table } from '../text.js'
import { inTurns, nsOf, type Runs, ratioOf, timingSeconds } from '../tries.js'

const ROUNDS = 15

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

/** The variants are each layout's two trackers, one layout after the other. */
const find = (layout: number, tracker: (typeof trackers)[number]) => (run: VariantTiming) => {
  const found = run.variants[layout * trackers.length + trackers.indexOf(tracker)]
  if (!found) throw new Error('a layout was not timed')
  return found
}

function lines(runs: Runs): string {
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
    all.map((layout, i) => [
      layout.areaLayout,
      layout.counterLayout,
      layout.slotIndex,
      nsBand(nsOf(runs, find(i, 'off'))),
      i === 0 ? '1.00' : ratioBand(ratioOf(runs, find(i, 'off'), find(0, 'off'))),
      nsBand(nsOf(runs, find(i, 'global-atomic'))),
      ratioBand(ratioOf(runs, find(i, 'global-atomic'), find(i, 'off'))),
    ]),
  )
}

export const layouts: Part = {
  name: 'layouts',
  question: 'what the areas, the counters and the slot index cost by where they lie',
  seconds: (context) =>
    places.length *
    context.tries *
    timingSeconds({ variants: all.length * trackers.length, rounds: ROUNDS }, context),
  run: async (context) => {
    const { signal, progress } = context
    const timed = await inTurns(places, context, ({ title, threads, placement }, number) => {
      progress(`${title}, try ${number}`)
      return timeVariants(
        steady({ threads, placement, bytes: 4096, copy: false, rounds: ROUNDS }, context),
        all.flatMap((layout) => trackers.map((tracker) => ({ tracker, layout }))),
        { signal },
      )
    })
    const sorting = sortRounds(timed.flat())
    return {
      text: [
        '4 KiB mappings, 16 in flight, no copies (no targets)',
        ...places.flatMap(({ title }, i) => byRegime(title, timed[i] ?? [], sorting, lines)),
        ...changedText(timed.flat(), sorting),
      ].join('\n'),
      figures: [],
      data: timed,
    }
  },
}
