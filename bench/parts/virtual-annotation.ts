/** The perf annotation that started the discussion, beside what virtual time gives. */
import { type CostModel, compare, loadCostModel, type Prediction, type Row } from 'swiotlb-lab'
import type { Part } from '../part.js'
import { machine } from '../scenarios.js'
import { ns, percent, table } from '../text.js'

/**
 * Of the samples in the slot-finding function, from the list discussion of June 2026: at the first
 * instruction behind the unlock, at the one behind `lock xadd` of the counter, at the compare that
 * waits for the mark.
 */
const PUBLISHED = { unlock: 0.1038, xadd: 0.6674, mark: 0.1974, exchange: 0 } as const
/** Everything else that the function does. */
const PUBLISHED_REST = 1 - PUBLISHED.unlock - PUBLISHED.xadd - PUBLISHED.mark

/** Small network-sized mappings, an area for each CPU: the shape of the report. */
const shape = (cpus: number) => ({
  name: 'annotation',
  pool: { slots: cpus * 4096, areas: cpus },
  cpus,
  copy: false,
  workload: { sizes: [{ bytes: 1536, weight: 3 }, { bytes: 4096 }], inFlight: 64 },
  steps: cpus * 1000,
})

/** What is not known of the machine that was sampled. */
interface Processor {
  readonly pairs: boolean
  /** How long a wanted line stays, ns. */
  readonly hold: number
}

/** As the model has it, and as calibrate found it where lines do not come in pairs: half a move. */
const PROCESSORS: readonly Processor[] = [
  { pairs: true, hold: 0.01 },
  { pairs: false, hold: 0.01 },
  { pairs: false, hold: 24 },
]

function modelOf({ pairs, hold }: Processor): CostModel {
  const model = loadCostModel('published')
  const source = 'one of those that are compared here'
  const costs = { ...model.costs, hold: { value: hold, unit: 'ns' as const, source } }
  return { ...model, pairs: { value: pairs, source }, costs }
}

type At = keyof typeof PUBLISHED

interface Split {
  readonly cpus: number
  readonly processor: Processor
  readonly prediction: Prediction
  /** Of the time of the function's own accesses: lock, search, unlock, tracker. */
  readonly share: Readonly<Record<At | 'underLock', number>>
  /** Waiting for the counters' line before the function, in its caller's look at nslabs, ns. */
  readonly callerNs: number
}

/** Both operations queue for the area's lock: each as much as it takes until it has it. */
function splitOf(cpus: number, processor: Processor, row: Row): Split {
  const prediction = row.virtual?.full
  if (!prediction) throw new Error(`${row.tracker} was not predicted`)
  const { search, lockWait } = prediction.perPairNs
  const { map, unmap } = prediction.sites
  // The wait for the unlock is in the search: it is the next access's, but for the lock's sake.
  const underLock = search + lockWait * (map.lock.ns / (map.lock.ns + unmap.lock.ns))
  const tracker = map.read.ns + map.write.ns + map.add.ns + map.exchange.ns + map.trackerLock.ns
  const whole = underLock + tracker
  const { costs } = modelOf(processor)
  const waits = [
    [map.add, costs.atomic.value],
    [map.exchange, costs.atomic.value],
    [unmap.add, costs.atomic.value],
    [map.read, costs.own.value],
  ] as const
  const named = waits.reduce((sum, [site, own]) => sum + site.ns - site.count * own, 0)
  return {
    cpus,
    processor,
    prediction,
    share: {
      underLock: underLock / whole,
      unlock: map.unlock.ns / whole,
      xadd: map.add.ns / whole,
      mark: map.read.ns / whole,
      exchange: map.exchange.ns / whole,
    },
    callerNs: Math.max(0, prediction.lines.counters.waitedNs - named),
  }
}

const EXPLANATION = [
  'Shares are of the time of what the slot-finding function itself accesses. The look at nslabs, which',
  'fetches the line of the counters first, is in its caller, there as here: it is in no share, and waits',
  'about as long as the addition.',
  'A sampled interrupt is charged to the instruction behind the one that waited: the sample behind',
  '`lock xadd` is the wait for the line, that at the compare is the wait for the load of the mark in front',
  'of it. Where sampling interrupts are held off under the lock, all that is done there is charged to the',
  'instruction behind the unlock: then the published 10 % stand beside the whole column "under the lock".',
  'Met where lines do not come in pairs: what is done under the lock is small, and the rest is the line of',
  'the counters. Where they do, search and descriptor wait as much as the counter, which the published',
  `samples do not show: all but the three places is ${percent(PUBLISHED_REST)} there.`,
  'With half a move of hold besides, the mark waits little up to 16 CPUs and more than was published from',
  '20 on; the published share lies between. Without it both wait nearly alike.',
  'The machine that was sampled, its load, and how it was sampled are not known.',
] as const

const ats = ['unlock', 'xadd', 'mark', 'exchange'] as const

export const virtualAnnotation: Part = {
  name: 'virtual-annotation',
  question: 'where a map waits on 8 to 64 CPUs, beside the published perf annotation',
  seconds: ({ quick }) => (quick ? 2 : 10),
  run: async ({ quick, signal, progress }) => {
    const splits: Split[] = []
    for (const processor of PROCESSORS) {
      for (const cpus of quick ? [8, 64] : [8, 16, 20, 24, 32, 48, 64]) {
        progress(`${cpus} CPUs`)
        const { rows } = await compare(shape(cpus), {
          engine: 'virtual',
          machine: { ...machine(cpus, 'published'), costModel: modelOf(processor) },
          trackers: ['global-atomic'],
          signal,
        })
        splits.push(splitOf(cpus, processor, rows[0] as Row))
      }
    }
    const rows = splits.map(({ cpus, processor, prediction, share, callerNs }) => [
      processor.pairs ? 'yes' : 'no',
      String(processor.hold),
      String(cpus),
      ns(prediction.nsPerPair),
      percent(share.underLock),
      ...ats.map((at) => percent(share[at])),
      ...[prediction.sites.map.add.ns, prediction.sites.map.read.ns, callerNs].map(ns),
    ])
    const published = [
      ...['published', '-', '-', '-'],
      percent(PUBLISHED.unlock + PUBLISHED_REST),
      ...ats.map((at) => (PUBLISHED[at] > 0 ? percent(PUBLISHED[at]) : 'next to none')),
      ...['-', '-', '-'],
    ]
    const head = [
      ...['pairs', 'hold', 'CPUs', 'ns per pair', 'under the lock', 'of which unlock'],
      ...['xadd', 'mark', 'compare-exchange', 'ns at xadd', 'ns at the mark'],
      'ns at nslabs, in the caller',
    ]
    return {
      text: [
        'global-atomic, cost model published with lines in pairs or not, and with a hold of its own or of',
        'half a move; 64 CPUs to a socket, no copies (no targets)',
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
