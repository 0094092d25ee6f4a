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
    name: z.string().min(1, 'expected a name').describe('how results name it'),
    description: z.string().default('').describe('one line, for list'),
    pool: z.strictObject({
      slots: slots.describe(
        'slots of 2 KiB, or bytes with a unit; rounded as the kernel rounds swiotlb=',
      ),
      areas: count(...limits.areas).describe('rounded as the kernel does'),
      start: hex
        .refine((text) => BigInt(text) % 4096n === 0n, 'expected a page aligned address')
        .default('0x40000000')
        .describe('bus address of the pool, page aligned'),
      grow: z
        .boolean()
        .default(false)
        .describe('grow when there is no room, as a kernel with SWIOTLB_DYNAMIC'),
    }),
    cpus: count(...limits.cpus).describe(
      'CPUs that map; each begins its search in the area of its number',
    ),
    device: z
      .strictObject({
        minAlignMask: mask32
          .default('0x0')
          .describe('min_align_mask: address bits that a bounce buffer keeps'),
        allocAlignMask: mask32
          .default('0x0')
          .describe('alloc_align_mask: alignment of the bounce buffer, less one'),
        segBoundaryMask: hex
          .refine(
            (text) => BigInt(text) >= 2047n && ((BigInt(text) + 1n) & BigInt(text)) === 0n,
            'expected a power of two of at least 2048, less one',
          )
          .default('0xffffffffffffffff')
          .describe('seg_boundary_mask: no mapping crosses a multiple of this, plus one'),
        direction: z
          .enum(['bidirectional', 'to-device', 'from-device'])
          .default('to-device')
          .describe('what is copied back at the unmap: all but to-device'),
      })
      .prefault({}),
    workload: z.strictObject({
      sizes: z
        .array(sizeSchema)
        .min(1, 'expected at least one size')
        .max(64, 'expected at most 64')
        .describe('sizes of mappings in bytes, drawn by weight: {bytes} or {from, to, step}'),
      inFlight: count(1, 65536).describe('mappings that one CPU has at most'),
      order: z
        .enum(['fifo', 'random'])
        .default('fifo')
        .describe('which mapping is unmapped next: the oldest, or any'),
      load: z
        .enum(['steady', 'toggle'])
        .default('steady')
        .describe('steady: unmap one, map one; toggle: map a random place, or unmap it'),
      origAlign: bytes(2 ** 20)
        .prefault(4096)
        .describe('original addresses are multiples of this, bytes'),
      burst: z
        .strictObject({
          mappings: count(1, 4096).describe('mappings of one large I/O'),
          bytes: mappingBytes.describe('size of each'),
          every: count(1, 1e9).describe('steps of all CPUs from the end of one to the next'),
          hold: count(1, 1e9).describe('steps of all CPUs from its begin to its end'),
        })
        .optional()
        .describe('large I/Os beside the others, one at a time, each by the next CPU'),
    }),
    copy: z.boolean().default(true).describe('whether bounce copies are made'),
    seed: count(...limits.seed)
      .default(1)
      .describe('of all that is drawn'),
    steps: count(...limits.steps)
      .default(200_000)
      .describe(
        'steps of all CPUs together in an accuracy run; in virtual time also measured, and at least 2048 of each CPU by default',
      ),
    samplePeriod: z
      .strictObject({
        steps: count(1, 1e9)
          .default(1000)
          .describe('between two looks of a serial run, steps of all CPUs'),
        us: count(10, 1e9).default(1000).describe('between two looks on threads, microseconds'),
      })
      .prefault({})
      .describe('between two looks of a sampler or a worker'),
    timing: z
      .strictObject({
        threads: count(...limits.threads)
          .optional()
          .describe('by default two, or one where the machine or the scenario has one CPU'),
        placement: z
          .enum(['spread', 'neighbours'])
          .default('spread')
          .describe('threads map as CPUs far apart, or as CPUs 0, 1, 2...'),
        rounds: count(...limits.rounds)
          .default(25)
          .describe('in which all variants take turns'),
        sliceMs: z
          .number()
          .min(0.5, 'expected at least 0.5')
          .max(1000)
          .default(3)
          .describe('of one variant in one round, milliseconds'),
        latencyRounds: count(0, 100).default(3).describe('rounds that time each operation'),
      })
      .prefault({})
      .describe('how it is timed on threads'),
  })
  .describe('A swiotlb-lab scenario')

/** As people write it: sizes may be texts, most fields may be left out. */
export type ScenarioInput = z.input<typeof scenarioSchema>
/** Checked and filled in: sizes in bytes and slots. */
export type Scenario = z.output<typeof scenarioSchema>
