/** The perf annotation that started the discussion, beside what virtual time gives. */
import { compare, type Prediction, type Row } from 'swiotlb-lab'
import type { Part } from '../part.js'
import { ns, percent, table } from '../text.js'
import { machine } from '../virtual.js'

/**
 * Of the samples in the slot-finding function, from the list discussion of June 2026: at the
 * instruction behind `lock xadd` of the counter, and at the compare that waits for the mark.
 */
const PUBLISHED = { xadd: 0.6674, mark: 0.1974 } as const

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
  /** Of the lock, search and tracker of maps: the tracker's. */
  readonly trackerShare: number
}

/**
 * The engine counts the tracker's time in map and unmap together. A map makes one locked addition, as
 * an unmap does, and looks at the mark; half of it is taken to be the map's.
 */
function splitOf(cpus: number, row: Row): Split {
  const prediction = row.virtual?.full
  if (!prediction) throw new Error(`${row.tracker} was not predicted`)
  const { search, lockWait, tracker } = prediction.perPairNs
  const ofMap = tracker / 2
  return { cpus, prediction, trackerShare: ofMap / (search + lockWait / 2 + ofMap) }
}

export const virtualAnnotation: Part = {
  name: 'virtual-annotation',
  question: 'where a map waits on 8 to 64 CPUs, beside the published perf annotation',
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
    const published = PUBLISHED.xadd + PUBLISHED.mark
    const rows = splits.map(({ cpus, prediction, trackerShare }) => {
      const { counters } = prediction.lines
      return [
        String(cpus),
        ns(prediction.nsPerPair),
        ns(prediction.perPairNs.search),
        ns(prediction.perPairNs.tracker),
        percent(trackerShare),
        percent(trackerShare - published),
        (counters.fromCore + counters.fromSocket).toFixed(2),
        counters.accesses.toFixed(2),
      ]
    })
    const head = [
      ...['CPUs', 'ns per pair', 'search', 'tracker', 'tracker of a map', 'less published'],
      ...['counter line moved', 'accessed'],
    ]
    return {
      text: [
        'global-atomic, cost model published, 64 CPUs to a socket, no copies (no goals)',
        '',
        table(head, rows),
        '',
        `published: ${percent(PUBLISHED.xadd)} behind lock xadd and ${percent(PUBLISHED.mark)} at the compare`,
        `with the mark, ${percent(published)} together, of the samples of the slot-finding function on one machine`,
        'whose cost and load are not known. The engine splits by part and by cache line, not by',
        'instruction: it does not tell the addition from the look at the mark. Four accesses of a pair go',
        "to the counters' line: nslabs, the addition and the mark in a map, the subtraction in an unmap.",
        'Where it moves no more than three times, the look at the mark found it in place: the 20 % at the',
        'compare are then not predicted, but are counted at the addition.',
      ].join('\n'),
      goals: [],
      data: { published: PUBLISHED, splits },
    }
  },
}
