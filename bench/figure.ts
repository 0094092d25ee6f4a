/**
 * A figure of the benchmark, as it is measured, judged and kept: a fixed number of tries, all of
 * them there, pooled by how the timed CPUs stood to each other.
 */
import * as z from 'zod'

const bandSchema = z.strictObject({ median: z.number(), low: z.number(), high: z.number() })

/** How the timed CPUs stood to each other in rounds that belong together. */
const regimeSchema = z.strictObject({
  /** Threads of one core. */
  sharedCore: z.boolean(),
  /** What a line takes from one of the CPUs to the other. */
  lineNs: z.number(),
  /** A loop on all threads at once to the same loop alone: 1 on cores of their own. */
  slowdown: z.number(),
})

/** Null: no line moves between timed CPUs, since there is one thread, or nothing was timed. */
const stoodSchema = z.union([regimeSchema, z.literal('not measured'), z.null()])

/** What one try gave in one regime. */
const trySchema = z.strictObject({
  /** From 1. A try whose regime changed between two rounds is there for each regime. */
  number: z.int().min(1),
  /** Place in `pooled`. */
  regime: z.int().min(0),
  /** Round by round; those that were dropped are left out. */
  rounds: z.array(z.number()).min(1),
  /** The same code against itself, round by round; null where nothing was timed. */
  noise: z.array(z.number()).nullable(),
})

export const verdicts = [
  'met',
  'too few tries: cannot be told',
  'within the noise: cannot be told',
  'not met',
] as const

/**
 * `goal`: what was wanted before anything was measured. `regression value`: what a run gave, or
 * what a scenario was made to give; missing it says that something changed.
 */
const kinds = ['goal', 'regression value'] as const

const limitsSchema = z.strictObject({
  atLeast: z.number().optional(),
  atMost: z.number().optional(),
})

const targetSchema = z.strictObject({
  kind: z.enum(kinds),
  limits: limitsSchema,
  /** Of a regression value: where it comes from. */
  because: z.string().optional(),
})

const pooledSchema = z.strictObject({
  regime: stoodSchema,
  tries: z.int().min(1),
  rounds: z.int().min(1),
  /** Too few rounds for an interval: the band holds all of them, and nothing is decided. */
  tooFew: z.boolean(),
  /**
   * The median of all rounds. The band holds its 95 % confidence interval and the median of each
   * try: where tries differ more than rounds do, they are the noise.
   */
  band: bandSchema,
  /** The lowest and the highest of the tries' medians. */
  spread: z.strictObject({ low: z.number(), high: z.number() }),
  /** The same code against itself, pooled likewise. */
  noise: bandSchema.nullable(),
  verdict: z.enum(verdicts).nullable(),
})

const units = ['ratio', 'MiB', 'million/s', 'per map', '% of the pool'] as const

export const figureSchema = z.strictObject({
  /** Where it is found again, as `two-threads/spread/global-atomic`. */
  id: z.string().min(1),
  what: z.string().min(1),
  /** One line of the summary stands for all figures of the same series. */
  series: z.string().optional(),
  unit: z.enum(units),
  /** Null where there is nothing to meet. */
  target: targetSchema.nullable(),
  tries: z.array(trySchema).min(1),
  /** Rounds in which the CPUs changed how they stand; they are in no try. */
  changed: z.int().min(0),
  /** One for each regime that a round was in. */
  pooled: z.array(pooledSchema).min(1),
})

export type Band = z.infer<typeof bandSchema>
export type Regime = z.infer<typeof regimeSchema>
export type Stood = z.infer<typeof stoodSchema>
export type Try = z.infer<typeof trySchema>
export type Verdict = (typeof verdicts)[number]
export type Limits = z.infer<typeof limitsSchema>
export type Target = z.infer<typeof targetSchema>
export type Pooled = z.infer<typeof pooledSchema>
export type Figure = z.infer<typeof figureSchema>
