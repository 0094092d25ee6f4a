/** What can be asked for: the schema of a scenario, which is also that of a scenario file. */
import * as z from 'zod'
import { parseBytes, parseSlots } from '../data/units.js'

const MAX_SLOTS = 2 ** 30

/** A count with limits that every message names. */
const count = (least: number, most: number) =>
  z
    .int(`expected a whole number from ${least} to ${most}`)
    .min(least, `expected at least ${least}`)
    .max(most, `expected at most ${most}`)

/** The limits that options of the command line have, too: least and most. */
export const limits = {
  areas: [1, 65536],
  cpus: [1, 1024],
  seed: [0, Number.MAX_SAFE_INTEGER],
  steps: [1, 1e9],
  threads: [1, 256],
  rounds: [3, 1000],
} as const

/** A number from 1 on, or a text with a unit. */
const quantity = (
  parse: (text: string) => number | undefined,
  most: number,
  { plural, unit = plural, as }: { plural: string; unit?: string; as: string },
) =>
  z
    .union([z.number(), z.string()], { error: `expected ${plural}, as ${as}` })
    .transform((value, context) => {
      const n = typeof value === 'number' ? value : parse(value)
      if (n !== undefined && Number.isSafeInteger(n) && n >= 1 && n <= most) return n
      context.addIssue({ code: 'custom', message: `expected 1 to ${most} ${unit}, as ${as}` })
      return z.NEVER
    })

const bytes = (most: number) =>
  quantity(parseBytes, most, { plural: 'bytes', as: '4096 or "4KiB"' })

const slots = quantity(parseSlots, MAX_SLOTS, {
  plural: 'slots',
  unit: 'slots of 2 KiB',
  as: '32768 or "64MiB"',
})

const hex = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,16}$/, { error: 'expected a hexadecimal number, as 0xfff', abort: true })
const mask32 = hex.refine((text) => Number(text) <= 0xffffffff, 'expected at most 32 bits')

/** No mapping is larger than a segment. */
const mappingBytes = bytes(256 * 1024)

const sizeSchema = z.union(
  [
    z.strictObject({ bytes: mappingBytes, weight: count(1, 1e6).default(1) }),
    z
      .strictObject({
        from: mappingBytes,
        to: mappingBytes,
        step: mappingBytes,
        weight: count(1, 1e6).default(1),
      })
      .refine((range) => range.from <= range.to, { message: 'expected from <= to', path: ['to'] }),
  ],
  { error: 'expected {bytes, weight} or {from, to, step, weight}' },
)

export const scenarioSchema = z
  .strictObject({
    name: z.string().min(1, 'expected a name'),
    description: z.string().default(''),
    pool: z.strictObject({
      /** Rounded as the kernel rounds the boot parameter. */
      slots: slots,
      areas: count(...limits.areas),
      start: hex
        .refine((text) => BigInt(text) % 4096n === 0n, 'expected a page aligned address')
        .default('0x40000000'),
      /** Grow when there is no room, as a kernel with SWIOTLB_DYNAMIC. */
      grow: z.boolean().default(false),
    }),
    cpus: count(...limits.cpus),
    device: z
      .strictObject({
        minAlignMask: mask32.default('0x0'),
        allocAlignMask: mask32.default('0x0'),
        segBoundaryMask: hex
          .refine(
            (text) => BigInt(text) >= 2047n && ((BigInt(text) + 1n) & BigInt(text)) === 0n,
            'expected a power of two of at least 2048, less one',
          )
          .default('0xffffffffffffffff'),
        direction: z.enum(['bidirectional', 'to-device', 'from-device']).default('to-device'),
      })
      .prefault({}),
    workload: z.strictObject({
      sizes: z
        .array(sizeSchema)
        .min(1, 'expected at least one size')
        .max(64, 'expected at most 64'),
      /** Mappings that one CPU has at most. */
      inFlight: count(1, 65536),
      order: z.enum(['fifo', 'random']).default('fifo'),
      /** `steady`: unmap one, map one. `toggle`: map a random place, or unmap it. */
      load: z.enum(['steady', 'toggle']).default('steady'),
      /** Original addresses are multiples of this. */
      origAlign: bytes(2 ** 20).default(4096),
      /** Large I/Os, one at a time, each by the next CPU. */
      burst: z
        .strictObject({
          mappings: count(1, 4096),
          bytes: mappingBytes,
          /** Steps of all CPUs together from the end of one to the next, and from begin to end. */
          every: count(1, 1e9),
          hold: count(1, 1e9),
        })
        .optional(),
    }),
    copy: z.boolean().default(true),
    seed: count(...limits.seed).default(1),
    /** Steps of all CPUs together in an accuracy run. */
    steps: count(...limits.steps).default(200_000),
    /** Between two looks of a sampler. */
    samplePeriod: z
      .strictObject({
        /** Serial engine. */
        steps: count(1, 1e9).default(1000),
        /** Threads, microseconds. */
        us: count(10, 1e9).default(1000),
      })
      .prefault({}),
    timing: z
      .strictObject({
        threads: count(...limits.threads).optional(),
        /** `spread`: threads map as CPUs far apart, `neighbours`: as CPUs 0, 1, 2... */
        placement: z.enum(['spread', 'neighbours']).default('spread'),
        rounds: count(...limits.rounds).default(25),
        sliceMs: z.number().min(0.5, 'expected at least 0.5').max(1000).default(3),
        latencyRounds: count(0, 100).default(3),
      })
      .prefault({}),
  })
  .describe('A swiotlb-lab scenario')

/** As people write it: sizes may be texts, most fields may be left out. */
export type ScenarioInput = z.input<typeof scenarioSchema>
/** Checked and filled in: sizes in bytes and slots. */
export type Scenario = z.output<typeof scenarioSchema>
