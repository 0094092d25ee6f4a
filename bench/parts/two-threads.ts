/** What tracking costs when two threads map at once and share nothing but the tracker. */
import { timeVariants, type VariantTiming } from 'swiotlb-lab'
import type { Figure } from '../figure.js'
import type { Part } from '../part.js'
import { type Sorting, sortRounds } from '../regime.js'
import { type Place, places, steady } from '../scenarios.js'
import { byRegime, changedText, costTable, figuresText, layoutWords } from '../text.js'
import { inTurns, timingSeconds, tryOverOff, variantOf } from '../tries.js'
import { figure, goal, regressionValue } from '../verdict.js'

const ROUNDS = 25
/** With the `off` that has areas as large as per-area's. */
const VARIANTS = 4
const trackers = ['off', 'global-atomic', 'per-area'] as const
type Tracker = (typeof trackers)[number]

const here = places.filter(({ threads }) => threads === 2)

const find = (tracker: Tracker) => (run: VariantTiming) => variantOf(run, tracker)

/** Held to something only where the areas share no line: what is left is the tracker. */
const targets = {
  'global-atomic': regressionValue('what the counter cost on the first host', { atLeast: 1.3 }),
  'per-area': goal({ atMost: 1.1 }),
} as const

function figuresOf(
  { key, title }: Place,
  runs: readonly VariantTiming[],
  sorting: Sorting,
): Figure[] {
  return (['global-atomic', 'per-area'] as const).map((tracker) =>
    figure(
      {
        id: `two-threads/${key}/${tracker}`,
        what: `${tracker} / off, ${title}`,
        ...(key === 'far-apart' && { target: targets[tracker] }),
      },
      runs.map((run) => tryOverOff(run, find(tracker)(run))),
      sorting,
    ),
  )
}

export const twoThreads: Part = {
  name: 'two-threads',
  question: 'what tracking costs with two threads, no copies',
  seconds: (context) =>
    here.length * context.tries * timingSeconds({ variants: VARIANTS, rounds: ROUNDS }, context),
  run: async (context) => {
    const { signal } = context
    const timed = await inTurns(here, context, ({ title, threads, placement }, number) => {
      context.progress(`${title}, try ${number}`)
      return timeVariants(
        steady({ threads, placement, bytes: 4096, copy: false, rounds: ROUNDS }, context),
        trackers.map((tracker) => ({ tracker })),
        { signal },
      )
    })
    const sorting = sortRounds(timed.flat())
    const figures = here.flatMap((place, i) => figuresOf(place, timed[i] ?? [], sorting))
    const layout = timed[0]?.[0]?.variants[0]?.layout
    return {
      text: [
        `4 KiB mappings, 16 in flight, ${layout ? layoutWords(layout) : ''};`,
        'x off: an off with areas of the same size',
        ...here.flatMap(({ title }, i) =>
          byRegime(title, timed[i] ?? [], sorting, costTable(trackers)),
        ),
        ...changedText(timed.flat(), sorting),
        '',
        figuresText(figures),
      ].join('\n'),
      figures,
      data: here.map(({ key }, i) => ({ place: key, tries: timed[i] })),
    }
  },
}
