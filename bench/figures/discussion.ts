/** The discussion's proposals, and what the example of the review gave for each. */
import { type Comparison, formatBytes, offWasItself } from 'swiotlb-lab'
import { ratioBand } from '../text.js'
import { markdownTable } from './markdown.js'

type Row = Comparison['rows'][number]

/** In the order in which they were said, with the tracker that stands for each. */
const proposals: readonly (readonly [string, string])[] = [
  ['off', 'compile the tracking out'],
  ['global-atomic', 'one counter for all: Linux 6.4 to 7.2'],
  ['per-area', 'a mark per area, reported as their sum: the patch of June 2026'],
  ['sampled', 'a periodic snapshot of the sum'],
  ['switchable', 'a switch at run time'],
  ['boot-switch-off', 'a switch at boot, off: Linux 7.3 by default'],
  ['boot-switch', 'a switch at boot, on: Linux 7.3 with `track_hiwater`'],
  ['reserve', 'areas that reserve ahead: what this laboratory proposes, always on'],
]

function markWords({ accuracy }: Row): string {
  const { reportedSlots, errorSlots, errorBytes, truthSlots } = accuracy
  if (reportedSlots === null || errorSlots === null || errorBytes === null) return 'none'
  if (errorSlots === 0) return 'exact'
  const times = (reportedSlots / truthSlots.high).toFixed(2)
  return `${formatBytes(Math.abs(errorBytes))} ${errorSlots > 0 ? 'over' : 'under'} (${times} times the peak)`
}

/** @param timing that it is of, whose control is looked at */
function costWords(throughput: Row['throughput'], timing: Comparison['timing']): string {
  if (!throughput) return 'not measured'
  if (offWasItself(timing?.noise ?? null) === false) return 'not told: `off` was not itself'
  return ratioBand({ ...throughput.vsOff, median: throughput.vsOff.ratio })
}

/** The regime that a column is of: a host may change it between the two. */
function regimeOf(timing: Comparison['timing']): string {
  const [regime] = timing?.line?.regimes ?? []
  return regime ? `, a line moves in ${regime.furthestNs.toPrecision(3)} ns` : ''
}

/** A line for each proposal; one that the kept run does not have is called that. */
export function discussionTable({ rows, timing, timingNoCopy }: Comparison): string {
  return markdownTable(
    [
      'proposal',
      'tracker',
      'its mark in the example',
      `x off${regimeOf(timing)}`,
      `x off, no copies${regimeOf(timingNoCopy)}`,
    ],
    proposals.map(([tracker, proposal]) => {
      const row = rows.find((candidate) => candidate.tracker === tracker)
      const said = row
        ? [
            markWords(row),
            costWords(row.throughput, timing),
            costWords(row.throughputNoCopy, timingNoCopy),
          ]
        : ['not in this run', '-', '-']
      return [proposal, `\`${tracker}\``, ...said]
    }),
  )
}
