/** A comparison, and a series of them, out of JSON. */
import * as z from 'zod'
import { type Until, untilNames } from '../../../results/check.js'
import type {
  Accuracy,
  Certified,
  Comparison,
  Counts,
  OffFrontier,
  Row,
} from '../../../results/comparison.js'
import { type AnyTracker, engines, type TrackerFileName } from '../../../results/variant.js'
import { scenarioSchema } from '../../../scenario/schema.js'
import type { TrackerFileReport } from '../../../tracker-file/types.js'
import { sweepToTell } from '../../parts/frontier.js'
import { comparisonToTell } from '../../parts/marks.js'
import type { Sweep } from '../../parts/steps.js'
import { fileWords } from '../../parts/tracker-files.js'
import type { PageFailed } from './check.js'
import { markCourse, usedCourse } from './course.js'
import { bufferFull, duty, listOf, nameAs, slotRange } from './figures.js'
import { finding, layout, races, tuning } from './finding.js'
import { machine, switchedOff, throughput, timing, virtualRow } from './throughput.js'

export const tracker = nameAs<AnyTracker>()

const verdict = z.enum(['exact', 'within', 'over', 'under', 'none'])

export const certified = z.object({
  lowSlots: z.number().nullable(),
  highSlots: z.number().nullable(),
  widthSlots: z.number().nullable(),
  kept: z.boolean(),
}) satisfies z.ZodType<Certified>

const until = z.enum(untilNames) satisfies z.ZodType<Until>

const accuracy = z.object({
  engine: z.enum(engines),
  reportedSlots: z.number().nullable(),
  truthSlots: slotRange,
  errorSlots: z.number().nullable(),
  errorBytes: z.number().nullable(),
  errorPercent: z.number().nullable(),
  verdict,
  bounds: z.object({ under: z.number().nullable(), over: z.number().nullable() }),
  until: listOf(until),
  reads: z.boolean(),
  promiseKept: z.boolean(),
  certified: certified.optional(),
}) satisfies z.ZodType<Accuracy>

export const counts = z.object({
  maps: z.number(),
  unmaps: z.number(),
  failedMaps: z.number(),
  failedSlots: z.number(),
  spills: z.number(),
  usedSlots: z.number(),
  demandPeakSlots: z.number(),
  lockedOpsPerMap: z.number(),
  cmpxchgRetriesPerMap: z.number(),
  looks: duty.nullable(),
  growth: duty.nullable(),
  bufferFull: bufferFull.nullable(),
}) satisfies z.ZodType<Counts>

export const offFrontier = z.union([
  z.object({ why: z.enum(['unmarked', 'broken', 'untimed', 'few', 'unsettled', 'noise']) }),
  z.object({
    why: z.enum(['cheaper', 'more']),
    tracker,
    vsOff: z.tuple([z.number(), z.number()]).readonly(),
  }),
]) satisfies z.ZodType<OffFrontier>

const slices = z.object({
  looks: duty.nullable(),
  growth: duty.nullable(),
  dropped: z.tuple([z.number(), z.number()]).readonly(),
  untimed: z.string().nullable(),
})

const row = z.object({
  tracker,
  promise: z.string(),
  accuracy,
  counts,
  areaBytes: z.number(),
  throughput: throughput.nullable(),
  throughputNoCopy: throughput.nullable(),
  slices: slices.nullable(),
  slicesNoCopy: slices.nullable(),
  switchedOff: switchedOff.nullable(),
  markCourse: markCourse.optional(),
  virtual: virtualRow.optional(),
  promiseBroken: z.boolean(),
  frontier: z.boolean(),
  offFrontier: offFrontier.nullable().optional(),
}) satisfies z.ZodType<Row>

const host = z.object({
  cpuModel: z.string(),
  cpus: z.number(),
  kernel: z.string(),
  node: z.string(),
  compiler: z.string(),
  clock: z.string(),
  date: z.string(),
})

/** Trackers of the user's own. */
export const trackerFile = races.extend({
  tracker: nameAs<TrackerFileName>(),
  file: z.string(),
  compiler: z.string().nullable(),
  compared: z.boolean(),
  faults: listOf(z.string()),
  found: finding.nullable(),
}) satisfies z.ZodType<TrackerFileReport>

/** What a comparison has beside its rows. */
const conditions = z.object({
  scenario: scenarioSchema,
  layout,
  tuning,
  memOffset: z.number(),
  pool: z.object({ slots: z.number(), areas: z.number(), bytes: z.number() }),
  usedCourse: usedCourse.optional(),
  timing: timing.nullable(),
  timingNoCopy: timing.nullable(),
  machine: machine.optional(),
  host: host.nullable(),
  broken: z.string().nullable(),
  warnings: listOf(z.string()),
})

export type PageComparison = Comparison & { readonly own: readonly TrackerFileReport[] }

const kept = conditions.extend({
  rows: listOf(row).refine((rows) => rows.length > 0, 'expected at least one row'),
  own: listOf(trackerFile).default([]),
})

export const comparisonSchema = kept.transform((one): PageComparison => comparisonToTell(one))

const run = z.intersection(conditions, row)

/** One tracker: a comparison with one row. */
const ofOne = (one: z.output<typeof run>, own: readonly TrackerFileReport[] = []): PageComparison =>
  comparisonToTell({ ...one, rows: [one], own })

export const runSchema = run.transform((one) => ofOne(one))

/** The same under a tracker file, or why it could not be run. */
export const runFileSchema = trackerFile
  .extend({ result: run.nullable() })
  .transform(({ result, ...file }): PageComparison | PageFailed =>
    result ? ofOne(result, [file]) : { ...file, faults: fileWords([file]) },
  )

export interface PageSweep extends Sweep {
  readonly steps: readonly { readonly value: number; readonly comparison: PageComparison }[]
}

export const sweepSchema = z
  .object({
    parameter: z.enum(['areas', 'cpus']),
    steps: listOf(z.object({ value: z.number(), comparison: kept })).refine(
      (steps) => steps.length > 0,
      'expected at least one step',
    ),
    frontier: listOf(
      z.object({
        tracker,
        value: z.number(),
        what: z.enum(['leaves', 'joins']),
        because: offFrontier,
      }),
    ),
  })
  .transform((sweep): PageSweep => sweepToTell(sweep))
