/** The perf annotation that started the discussion, beside what virtual time gives. */
import { compare, type Prediction, type Row } from 'swiotlb-lab'
import type { Part } from '../part.js'
import { machine } from '../scenarios.js'
import { ns, percent, table } from '../text.js'

/**
 * Of the samples in the slot-finding function, from the list discussion of June 2026: at the first
 * instruction behind the unlock, at the one behind `lock xadd` of the counter, at the compare that
 * waits for the mark. What is left is the search and the rest.
 */
const PUBLISHED = { unlock: 0.1038, xadd: 0.6674, mark: 0.1974, exchange: 0 } as const
type At = keyof typeof PUBLISHED

/** Small network-sized mappings, an area for each CPU: the shape of the report. */
const shape = (cpus: number) => ({
  name: 'annotation',
  pool: { slots: cpus * 4096, areas: cpus },
  cpus,
  copy: false,
  workload: { sizes: [{ bytes: 1536, weight: 3 }, { bytes: 4096 }], inFlight: 64 },
  steps: cpus * 1000,
})

interface Split {
  readonly cpus: number
  readonly prediction: Prediction
  /** Of the time in the slot-finding function: lock, search, unlock, tracker. */
  readonly share: Readonly<Record<At, number>>
}

/** Both operations queue for the area's lock: each as much as it takes until it has it. */
function splitOf(cpus: number, row: Row): Split {
  const prediction = row.virtual?.full
  if (!prediction) throw new Error(`${row.tracker} was not predicted`)
  const { search, lockWait } = prediction.perPairNs
  const { map, unmap } = prediction.sites
  const queued = lockWait * (map.lock.ns / (map.lock.ns + unmap.lock.ns))
  const tracker = map.read.ns + map.write.ns + map.add.ns + map.exchange.ns + map.trackerLock.ns
  const whole = search + queued + tracker
  return {
    cpus,
    prediction,
    share: {
      unlock: map.unlock.ns / whole,
      xadd: map.add.ns / whole,
      mark: map.read.ns / whole,
      exchange: map.exchange.ns / whole,
    },
  }
}

const EXPLANATION = [
  'The published samples are of one machine whose costs and load are not known. A sampled interrupt is',
  'charged to the instruction behind the one that waited: the sample behind `lock xadd` is the wait for',
  'the line, that at the compare is the wait for the load of the mark in front of it.',
] as const

const ats = ['unlock', 'xadd', 'mark', 'exchange'] as const

export const virtualAnnotation: Part = {
  name: 'virtual-annotation',
  question: 'where a map waits on 8 to 64 CPUs, beside the published perf annotation',
  seconds: ({ quick }) => (quick ? 1 : 4),
  run: async ({ quick, signal, progress }) => {
    const splits: Split[] = []
    for (const cpus of quick ? [8, 64] : [8, 16, 24, 32, 48, 64]) {
      progress(`${cpus} CPUs`)
      const { rows } = await compare(shape(cpus), {
        engine: 'virtual',
        machine: machine(cpus, 'published'),
        trackers: ['global-atomic'],
        signal,
      })
      splits.push(splitOf(cpus, rows[0] as Row))
    }
    const rows = splits.map(({ cpus, prediction, share }) => {
      const { counters } = prediction.lines
      const { map, unmap } = prediction.sites
      return [
        String(cpus),
        ns(prediction.nsPerPair),
        ...[map.add.ns, map.read.ns, unmap.add.ns].map(ns),
        ...ats.map((at) => percent(share[at])),
        (counters.fromCore + counters.fromSocket).toFixed(2),
        counters.accesses.toFixed(2),
      ]
    })
    const published = [
      ...['published', '-', '-', '-', '-'],
      ...ats.map((at) => (PUBLISHED[at] > 0 ? percent(PUBLISHED[at]) : 'next to none')),
      ...['-', '-'],
    ]
    const head = [
      ...['CPUs', 'ns per pair', 'ns at xadd', 'ns at the mark', 'ns at the subtraction'],
      ...['unlock', 'xadd', 'mark', 'compare-exchange', 'counter line moved', 'accessed'],
    ]
    return {
      text: [
        'global-atomic, cost model published, 64 CPUs to a socket, no copies (no targets)',
        'unlock to compare-exchange: shares of the time in the slot-finding function',
        '',
        table(head, [...rows, published]),
        '',
        ...EXPLANATION,
      ].join('\n'),
      figures: [],
      data: { published: PUBLISHED, splits },
    }
  },
}
