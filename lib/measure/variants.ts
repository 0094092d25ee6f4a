/** Variants of any tracker and layout, timed against each other in one interleaved run. */

import { InputError, oneOf } from '../data/errors.js'
import { follow } from '../data/follow.js'
import { listArgument, optionsOf } from '../data/options.js'
import type { TrackerName } from '../data/trackers.generated.js'
import type { KernelLibrary } from '../kernel/library.js'
import { baselineOf } from '../native/baseline.js'
import type { NativeVariant } from '../native/inputs.js'
import { MEM_OFFSET, nativeVariant } from '../native/inputs.js'
import { resolveLayout } from '../native/layout.js'
import type { NativeLibrary } from '../native/plans/bench.js'
import { resolveTrackers } from '../native/trackers.js'
import type { Host, RunOptions, Throughput, Timing } from '../results/comparison.js'
import { watched } from '../results/options.js'
import type { Layout, Tuning } from '../results/variant.js'
import { resolveScenario } from '../scenario/resolve.js'
import type { Scenario, ScenarioInput } from '../scenario/schema.js'
import { host } from './host.js'
import { measureTiming, type TimedSlices } from './timing.js'

/** One allocator to time. */
export interface Variant extends Tuning {
  readonly tracker: TrackerName
  /** Of `off` only: with areas as large as this tracker's. */
  readonly areasOf?: TrackerName | undefined
  /** The kernel's layout where it does not say otherwise. */
  readonly layout?: Partial<Layout> | undefined
  /** Whether a switchable tracker is on; true by default. */
  readonly enabled?: boolean | undefined
}

/** A kernel's own code, to be timed beside the port's. */
export interface KernelVariant {
  readonly kernel: KernelLibrary
}

export type VariantOptions = Pick<RunOptions, 'signal' | 'onProgress'>

/** One of those timed side by side: a variant of the port, or a kernel. */
export interface TimedVariant {
  /** Null for a variant of the port. */
  readonly kernel: KernelLibrary | null
  /** Of the kernel: what in the port does the same as its code. */
  readonly tracker: TrackerName
  /** Whose areas an `off` has; null for its own. */
  readonly areasOf: TrackerName | null
  readonly layout: Layout
  readonly enabled: boolean
  /** Its `vsOff` is the ratio to the first variant, with areas of the tracker's size. */
  readonly throughput: Throughput
  /**
   * ns per pair of each round, in the same order for all; null for a slice that was dropped. Of all
   * regimes: `timing.line.regimeOf` says which round is of which.
   */
  readonly roundsNs: readonly (number | null)[]
}

/** The variants of a scenario, timed in the same rounds. */
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

/** Who times variants wants a figure of each. */
function figureOf(tracker: TrackerName, { throughput, slices }: TimedSlices): Throughput {
  if (throughput) return throughput
  throw new Error(`${tracker}: there is no figure: ${slices.untimed}`)
}

const variantKeys = [
  'tracker',
  'areasOf',
  'layout',
  'enabled',
  'batch',
  'tolerance',
  'stretch',
] as const

interface CheckedVariant {
  readonly kernel: KernelLibrary | null
  readonly tracker: TrackerName
  readonly areasOf: TrackerName | null
  readonly layout: Layout
  readonly enabled: boolean
  readonly tuning: Tuning
}

function checkVariant(variant: Variant | KernelVariant): CheckedVariant {
  if ('kernel' in variant) {
    const { kernel } = variant
    const tracker = kernel.counters ? 'global-atomic' : 'off'
    const layout = resolveLayout()
    return { kernel, tracker, areasOf: null, layout, enabled: true, tuning: {} }
  }
  for (const key of Object.keys(variant)) oneOf('variant', key, variantKeys)
  const { tracker, areasOf = null, layout, enabled = true, ...tuning } = variant
  if (typeof enabled !== 'boolean') {
    throw new InputError(`enabled: expected true or false, not ${enabled}`)
  }
  resolveTrackers([tracker])
  if (areasOf !== null) {
    resolveTrackers([areasOf])
    if (tracker !== 'off') throw new InputError(`areasOf: expected off beside it, not ${tracker}`)
  }
  return { kernel: null, tracker, areasOf, layout: resolveLayout(layout), enabled, tuning }
}

function nativeOf(
  { kernel, tracker, areasOf, layout, enabled, tuning }: CheckedVariant,
  slots: number,
): NativeVariant | NativeLibrary {
  if (kernel) return { library: kernel.path }
  const larger = areasOf && baselineOf(areasOf, layout)
  return nativeVariant(larger ? larger.number : tracker, layout, slots, { enabled, ...tuning })
}

const schema = optionsOf<VariantOptions>(watched)

/**
 * Times variants side by side, each in a pool of its own. The first must be an `off` of the port:
 * it is the measure of the others, and is timed twice, once as noise control. A tracker with larger
 * areas is measured against an `off` in the layout of the first with areas of that size.
 *
 * The kernel's own code is driven as the port is, in the same rounds: it gets the same pool, and
 * its structures lie at the same addresses modulo 128.
 *
 * @throws Error for a library that cannot be used, and for a variant without a figure, with the
 *   reason: its sampler or growth worker was kept from its work, or none of its slices was measured
 * @throws InputError for a scenario or a variant that makes no sense; the signal's reason when it
 *   was aborted, after all threads have ended
 */
export function timeVariants(
  input: ScenarioInput,
  variants: readonly (Variant | KernelVariant)[],
  options: VariantOptions = {},
): Promise<VariantTiming> {
  return follow(schema, options, (followed) => timeChecked(input, variants, followed))
}

async function timeChecked(
  input: ScenarioInput,
  variants: readonly (Variant | KernelVariant)[],
  { signal, onProgress }: VariantOptions,
): Promise<VariantTiming> {
  const scenario = resolveScenario(input)
  const checked = listArgument('variants', variants, 'a list of variants').map(checkVariant)
  const native = checked.map((variant) => nativeOf(variant, scenario.pool.slots))
  const [measure] = checked
  const [first] = native
  if (!first || 'library' in first || measure?.tracker !== 'off' || measure.areasOf) {
    throw new InputError('variants: expected an off first; the others are measured against it')
  }
  const paths = checked.flatMap(({ kernel }) => (kernel ? [kernel.path] : []))
  const twice = paths.find((path, i) => paths.indexOf(path) !== i)
  if (twice !== undefined) {
    throw new InputError(`variants: ${twice} is there twice; a library holds one allocator`)
  }
  const { timing, off, others, roundsNs } = await measureTiming(
    scenario,
    first,
    native.slice(1).map((variant, i) => {
      const { kernel, tracker } = checked[i + 1] as CheckedVariant
      return { variant, baseline: kernel ? null : baselineOf(tracker, measure.layout) }
    }),
    { signal, onProgress: (done) => onProgress?.({ phase: 'timing', done }) },
  )
  const [offNs = [], controlNs = [], ...othersNs] = roundsNs
  return {
    scenario,
    memOffset: MEM_OFFSET,
    timing,
    variants: checked.map(({ kernel, tracker, areasOf, layout, enabled }, i) => ({
      kernel,
      tracker,
      areasOf,
      layout,
      enabled,
      throughput: figureOf(tracker, i === 0 ? off : (others[i - 1] as TimedSlices)),
      roundsNs: plain(i === 0 ? offNs : (othersNs[i - 1] ?? [])),
    })),
    controlNs: plain(controlNs),
    host: host(),
  }
}
