/** Who held the slots, out of JSON: what a page shows of it. */
import * as z from 'zod'
import { listOf } from './figures.js'

export const devicesSchema = z.object({
  trace: z.object({ file: z.string(), format: z.string(), events: z.number() }),
  seconds: z.number().nullable(),
  devices: listOf(
    z.object({
      device: z.string(),
      maps: z.number(),
      failedMaps: z.number(),
      liveSlots: z.number(),
      peakSlots: z.number(),
      slotsAtPoolPeak: z.number(),
      slotsByQuarter: listOf(z.number()),
      mapsPerSecond: z.number().nullable(),
      holdUs: z.object({ median: z.number(), p99: z.number(), longest: z.number() }).nullable(),
    }),
  ),
  poolPeakSlots: z.number(),
  /** Null where no events were lost; not told by a result of an earlier version. */
  certainPeakSlots: z.number().nullish(),
  suspects: listOf(z.object({ device: z.string() })),
  warnings: listOf(z.string()),
})

export type PageDevices = z.output<typeof devicesSchema>
