/** The figures that results are made of, as JSON has them: there null stands for what is not finite. */
import * as z from 'zod'

/** A list, which nobody may change. */
export const listOf = <T extends z.ZodType>(schema: T) => z.array(schema).readonly()

/** A name that only its maker can tell from another text. */
export const nameAs = <T extends string>() =>
  z.custom<T>((value) => typeof value === 'string', { error: 'expected a name' })

const or = (none: number) =>
  z
    .number()
    .nullable()
    .transform((value) => value ?? none)

export const notNumber = or(Number.NaN)
const lowest = or(Number.NEGATIVE_INFINITY)
const highest = or(Number.POSITIVE_INFINITY)

export const ratio = z.object({
  ratio: notNumber,
  low: lowest,
  high: highest,
  settled: z.boolean().optional(),
})
export const estimate = z.object({ median: notNumber, low: lowest, high: highest })
export const slotRange = z.object({ low: z.number(), high: z.number() })
export const duty = z.object({ due: z.number(), made: z.number() })
export const latency = z.object({
  count: z.number(),
  p50: z.number(),
  p90: z.number(),
  p99: z.number(),
  p999: z.number(),
})
export const bufferFull = z.object({
  count: z.number(),
  sizeBytes: z.number(),
  totalSlots: z.number(),
  usedSlots: z.number(),
})
export const largerAreas = z.object({
  areaBytes: z.number(),
  offAreaBytes: z.number(),
  compiler: z.string().nullable(),
  vsOff: ratio.nullable(),
})
