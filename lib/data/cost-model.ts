/** The schema of a cost model: what each kind of access takes. Every figure with its unit and its source. */
import * as z from 'zod'
import { toInputError } from './errors.js'

/** No access takes longer than a millisecond, no copy longer than a second. */
const MAX_NS = 1e6

const MAX_COPY_NS = 1e9

/** Time must go on: what the engine's clock rounds to nothing is no cost. */
export const MIN_NS = 0.01

const MAX_COPIES = 16

const source = z
  .string({ error: 'expected where the figure comes from' })
  .trim()
  .min(1, 'expected where the figure comes from')

const value = (least: number, most: number, unit: string) =>
  z
    .number({ error: `expected a number of ${unit}` })
    .min(least, `expected at least ${least} ${unit}`)
    .max(most, `expected at most ${most} ${unit}`)

/** Where a figure is not what was measured, but the least that there is: what was known instead. */
const tooSmall = z
  .strictObject(
    {
      /** The cost is below this; null where nothing bounds it. */
      belowNs: z
        .number({ error: 'expected a number of ns' })
        .positive('expected more than 0')
        .nullable(),
    },
    { error: objectError('expected {"belowNs": ...}') },
  )
  .optional()

const ns = (most: number) => ({
  value: value(MIN_NS, most, 'ns'),
  unit: z.literal('ns', { error: 'expected "ns"' }),
  source,
  tooSmall,
})

const FIGURE = 'expected a figure, as {"value": 3.5, "unit": "ns", "source": "where it comes from"}'

const cost = z.strictObject(ns(MAX_NS), { error: objectError(FIGURE) })

/** Says what was expected where there is no object; leaves unknown keys to their own words. */
function objectError(words: string) {
  return (issue: { readonly code?: string | undefined }) =>
    issue.code === 'invalid_type' ? words : undefined
}

const byIndex = z.strictObject(
  { runCounts: cost, bitmap: cost },
  { error: objectError('expected {"runCounts": ..., "bitmap": ...}, a figure each') },
)

const copies = z
  .array(
    z.strictObject(
      {
        bytes: z
          .int({ error: 'expected a whole number of bytes' })
          .min(1, 'expected at least 1 byte')
          .max(2 ** 31, `expected at most ${2 ** 31} bytes`),
        ...ns(MAX_COPY_NS),
      },
      { error: objectError('expected {"bytes": 4096, "value": ..., "unit": "ns", "source": ...}') },
    ),
    { error: 'expected a list of copies, ascending in bytes' },
  )
  .min(1, 'expected at least one copy')
  .max(MAX_COPIES, `expected at most ${MAX_COPIES} copies`)
  .refine((list) => list.every(({ bytes }, i) => i === 0 || bytes > (list[i - 1]?.bytes ?? 0)), {
    error: 'expected copies ascending in bytes',
  })

const pairs = z.strictObject(
  { value: z.boolean({ error: 'expected true or false' }), source },
  { error: objectError('expected {"value": true, "source": "where it comes from"}') },
)

const coresPerComplex = z.strictObject(
  {
    value: z
      .int({ error: 'expected a whole number of cores' })
      .min(1, 'expected at least 1 core')
      .max(1024, 'expected at most 1024 cores'),
    source,
  },
  { error: objectError('expected {"value": 8, "source": "where it comes from"}') },
)

const costModelSchema = z.strictObject(
  {
    name: z.string({ error: 'expected a name' }).min(1, 'expected a name'),
    description: z.string().default(''),
    /** What in it cannot be together, in words. */
    contradictions: z
      .array(z.string({ error: 'expected words' }), { error: 'expected a list of words' })
      .default([]),
    /** Cores that share a cache which other cores of their socket do not; without it all of a socket do. */
    coresPerComplex: coresPerComplex.optional(),
    /** Whether the processor fetches lines in pairs of 128 bytes; without it, it does. */
    pairs: pairs.optional(),
    costs: z.strictObject(
      {
        /** Plain access to a line that this core has. */
        own: cost,
        /** The same for each further line of a walk over lines; as `own` where it is not there. */
        walk: cost.optional(),
        /** Locked instruction on a line that this core has. */
        atomic: cost,
        /** Read of a line that others of the complex share. */
        shared: cost,
        /** Fetch a line from another core of the complex, or invalidate it there. */
        core: cost,
        /** The same from or in another complex of the socket; needed for more than one. */
        complex: cost.optional(),
        /** The same from or in another socket; needed for more than one. */
        socket: cost.optional(),
        /**
         * How long a line stays usable where it is, once its next move has begun: to a core of the same
         * complex. Where the move is longer, it is as much longer.
         */
        hold: cost,
        /**
         * A move of a line that another core waited for while the one before was made: from the end of
         * that to its own, within a complex; as `core` where it is not there. Where the move is longer, it
         * is as much longer.
         */
        follow: cost.optional(),
        /** From an unlock to the next holder, beside moving the lock's line. */
        handover: cost,
        /** A read of the processor's counter; as `atomic` where it is not there. */
        clock: cost.optional(),
        /** Fixed work of a map outside the area's lock. */
        map: byIndex,
        /** Fixed work under the lock, for each area that is searched. */
        search: byIndex,
        unmap: byIndex,
        release: byIndex,
        /** One copy of so many bytes; between two of these it is a straight line. */
        copy: copies,
        /** What all copies of a socket together can reach; without it there is no limit. */
        socketBandwidth: z
          .strictObject(
            {
              value: value(1e-3, 1e6, 'GB/s'),
              unit: z.literal('GB/s', { error: 'expected "GB/s"' }),
              source,
            },
            { error: objectError('expected a figure in GB/s') },
          )
          .optional(),
      },
      { error: objectError('expected the figures') },
    ),
  },
  { error: objectError('expected an object with name and costs') },
)

/** Checked. */
export type CostModel = z.output<typeof costModelSchema>

/** @throws InputError that names each field that is wrong */
export function checkCostModel(model: unknown): CostModel {
  const checked = costModelSchema.safeParse(model)
  if (checked.success) return checked.data
  throw toInputError(costModelSchema, checked.error, 'cost model')
}
