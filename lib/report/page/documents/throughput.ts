/** What was timed, or predicted, of a row. */
import * as z from 'zod'
import type { Throughput, Timing } from '../../../results/comparison.js'
import type { Line } from '../../../results/line.js'
import {
  lineClasses,
  type Machine,
  type Prediction,
  paces,
  sites,
  timeParts,
  type VirtualRow,
} from '../../../results/virtual.js'
import { estimate, largerAreas, latency, listOf, notNumber, ratio } from './figures.js'

const regimeTimes = z.object({ nsPerPair: estimate, vsOff: ratio })
const rounds = listOf(z.number().nullable())

export const throughput = regimeTimes.extend({
  threads: z.number(),
  roundsVsOff: rounds,
  mean: regimeTimes.extend({ roundsVsOff: rounds }).nullable(),
  byRegime: listOf(regimeTimes.nullable()),
  pairsPerSecond: notNumber,
  bytesPerSecond: notNumber,
  failedMaps: z.number(),
  mapNs: latency,
  unmapNs: latency,
  pairNs: latency,
}) satisfies z.ZodType<Throughput>

export const switchedOff = z.object({ throughput, throughputNoCopy: throughput.nullable() })

const probe = z.object({ nearestNs: z.number(), furthestNs: z.number(), slowdown: z.number() })

const line = z.object({
  regimes: listOf(probe.extend({ sharedCore: z.boolean(), rounds: z.number() })),
  regimeOf: listOf(z.number().nullable()),
  changed: z.number(),
  unmeasured: z.number(),
  changes: z.number(),
  rounds: listOf(z.object({ before: probe.nullable(), after: probe.nullable() })),
  latencyStray: z.number(),
}) satisfies z.ZodType<Line>

export const timing = z.object({
  threads: z.number(),
  cpuIds: listOf(z.number()),
  rounds: z.number(),
  sliceMs: z.number(),
  copy: z.boolean(),
  noise: ratio.nullable(),
  offWasItself: z.boolean().nullable().optional(),
  noiseByRegime: listOf(ratio.nullable()).optional(),
  largerAreas: listOf(largerAreas),
  line: line.nullable(),
  stolen: z.number().nullable(),
  dropped: z.number(),
  timerNs: z.number(),
  pinned: z.boolean(),
  realtime: z.boolean(),
  oversubscribed: z.boolean(),
}) satisfies z.ZodType<Timing>

const commonMachine = z.object({
  cpus: z.number(),
  sockets: z.number(),
  coresPerSocket: z.number(),
  coresPerComplex: z.number(),
  threadsPerCore: z.number(),
  costModel: z.object({ name: z.string(), description: z.string() }),
  copy: z.boolean(),
  noise: ratio,
  largerAreas: listOf(largerAreas),
  noiseNoCopy: ratio.nullable(),
  largerAreasNoCopy: listOf(largerAreas).nullable(),
})

export const replayMachine = commonMachine.extend({ pace: z.enum(paces), seed: z.number() })

export const machine = commonMachine.extend({
  stepsPerCpu: z.number(),
  warmStepsPerCpu: z.number(),
}) satisfies z.ZodType<Machine>

const lineUse = z.object({
  accesses: z.number(),
  fromCore: z.number(),
  fromSocket: z.number(),
  waitedNs: z.number(),
  queuedNs: z.number(),
})
const siteUse = z.record(z.enum(sites), z.object({ count: z.number(), ns: z.number() }))

const prediction = z.object({
  truthSlots: z.number(),
  nsPerPair: notNumber,
  pairsPerSecond: notNumber,
  lostThroughput: z.number().nullable(),
  perPairNs: z.record(z.enum(timeParts), notNumber),
  lines: z.record(z.enum(lineClasses), lineUse),
  halfNs: listOf(notNumber).default([]),
  windowNs: listOf(notNumber),
  sites: z.object({ map: siteUse, unmap: siteUse }),
  locks: z.number(),
  locksWaited: z.number(),
}) satisfies z.ZodType<Prediction>

export const virtualRow = z.object({
  full: prediction,
  bare: prediction.nullable(),
}) satisfies z.ZodType<VirtualRow>
