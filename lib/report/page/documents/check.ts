/** A search of schedules, and a booted kernel's table, out of JSON: what a page shows of them. */
import * as z from 'zod'
import {
  besideNames,
  type CheckResult,
  type Finding,
  findingNames,
  policies,
  untilNames,
  wantedFindings,
} from '../../../results/check.js'
import type { AnyTracker, TrackerFileName } from '../../../results/variant.js'
import type { Replayed } from '../../text/boot-capture.js'
import { listOf, nameAs } from './figures.js'
import { finding, layout, races } from './finding.js'

const differRun = z.object({
  findings: listOf(z.enum(findingNames)),
  reportedSlots: z.number(),
  usedSlots: z.number(),
  lowerSlots: z.number().nullable(),
  accesses: z.number(),
})

const unreached = z.object({
  function: z.string().nullable(),
  line: z.number(),
  what: z.enum(['function', 'line', 'part', 'absent']),
  file: z.string().exactOptional(),
})

export const checkSchema = races.extend({
  tracker: nameAs<AnyTracker>(),
  wanted: z.enum(wantedFindings),
  policy: z.enum(policies),
  seed: z.number(),
  seeds: z.number(),
  beside: listOf(z.enum(besideNames)),
  layouts: listOf(layout),
  schedules: z.number(),
  accesses: z.number(),
  loaded: z.number(),
  longest: z.number(),
  largest: z
    .object({ slots: z.number(), areas: z.number(), cpus: z.number(), usedSlots: z.number() })
    .nullable()
    .default(null),
  tolerance: z.number().nullable().default(null),
  reads: z.boolean(),
  promise: z.string(),
  until: listOf(z.object({ what: z.enum(untilNames), schedules: z.number() })),
  differ: z
    .object({ seed: z.number(), runs: z.tuple([differRun, differRun]).readonly() })
    .nullable(),
  coverage: z
    .discriminatedUnion('known', [
      z.object({ known: z.literal(true), unreached: listOf(unreached) }),
      z.object({ known: z.literal(false), why: z.string() }),
    ])
    .nullable(),
  found: finding.nullable(),
}) satisfies z.ZodType<CheckResult>

/** A tracker file, where it is one. */
interface Own {
  readonly own?: {
    readonly file: string
    readonly compiler: string | null
    /** What the short serial runs behind a search showed. */
    readonly broken?: readonly string[]
  }
}

export type PageCheck = CheckResult & Own

/** A tracker file that could not be run. */
const failed = (tracker: string, file: string, fault: string | null): PageFailed => ({
  tracker,
  file,
  faults: [fault ?? 'nothing is known of it'],
  found: null,
})

/** One schedule that was found, once more. */
export const findingSchema = finding.extend({ tracker: z.string() })

export type PageFinding = z.output<typeof findingSchema> & Own

/** The same under a tracker file, or why it was not. */
export const findingFileSchema = z
  .object({
    tracker: z.string(),
    file: z.string(),
    compiler: z.string().nullable(),
    fault: z.string().nullable(),
    result: finding.nullable(),
  })
  .transform(({ result, tracker, file, compiler, fault }): PageFinding | PageFailed =>
    result ? { ...result, tracker, own: { file, compiler } } : failed(tracker, file, fault),
  )

/** A search on a tracker file, or why there was none. */
export const checkFileSchema = z
  .object({
    tracker: nameAs<TrackerFileName>(),
    file: z.string(),
    compiler: z.string().nullable(),
    fault: z.string().nullable(),
    result: checkSchema.nullable(),
    broken: z.array(z.string()).default([]),
  })
  .transform(({ result, tracker, file, compiler, fault, broken }): PageCheck | PageFailed =>
    result ? { ...result, own: { file, compiler, broken } } : failed(tracker, file, fault),
  )

/** A tracker file of which nothing could be found out. */
export interface PageFailed {
  readonly tracker: string
  readonly file: string
  readonly faults: readonly string[]
  /** A schedule that breaks its promise. */
  readonly found: Finding | null
}

export const bootSchema = z.object({
  kernel: z.string(),
  version: z.string().nullable(),
  kind: z.object({
    // Older documents have no other.
    arch: z.string().default('x86-64'),
    lockdep: z.boolean(),
    dynamic: z.boolean(),
  }),
  machine: z.object({
    slots: z.number(),
    areas: z.number(),
    cpus: z.number(),
    readers: z.number(),
    seconds: z.number(),
  }),
  rows: listOf(
    z.object({
      tracker: z.string(),
      told: z.object({
        promise: z.object({ under: z.number(), over: z.number(), unmarked: z.number() }).nullable(),
        alarms: z.object({ found: z.number() }).nullable(),
        after: z.object({ hiwater: z.number(), true_hiwater: z.number() }).nullable(),
        truth: z.object({ least: z.number(), most: z.number() }).nullable(),
      }),
      judgement: z.object({
        verdict: z.enum(['kept', 'broken', 'none', 'ended', 'void']),
        why: z.string().nullable(),
      }),
    }),
  ).refine((rows) => rows.length > 0, 'expected at least one row'),
  /** The port on the traces of the boots. */
  replayed: listOf(
    z.object({
      tracker: z.string(),
      file: z.string(),
      events: z.number(),
      peakSlots: z.number(),
      reportedSlots: z.number().nullable(),
    }) satisfies z.ZodType<Replayed>,
  ).default([]),
})

export type PageBoot = z.output<typeof bootSchema>
