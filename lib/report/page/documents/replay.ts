/** A replayed trace out of JSON: what a page shows of it. */
import * as z from 'zod'
import { certified, counts, offFrontier, tracker, trackerFile } from './comparison.js'
import { markCourse, usedCourse } from './course.js'
import { listOf, slotRange } from './figures.js'
import { layout, tuning } from './finding.js'
import { replayMachine, throughput, virtualRow } from './throughput.js'

export const sampling = z.object({
  periodS: z.number(),
  lowSlots: z.number().nullable(),
  medianSlots: z.number().nullable(),
  highSlots: z.number().nullable(),
  unseenShare: z.number(),
  bookedSlots: z.number().nullable(),
})

const row = z.object({
  tracker,
  promise: z.string(),
  reportedSlots: z.number().nullable(),
  errorSlots: z.number().nullable(),
  promiseKept: z.boolean(),
  certified: certified.optional(),
  endedByReset: z.boolean(),
  bookedSlots: z.number().nullable(),
  markCourse: markCourse.optional(),
  predicted: z
    .object({
      throughput: throughput.nullable(),
      throughputNoCopy: throughput.nullable(),
      truthSlots: slotRange,
      counts,
      frontier: z.boolean().optional(),
      offFrontier: offFrontier.nullable().optional(),
    })
    .optional(),
  virtual: virtualRow.optional(),
})

export const replaySchema = z.object({
  trace: z.object({
    file: z.string(),
    format: z.string(),
    events: z.number(),
    lost: z.object({ events: z.number(), reasons: listOf(z.string()) }),
  }),
  pool: z.object({
    nslabs: z.number(),
    nareas: z.number(),
    start: z.string(),
    grow: z.boolean().optional(),
  }),
  layout: layout.optional(),
  tuning,
  maps: z.number(),
  unmaps: z.number(),
  resets: z.number(),
  failedMaps: z.number(),
  usedBefore: z.number(),
  peakSlots: z.number(),
  kernelPeakSlots: z.number().nullable(),
  demandPeakSlots: z.number(),
  bookedSlots: z.number(),
  machine: replayMachine.optional(),
  clock: z
    .object({
      spanNs: z.number(),
      lookPeriodNs: z.number().nullable(),
      lookEvery: z.number().nullable(),
    })
    .optional(),
  rows: listOf(row).refine((rows) => rows.length > 0, 'expected at least one row'),
  usedCourse: usedCourse.optional(),
  sampling: listOf(sampling),
  kernel: z.object({ hiwaterSlots: z.number(), source: z.string() }).nullable().default(null),
  sameAsKernel: z.boolean().nullable().default(null),
  own: listOf(trackerFile).default([]),
  warnings: listOf(z.string()),
})

export type PageReplay = z.output<typeof replaySchema>
