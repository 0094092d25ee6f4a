/** A sizing out of JSON: what a page shows of it. */
import * as z from 'zod'
import { families } from '../../../boot/family.js'
import { tracker } from './comparison.js'
import { listOf } from './figures.js'
import { sampling } from './replay.js'

const poolSize = z.object({
  slots: z.number(),
  areas: z.number(),
  bytes: z.number(),
  parameter: z.string(),
})

const failure = z.object({
  map: z.number(),
  device: z.string().nullable(),
  cpu: z.number(),
  bytes: z.number(),
  neededSlots: z.number(),
  reason: z.string(),
  areas: listOf(
    z.object({
      area: z.number(),
      usedSlots: z.number(),
      freeSlots: z.number(),
      longestRun: z.number(),
    }),
  ),
})

/** Of all at once; not told by a result of an earlier version. */
const meetings = z
  .object({
    runs: z.number(),
    drawn: z.number(),
    worst: z.enum(['begins', 'peaks', 'drawn']),
    pool: poolSize.nullable(),
    begins: z.number().nullable(),
    peaks: z.number().nullable(),
    low: z.number().nullable(),
    high: z.number().nullable(),
    sumPeakSlots: z.number(),
    sumPool: poolSize.nullable(),
  })
  .optional()

const sizing = z.object({
  name: z.string(),
  /** Not told by a result of an earlier version. */
  asked: z
    .object({
      marginPercent: z.number(),
      orders: z.number(),
      overlapUs: z.number(),
      seed: z.number(),
    })
    .optional(),
  maps: z.number(),
  cpus: z.number(),
  demandPeakSlots: z.number(),
  largestMapSlots: z.number(),
  answer: poolSize.extend({ margin: z.number() }).nullable(),
  /** Of a trace of which events were lost; not told by a result of an earlier version. */
  atLeast: poolSize.nullish(),
  /** Not told by a result of an earlier version; nor is what was asked about. */
  ownAreas: poolSize.nullish(),
  enough: z
    .object({
      asked: z.string(),
      parameter: z.string(),
      kernel: z.enum(families),
      cpus: z.number(),
      cpusFrom: z.enum(['option', 'notes', 'trace']),
      slots: z.number(),
      areas: z.number(),
      failedMaps: z.number(),
      served: z.boolean().nullable(),
    })
    .nullish(),
  provenSlots: z.number().default(0),
  noSpill: poolSize.nullable(),
  /** The pool that the machine has; by it the marks were made. */
  current: z
    .object({ slots: z.number(), areas: z.number(), sentence: z.string().optional() })
    .nullable(),
  rows: listOf(
    z.object({
      areas: z.number(),
      serves: poolSize.nullable(),
      spills: z.number(),
      noSpill: poolSize.nullable(),
      leastBytes: z.number(),
    }),
  ),
  oneLess: z
    .object({
      slots: z.number(),
      failedMaps: z.number(),
      failedMap: failure.nullable(),
      reason: z.string(),
    })
    .nullable(),
  bears: z
    .object({ percent: z.number(), tried: listOf(z.number()), reason: z.string().nullish() })
    .nullable(),
  booked: listOf(
    z.object({
      tracker,
      reportedSlots: z.number().nullable(),
      bookedSlots: z.number().nullable(),
      served: z.boolean().nullable(),
    }),
  ),
  sampling: listOf(sampling.extend({ served: z.boolean().nullable() })),
  neverServed: z.number(),
  /** Not told by a result of an earlier version; nor is the least. */
  cautions: listOf(z.string()).default([]),
  least: poolSize.nullish(),
  warnings: listOf(z.string()),
  meetings,
})

export const sizeSchema = sizing.extend({
  traces: listOf(sizing).optional(),
  together: sizing.optional(),
})

export type PageSizing = z.output<typeof sizing>
export type PageSize = z.output<typeof sizeSchema>

/** One of the sizings of a result, and its place among them whatever it is called. */
export interface PlacedSizing {
  readonly place: string
  readonly sizing: PageSizing
}

/** The worst of several traces, each of the others, and all at once. */
export function sizingsOf({ traces = [], together, ...worst }: PageSize): PlacedSizing[] {
  const first = traces.findIndex(({ name }) => name === worst.name)
  const each = traces.map((sizing, i) => ({ place: `trace ${i + 1}`, sizing }))
  return [
    { place: `trace ${Math.max(0, first) + 1}`, sizing: worst },
    ...each.filter((_, i) => i !== first),
    ...(together ? [{ place: 'all at once', sizing: together }] : []),
  ]
}
