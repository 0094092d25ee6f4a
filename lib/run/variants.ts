/** Variants of any tracker and layout, timed against each other in one interleaved run. */
import { InputError, oneOf } from '../scenario/errors.js'
import { resolveScenario } from '../scenario/resolve.js'
import type { Scenario, ScenarioInput } from '../scenario/schema.js'
import type { TrackerName } from '../trackers.generated.js'
import { host } from './host.js'
import { MEM_OFFSET, nativeVariant, resolveLayout, resolveTrackers } from './plan.js'
import { measureTiming } from './timing.js'
import type { Host, Layout, RunOptions, Throughput, Timing, Tuning } from './types.js'

/** One allocator to time. */
export interface Variant extends Tuning {
  readonly tracker: TrackerName
  /** The kernel's layout where it does not say otherwise. */
  readonly layout?: Partial<Layout> | undefined
  /** Whether a switchable tracker is on; true by default. */
  readonly enabled?: boolean | undefined
}

export type VariantOptions = Pick<RunOptions, 'signal' | 'onProgress'>

export interface TimedVariant {
  readonly tracker: TrackerName
  readonly layout: Layout
  readonly enabled: boolean
  /** Its `vsOff` is the ratio to the first variant. */
  readonly throughput: Throughput
  /** ns per pair of each round, in the same order for all; null for a slice that was dropped. */
  readonly roundsNs: readonly (number | null)[]
}

export interface VariantTiming {
  readonly scenario: Scenario
  /** Address of the allocator's structure modulo 64. */
  readonly memOffset: number
  readonly timing: Timing
  /** In the order that was asked for. */
  readonly variants: readonly TimedVariant[]
  /** The rounds of the first variant's second copy: the noise control. */
  readonly controlNs: readonly (number | null)[]
  readonly host: Host
}

/** NaN does not survive JSON. */
const plain = (rounds: readonly number[]): (number | null)[] =>
  rounds.map((ns) => (Number.isNaN(ns) ? null : ns))

const variantKeys = ['tracker', 'layout', 'enabled', 'batch', 'tolerance'] as const

interface CheckedVariant {
  readonly tracker: TrackerName
  readonly layout: Layout
  readonly enabled: boolean
  readonly tuning: Tuning
}

function checkVariant(variant: Variant): CheckedVariant {
  for (const key of Object.keys(variant)) oneOf('variant', key, variantKeys)
  const { tracker, layout, enabled = true, ...tuning } = variant
  if (typeof enabled !== 'boolean') {
    throw new InputError(`enabled: expected true or false, not ${enabled}`)
  }
  resolveTrackers([tracker])
  return { tracker, layout: resolveLayout(layout), enabled, tuning }
}

/**
 * Times variants side by side, each in a pool of its own. The first must be an `off`: it is the
 * measure of the others, and is timed twice, once as noise control.
 *
 * @throws InputError for a scenario or a variant that makes no sense; the signal's reason when it
 *   was aborted, after all threads have ended
 */
export async function timeVariants(
  input: ScenarioInput,
  variants: readonly Variant[],
  { signal, onProgress }: VariantOptions = {},
): Promise<VariantTiming> {
  const scenario = resolveScenario(input)
  const checked = variants.map(checkVariant)
  const native = checked.map(({ tracker, layout, enabled, tuning }) =>
    nativeVariant(tracker, layout, scenario.pool.slots, { enabled, ...tuning }),
  )
  const first = native[0]
  if (!first || checked[0]?.tracker !== 'off') {
    throw new InputError('variants: expected an off first; the others are measured against it')
  }
  const { timing, off, others, roundsNs } = await measureTiming(scenario, first, native.slice(1), {
    signal,
    onProgress: (done) => onProgress?.({ phase: 'timing', done }),
  })
  const [offNs = [], controlNs = [], ...othersNs] = roundsNs
  return {
    scenario,
    memOffset: MEM_OFFSET,
    timing,
    variants: checked.map(({ tracker, layout, enabled }, i) => ({
      tracker,
      layout,
      enabled,
      throughput: i === 0 ? off : (others[i - 1] as Throughput),
      roundsNs: plain(i === 0 ? offNs : (othersNs[i - 1] ?? [])),
    })),
    controlNs: plain(controlNs),
    host: host(),
  }
}
