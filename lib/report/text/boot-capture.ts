/** What a boot said of itself, and what the port says of its trace, side by side. */
import { listArgument } from '../../data/options.js'
import type { GuestRow } from '../../guest/guest.js'
import { table, wrap } from '../words.js'

/** The port on the trace of one boot. */
export interface Replayed {
  readonly tracker: string
  /** The capture's tar. */
  readonly file: string
  readonly events: number
  readonly peakSlots: number
  /** The same tracker's mark in the port; null where it keeps none, or its file is a user's. */
  readonly reportedSlots: number | null
}

/** Whether the port's peak is where the probes say that it was. */
export function sameRun({ told: { truth } }: GuestRow, { peakSlots }: Replayed): boolean {
  return truth !== null && truth.least <= peakSlots && peakSlots <= truth.most
}

const HEAD = [
  'tracker',
  'by probes',
  'counted',
  "port's peak",
  "kernel's mark",
  "port's mark",
  'events',
]

const EXPLAINED =
  "One and the same run of each: what was in use at most by the kernel's probes, by its second counter, " +
  "and by the port, which replays the boot's trace; and the tracker's mark in the booted kernel and in " +
  'the port. The port counts a map from where its copy begins, behind the taking of its slots, and an unmap ' +
  'from where it begins: its peak is what was in use for certain. It takes the operations one after ' +
  'another, so that a mark that depends on the order between CPUs may differ.'

/** @returns lines without an end */
export function captureText(rows: readonly GuestRow[], replayed: readonly Replayed[]): string {
  listArgument('rows', rows, 'the rows of booted kernels')
  const pairs = replayed.flatMap((one) => {
    const row = rows.find(({ tracker }) => tracker === one.tracker)
    return row ? [{ row, one }] : []
  })
  const cells = pairs.map(({ row, one }) => {
    const { truth, after, promise } = row.told
    return [
      one.tracker,
      truth ? `${truth.least}..${truth.most}` : '-',
      `${after?.true_hiwater ?? '-'}`,
      `${one.peakSlots}`,
      promise?.unmarked ? '-' : `${after?.hiwater ?? '-'}`,
      `${one.reportedSlots ?? '-'}`,
      `${one.events}`,
    ]
  })
  const notes = pairs
    .filter(({ row, one }) => !sameRun(row, one))
    .map(({ one }) => `${one.tracker}: the port's peak is not what the probes say was in use.`)
  return [
    table(HEAD, cells, HEAD.slice(1)),
    wrap(EXPLAINED),
    replayed.map(({ tracker, file }) => `${tracker}: ${file}`).join('\n'),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
  ].join('\n\n')
}
