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

/** The kernel's own allocator, compiled into a shared library. */
export interface KernelLibrary {
  /** It holds one allocator at a time, and so can be one variant of a run only. */
  readonly path: string
  /** Whether it counts used slots and the high-water mark, as with DEBUG_FS. */
  readonly counters: boolean
}

export interface KernelVariant {
  readonly kernel: KernelLibrary
}

export type VariantOptions = Pick<RunOptions, 'signal' | 'onProgress'>

export interface TimedVariant {
  /** Null for a variant of the port. */
  readonly kernel: KernelLibrary | null
  /** Of the kernel: what in the port does the same as its code. */
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
  /** Address of the allocator's structure modulo 128. */
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
  readonly kernel: KernelLibrary | null
  readonly tracker: TrackerName
  readonly layout: Layout
  readonly enabled: boolean
  readonly tuning: Tuning
}

function checkVariant(variant: Variant | KernelVariant): CheckedVariant {
  if ('kernel' in variant) {
    const { kernel } = variant
    const tracker = kernel.counters ? 'global-atomic' : 'off'
    return { kernel, tracker, layout: resolveLayout(), enabled: true, tuning: {} }
  }
  for (const key of Object.keys(variant)) oneOf('variant', key, variantKeys)
  const { tracker, layout, enabled = true, ...tuning } = variant
  if (typeof enabled !== 'boolean') {
    throw new InputError(`enabled: expected true or false, not ${enabled}`)
  }
  resolveTrackers([tracker])
  return { kernel: null, tracker, layout: resolveLayout(layout), enabled, tuning }
}

/**
 * Times variants side by side, each in a pool of its own. The first must be an `off` of the port:
 * it is the measure of the others, and is timed twice, once as noise control.
 *
 * The kernel's own code is driven as the port is, in the same rounds: it gets the same pool, and
 * its structures lie at the same addresses modulo 128.
 *
 * @throws Error for a library that cannot be used, with the reason
 * @throws InputError for a scenario or a variant that makes no sense; the signal's reason when it
 *   was aborted, after all threads have ended
 */
export async function timeVariants(
  input: ScenarioInput,
  variants: readonly (Variant | KernelVariant)[],
  { signal, onProgress }: VariantOptions = {},
): Promise<VariantTiming> {
  const scenario = resolveScenario(input)
  const checked = variants.map(checkVariant)
  const native = checked.map(({ kernel, tracker, layout, enabled, tuning }) =>
    kernel
      ? { library: kernel.path }
      : nativeVariant(tracker, layout, scenario.pool.slots, { enabled, ...tuning }),
  )
  const first = native[0]
  if (!first || 'library' in first || checked[0]?.tracker !== 'off') {
    throw new InputError('variants: expected an off first; the others are measured against it')
  }
  const paths = checked.flatMap(({ kernel }) => (kernel ? [kernel.path] : []))
  const twice = paths.find((path, i) => paths.indexOf(path) !== i)
  if (twice !== undefined) {
    throw new InputError(`variants: ${twice} is there twice; a library holds one allocator`)
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
    variants: checked.map(({ kernel, tracker, layout, enabled }, i) => ({
      kernel,
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
