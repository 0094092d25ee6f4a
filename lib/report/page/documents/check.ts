/** A search of schedules, and a booted kernel's table, out of JSON: what a page shows of them. */
import * as z from 'zod'
import { type Finding, wantedFindings } from '../../../results/check.js'
import type { TrackerFileName } from '../../../results/variant.js'
import { listOf, nameAs } from './figures.js'
import { finding } from './finding.js'

export const checkSchema = z.object({
  tracker: z.string(),
  wanted: z.enum(wantedFindings),
  seed: z.number(),
  seeds: z.number(),
  schedules: z.number(),
  accesses: z.number(),
  longest: z.number(),
  promise: z.string(),
  found: finding.nullable(),
})

export type PageCheck = z.output<typeof checkSchema> & {
  /** Of a tracker file. */
  readonly own?: { readonly file: string; readonly compiler: string | null }
}

/** A search on a tracker file, or why there was none. */
export const checkFileSchema = z
  .object({
    tracker: nameAs<TrackerFileName>(),
    file: z.string(),
    compiler: z.string().nullable(),
    fault: z.string().nullable(),
    result: checkSchema.nullable(),
  })
  .transform(({ result, tracker, file, compiler, fault }): PageCheck | PageFailed =>
    result
      ? { ...result, own: { file, compiler } }
      : { tracker, file, faults: [fault ?? 'nothing is known of it'], found: null },
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
  machine: z.object({ slots: z.number(), areas: z.number(), cpus: z.number() }),
  rows: listOf(
    z.object({
      tracker: z.string(),
      told: z.object({
        promise: z.object({ under: z.number(), over: z.number(), unmarked: z.number() }).nullable(),
        after: z.object({ hiwater: z.number(), true_hiwater: z.number() }).nullable(),
        truth: z.object({ least: z.number(), most: z.number() }).nullable(),
      }),
      judgement: z.object({
        verdict: z.enum(['kept', 'broken', 'none', 'void']),
        why: z.string().nullable(),
      }),
    }),
  ).refine((rows) => rows.length > 0, 'expected at least one row'),
})

export type PageBoot = z.output<typeof bootSchema>
