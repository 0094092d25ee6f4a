/** What `bench/many-cpus.sh` writes, and how it is shown. */
import * as z from 'zod'
import { hostSchema, hostWords, sourceSchema } from '../conditions.js'
import { ns, ratioBand, table, threadWords } from '../text.js'

const ratio = z.object({ ratio: z.number(), low: z.number(), high: z.number() })

const stepSchema = z.strictObject({
  /** Threads, and virtual CPUs. */
  cpus: z.int().min(1),
  /** Whether each pair copied its 4 KiB. */
  copy: z.boolean(),
  pinned: z.boolean(),
  /** Whether the threads ran in real time, so that no other program ran in between. */
  realtime: z.boolean(),
  /** Shares of the time: dropped, and taken away by a host; null where that is not known. */
  dropped: z.number(),
  stolen: z.number().nullable(),
  /** `off` against `off`; null where it could not be timed. */
  noise: ratio.nullable(),
  /** How a line moved between the threads; null where that was not seen, as with one. */
  line: z
    .object({ nearestNs: z.number(), furthestNs: z.number(), sharedCore: z.boolean() })
    .nullable(),
  /** What to be careful about in its figures, in words. */
  warnings: z.array(z.string()),
  trackers: z.array(
    z.strictObject({
      tracker: z.string(),
      /** By the median of chunks, and by their mean; null where nothing could be timed. */
      measured: z
        .strictObject({ ns: z.number(), meanNs: z.number().nullable(), vsOff: ratio })
        .nullable(),
      predicted: z.strictObject({ ns: z.number(), vsOff: z.number() }).nullable(),
    }),
  ),
})

export const manyCpusSchema = z.strictObject({
  kind: z.literal('many-cpus'),
  source: sourceSchema,
  host: hostSchema,
  date: z.iso.datetime(),
  command: z.string().min(1),
  quick: z.boolean(),
  /** All of it, the calibration included. */
  seconds: z.number(),
  /** The CPUs that were timed, by the cache that they share. */
  complexes: z.array(z.array(z.int().min(0)).min(1)).min(1),
  /** What was left out, and what to be careful about, in words. */
  notes: z.array(z.string()),
  /** The cost model that was calibrated and predicted from. */
  model: z.looseObject({ name: z.string() }),
  steps: z.array(stepSchema).min(1),
})

export type Step = z.infer<typeof stepSchema>
export type ManyCpus = z.infer<typeof manyCpusSchema>

/** How far a prediction may be from what was measured. */
const WITHIN = 0.2

/** Predicted over measured, of what costs more or less than `off`; null where one is missing. */
function quotient({ measured, predicted }: Step['trackers'][number]): number | null {
  return measured && predicted ? predicted.vsOff / measured.vsOff.ratio : null
}

/** What is copied for a pair. */
export const copyWords = (copy: boolean): string => (copy ? '4 KiB' : 'none')

function rowsOf({ cpus, copy, trackers }: Step): string[][] {
  return trackers.map((one) => {
    const { tracker, measured, predicted } = one
    const of = quotient(one)
    return [
      String(cpus),
      copyWords(copy),
      tracker,
      measured ? ns(measured.ns) : '-',
      measured?.meanNs ? ns(measured.meanNs) : '-',
      predicted ? ns(predicted.ns) : '-',
      measured ? ratioBand({ ...measured.vsOff, median: measured.vsOff.ratio }) : '-',
      predicted ? predicted.vsOff.toFixed(2) : '-',
      of === null || tracker === 'off' ? '-' : of.toFixed(2),
    ]
  })
}

/** Whether a large share of its time was dropped in this step: it is not in the figure. */
export const isCut = ({ warnings }: Step, tracker: string): boolean =>
  warnings.some((words) => words.startsWith(`${tracker}: `) && words.includes('was dropped'))

/** Of each tracker but `off`: cells that have both, and those of them that are near. */
export function nearWords(steps: readonly Step[]): string {
  const names = [...new Set(steps.flatMap(({ trackers }) => trackers.map((one) => one.tracker)))]
  const each = names
    .filter((name) => name !== 'off')
    .map((name) => {
      const cells = steps.flatMap(({ trackers }) =>
        trackers.filter(({ tracker }) => tracker === name).map(quotient),
      )
      const told = cells.filter((value) => value !== null)
      const met = told.filter((value) => Math.abs(value - 1) <= WITHIN).length
      const missing = cells.length - told.length
      return `${name} ${met} of ${told.length} cells${missing > 0 ? `, ${missing} without a figure` : ''}`
    })
  return `predicted / measured within ${WITHIN * 100} %: ${each.join('; ')}`
}

export function resultText(result: ManyCpus): string {
  const head = [
    ...['threads', 'copies', 'tracker', 'measured ns', 'by the mean', 'predicted ns'],
    ...['measured x off', 'predicted x off', 'predicted / measured'],
  ]
  return [
    `${hostWords(result.host)}; ${result.date}; ${result.seconds} s`,
    `cores by the cache that they share: ${result.complexes.map((cpus) => cpus.join(' ')).join('; ')}`,
    ...result.notes,
    ...result.steps.flatMap(({ cpus, copy, warnings }) =>
      warnings.map((words) => `${threadWords(cpus)}, copies ${copyWords(copy)}: ${words}`),
    ),
    '',
    table(head, result.steps.flatMap(rowsOf)),
    '',
    nearWords(result.steps),
  ].join('\n')
}
