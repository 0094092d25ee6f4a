/** What `bench/many-cpus.sh` writes, and how it is shown. */

import { offWasItself } from 'swiotlb-lab'
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
      /**
       * Shares of the time that were dropped: of this tracker's, and of that of the `off` beside it;
       * null where that is not known. Absent in results that were kept before it was.
       */
      dropped: z.tuple([z.number(), z.number()]).readonly().nullable().optional(),
    }),
  ),
})

const model = z.looseObject({ name: z.string() })

const calibratedSchema = z.strictObject({
  /** Of the steps with so many. */
  cpus: z.int().min(1),
  /** What a line takes from one CPU to another, by the pairs that were looked at. */
  moves: z.array(
    z.strictObject({
      cpus: z.tuple([z.int(), z.int()]).readonly(),
      distance: z.string(),
      ns: z.number(),
    }),
  ),
  /** What was predicted from. */
  model,
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
  /** By the number of CPUs. Absent in results that were kept while `model` was of all steps. */
  calibrated: z.array(calibratedSchema).optional(),
  model: model.optional(),
  steps: z.array(stepSchema).min(1),
})

export type Step = z.infer<typeof stepSchema>
export type CalibratedStep = z.infer<typeof calibratedSchema>
export type ManyCpus = z.infer<typeof manyCpusSchema>

/** How far a prediction may be from what was measured. */
const WITHIN = 0.2

/** Predicted over measured, of what costs more or less than `off`; null where one is missing. */
function quotient({ measured, predicted }: Step['trackers'][number]): number | null {
  return measured && predicted ? predicted.vsOff / measured.vsOff.ratio : null
}

/** What is copied for a pair. */
export const copyWords = (copy: boolean): string => (copy ? '4 KiB' : 'none')

/** Behind a ratio to an `off` that was not itself. */
export const DOUBT = ' ?'
export const DOUBT_WORDS = '`off` was not itself: its ratio to itself is not 1, so this is no cost'

/** Whether no ratio of a step is a cost. */
export const isDoubtful = (step: Step | undefined): boolean =>
  step !== undefined && offWasItself(step.noise) === false

function rowsOf(step: Step): string[][] {
  const { cpus, copy, trackers } = step
  const doubtful = isDoubtful(step)
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
      measured
        ? ratioBand({ ...measured.vsOff, median: measured.vsOff.ratio }) + (doubtful ? DOUBT : '')
        : '-',
      predicted ? predicted.vsOff.toFixed(2) : '-',
      of === null || tracker === 'off' ? '-' : of.toFixed(2),
    ]
  })
}

/** What so much more was dropped of than of `off` does something that is not in its figure. */
const CUT_MORE = 0.05

/** Of results without the shares: what a warning told of them. */
const CUT_WORDS = /^(.+): \d+ % of its time was dropped, /

/** Whether much more of its time was dropped in this step than of that of `off`. */
export function isCut({ trackers, warnings }: Step, tracker: string): boolean {
  const shares = trackers.find((one) => one.tracker === tracker)?.dropped
  if (shares) return shares[0] - shares[1] > CUT_MORE
  return shares === undefined && warnings.some((words) => CUT_WORDS.exec(words)?.[1] === tracker)
}

/** Of each tracker but `off`: cells that have both, and those of them that are near. */
export function nearWords(steps: readonly Step[]): string {
  const names = [...new Set(steps.flatMap(({ trackers }) => trackers.map((one) => one.tracker)))]
  const each = names
    .filter((name) => name !== 'off')
    .map((name) => {
      const own = (some: readonly Step[]) =>
        some.flatMap(({ trackers }) => trackers.filter(({ tracker }) => tracker === name))
      const cells = own(steps.filter((step) => !isDoubtful(step))).map(quotient)
      const doubtful = own(steps.filter(isDoubtful)).length
      const told = cells.filter((value) => value !== null)
      const met = told.filter((value) => Math.abs(value - 1) <= WITHIN).length
      const missing = cells.length - told.length
      return [
        `${name} ${met} of ${told.length} cells`,
        ...(missing > 0 ? [`${missing} without a figure`] : []),
        ...(doubtful > 0 ? [`${doubtful} in which off was not itself`] : []),
      ].join(', ')
    })
  return `predicted / measured within ${WITHIN * 100} %: ${each.join('; ')}`
}

/** `16 CPUs: a line moves in 41 to 69 ns, in 8 pairs` */
function movesWords({ cpus, moves }: CalibratedStep): string {
  const each = moves.map((move) => move.ns)
  const [least, most] = [Math.min(...each), Math.max(...each)]
  const range = each.length === 1 ? ns(least) : `${ns(least)} to ${ns(most)}`
  return `calibrated for ${threadWords(cpus)}: a line moves in ${range} ns between ${each.length === 1 ? 'two CPUs' : `${each.length} pairs of CPUs`}`
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
    ...(result.calibrated ?? []).map(movesWords),
    ...result.steps.flatMap(({ cpus, copy, warnings }) =>
      warnings.map((words) => `${threadWords(cpus)}, copies ${copyWords(copy)}: ${words}`),
    ),
    '',
    table(head, result.steps.flatMap(rowsOf)),
    ...(result.steps.some(isDoubtful) ? [`?: ${DOUBT_WORDS}`] : []),
    '',
    nearWords(result.steps),
  ].join('\n')
}
