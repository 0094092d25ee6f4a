/** What a search of schedules found, out of JSON. */
import * as z from 'zod'
import {
  besideNames,
  type Finding,
  findingNames,
  type Races,
  type Step,
  stepNames,
} from '../../../results/check.js'
import { listOf, slotRange } from './figures.js'

const side = z.object({
  from: z.number(),
  line: z.number().nullable(),
  bytes: z.number(),
  write: z.boolean(),
  plain: z.boolean(),
})

export const races = z.object({
  races: listOf(z.tuple([side, side]).readonly()),
  racesCut: z.boolean(),
}) satisfies z.ZodType<Races>

export const layout = z.object({
  areaLayout: z.enum(['packed', 'padded']),
  counterLayout: z.enum(['kernel', 'own-line']),
  slotIndex: z.enum(['run-counts', 'bitmap']),
})

/** Not told by a result of an earlier version. */
export const tuning = z
  .object({
    batch: z.number().nullable(),
    tolerance: z.number().nullable(),
    stretch: z.number().nullable(),
  })
  .optional()

const step = z.object({
  cpu: z.number(),
  does: z.enum(stepNames),
  word: z.string().nullable(),
  bytes: z.number(),
  before: z.number().nullable(),
  after: z.number().nullable(),
  from: z.number(),
  place: z.object({ file: z.string(), line: z.number(), code: z.string() }).nullable(),
}) satisfies z.ZodType<Step>

export const finding = z.object({
  findings: listOf(z.enum(findingNames)),
  promiseBroken: z.boolean(),
  seed: z.number(),
  layout,
  pool: z.object({ slots: z.number(), areas: z.number(), grow: z.boolean() }),
  beside: listOf(z.enum(besideNames)),
  cpus: z.number(),
  operations: z.number(),
  loadOperations: z.number(),
  accesses: z.number(),
  reportedSlots: z.number(),
  truthSlots: z.number(),
  envelopeSlots: slotRange,
  usedSlots: z.number(),
  liveSlots: z.number(),
  readSlots: z.object({ used: z.number(), hiwater: z.number() }).nullable(),
  bounds: z.object({ under: z.number().nullable(), over: z.number().nullable() }),
  certified: z.object({ lowerSlots: z.number(), mostSlots: z.number() }).nullable(),
  broken: z.string().nullable(),
  steps: listOf(step).default([]),
  stepsCut: z.boolean().default(false),
  log: z.string(),
}) satisfies z.ZodType<Finding>
