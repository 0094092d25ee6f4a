// Where the time goes: what a tracker is to blame for is more than its own verbs.

import { expect, test } from '@jest/globals'
import { whereWords } from '../../lib/report/parts/where.js'
import { lineClasses, type Prediction, timeParts } from '../../lib/results/virtual.js'

const NONE = { accesses: 0, fromCore: 0, fromSocket: 0, waitedNs: 0, queuedNs: 0 }

/** One that takes 1000 ns of other work, with these of the tracker's and of waiting for the descriptor. */
function predicted(tracker: number, waitedNs: number): Prediction {
  const parts = timeParts.map((part) => [part, part === 'other' ? 1000 + waitedNs : 0])
  const lines = lineClasses.map((name) => [
    name,
    name === 'descriptor' ? { ...NONE, waitedNs } : NONE,
  ])
  return {
    nsPerPair: 1000 + waitedNs + tracker,
    perPairNs: { ...Object.fromEntries(parts), tracker },
    lines: Object.fromEntries(lines),
    lostThroughput: 0.5,
  } as Prediction
}

const sentenceOf = (of: Readonly<Record<string, Prediction>>): string =>
  whereWords(
    Object.entries(of).map(([tracker, prediction]) => ({ tracker, prediction })),
    ', with copies',
  )

test('names what is more than with off, and the waiting for the line that counters share', () => {
  expect(sentenceOf({ off: predicted(0, 100), counter: predicted(500, 2600) })).toBe(
    "The tracker's own verbs take most with counter: 500 of 4100 ns of a map+unmap, with copies, 12 %. " +
      'A map+unmap with it takes 3000 ns more than with off: its own 500 ns, and 2500 ns more of waiting ' +
      "for the line of the pool's descriptor, which moves with counters beside it; what is left is in the other parts.",
  )
})

test('names no line that is not waited for, and nothing more where it is none or off is not there', () => {
  const own = predicted(500, 0)
  expect(sentenceOf({ off: predicted(0, 0), counter: own })).toMatch(
    /takes 500 ns more than with off: its own 500 ns; what/,
  )
  const alone =
    "The tracker's own verbs take most with counter: 500 of 1500 ns of a map+unmap, with copies, 33 %."
  expect(sentenceOf({ counter: own })).toBe(alone)
  expect(sentenceOf({ off: predicted(0, 5000), counter: own })).toBe(alone)
  expect(sentenceOf({ off: predicted(0, 0) })).toBe(
    'No tracker takes time of its own of a map+unmap, with copies.',
  )
})
