/** Cost models: what each kind of access takes. Every figure with its unit and its source. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import type { NativeCosts } from '../native-virtual.js'
import { didYouMean, InputError, toInputError } from '../scenario/errors.js'
import type { Topology } from './types.js'

/** Beside lib/ and dist/ alike. */
const MODELS = fileURLToPath(new URL('../../models/', import.meta.url))
const DEFAULT_MODEL = 'default'

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

const costModelSchema = z.strictObject(
  {
    name: z.string({ error: 'expected a name' }).min(1, 'expected a name'),
    description: z.string().default(''),
    /** What in it cannot be together, in words. */
    contradictions: z
      .array(z.string({ error: 'expected words' }), { error: 'expected a list of words' })
      .default([]),
    costs: z.strictObject(
      {
        /** Plain access to a line that this core has. */
        own: cost,
        /** The same for each further line of a walk over lines; as `own` where it is not there. */
        walk: cost.optional(),
        /** Locked instruction on a line that this core has. */
        atomic: cost,
        /** Read of a line that others of the socket share. */
        shared: cost,
        /** Fetch a line from another core of the socket, or invalidate it there. */
        core: cost,
        /** The same from or in another socket; needed for more than one. */
        socket: cost.optional(),
        /** How long a line stays usable where it is, once its next move has begun. */
        hold: cost,
        /** From an unlock to the next holder, beside moving the lock's line. */
        handover: cost,
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

/** What must be said wherever the model is used. */
export function modelWarnings({ name, contradictions }: CostModel): string[] {
  if (contradictions.length === 0) return []
  return [`the cost model ${name} contradicts itself: ${contradictions.join('; ')}`]
}

/** Names of the models that come with the package. */
export function costModels(): string[] {
  return readdirSync(MODELS)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort()
}

/** @throws InputError that names each field that is wrong */
export function checkCostModel(model: unknown): CostModel {
  const checked = costModelSchema.safeParse(model)
  if (checked.success) return checked.data
  throw toInputError(costModelSchema, checked.error, 'cost model')
}

function parse(file: string, text: string): CostModel {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new InputError(`${file}: not JSON: ${(error as Error).message}`)
  }
  try {
    return checkCostModel(json)
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${file}: ${error.message}`)
    throw error
  }
}

/**
 * A model of the package by name, a file by path, or the model itself, checked.
 *
 * @throws InputError when there is none, or a figure is missing, unsourced or out of its limits
 */
export function loadCostModel(wanted: string | CostModel = DEFAULT_MODEL): CostModel {
  if (typeof wanted !== 'string') return checkCostModel(wanted)
  const names = costModels()
  const file = names.includes(wanted) ? `${MODELS}${wanted}.json` : wanted
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new InputError(
      `costModel: "${wanted}" is no model (${names.join(', ')}) and no file (${reason}).` +
        didYouMean(wanted, names),
    )
  }
  return parse(wanted, text)
}

/**
 * What the engine is given.
 *
 * @throws InputError when the model lacks what the topology needs
 */
export function nativeCosts({ name, costs }: CostModel, { sockets }: Topology): NativeCosts {
  if (sockets > 1 && !costs.socket) {
    throw new InputError(
      `costs.socket: the cost model ${name} has none; ` +
        `expected what a line costs that comes from another socket, for ${sockets} sockets`,
    )
  }
  const pair = (figures: CostModel['costs']['map']): [number, number] => [
    figures.runCounts.value,
    figures.bitmap.value,
  ]
  return {
    own: costs.own.value,
    walk: (costs.walk ?? costs.own).value,
    atomic: costs.atomic.value,
    shared: costs.shared.value,
    core: costs.core.value,
    // With one socket nothing comes from another.
    socket: costs.socket?.value ?? 0,
    hold: costs.hold.value,
    handover: costs.handover.value,
    map: pair(costs.map),
    search: pair(costs.search),
    unmap: pair(costs.unmap),
    release: pair(costs.release),
    copy: costs.copy.map(({ bytes, value: time }) => ({ bytes, ns: time })),
    // A GB/s is a byte in a nanosecond.
    socketBytesPerNs: costs.socketBandwidth?.value ?? 0,
  }
}
