/**
 * `calibrate`: this host's costs, and the cost model that follows.
 *
 * | file         | what it does                                                                |
 * | ------------ | --------------------------------------------------------------------------- |
 * | calibrate.ts | samples from native/virtual/calibrate/, and the model that is made of them  |
 * | derive.ts    | from samples to costs, and what is doubtful about them                      |
 * | lines.ts     | whether lines come in pairs, and for how long a wanted one is still there   |
 * | measure.ts   | what was timed: medians and quartiles                                       |
 */

import { type CostModel, checkCostModel, MIN_NS } from '../data/cost-model.js'
import { InputError, wholeNumber } from '../data/errors.js'
import { follow } from '../data/follow.js'
import { option, optionsOf } from '../data/options.js'
import { countOf, verbOf } from '../data/units.js'
import { host } from '../measure/host.js'
import { lineRegimes } from '../measure/line.js'
import type { NativeCalibration } from '../native/plans/calibrate.js'
import { type NativeOptions, runNative } from '../native/run.js'
import type { Host } from '../results/comparison.js'
import type { LineRegime, LineRegimes } from '../results/line.js'
import { watched } from '../results/options.js'
import { type Derivation, type Derived, type DerivedCosts, derive } from './derive.js'
import type { Beside, Held, Kept } from './lines.js'
import type { Measure } from './measure.js'

/** Where it cannot be measured: only what comes right behind still finds the line. 0 would be never. */
const HOLD_NS = 0.01

/** Takes about two seconds on a quiet host. */
const DEFAULT_ROUNDS = 40
const MAX_ROUNDS = 100_000

export interface CalibrateOptions extends NativeOptions {
  /** Samples of each figure; 40 by default. */
  readonly rounds?: number | undefined
}

export interface Calibration {
  readonly host: Host
  readonly rounds: number
  /** How a line moved between the two CPUs; the figures are of the rounds of the first regime. */
  readonly line: LineRegimes
  readonly measured: readonly Measure[]
  /** How often a line that another core wants is still there, by how long after. */
  readonly kept: readonly Kept[]
  /** How long it is, and how that is known. */
  readonly hold: Held
  /** Whether lines come in pairs, and how much more each place of a line took. */
  readonly pairs: Beside
  /** Costs that were too small to measure: the model has the least that there is in their place. */
  readonly tooSmall: readonly { readonly cost: string; readonly belowNs: number | null }[]
  /** What cannot be together, in words; the model has them as well. */
  readonly contradictions: readonly string[]
  /** What else to be careful about, in words. */
  readonly warnings: readonly string[]
  readonly model: CostModel
}

/** Three digits say more than was measured. */
const rounded = (ns: number): number => Number(ns.toPrecision(3))

/** A figure of the model; the engine's clock must go on, so none is nothing. */
function figureOf({ ns, belowNs, how }: Derived, where: string) {
  const source = `${where}: ${how}`
  const value = ns === null ? 0 : rounded(ns)
  if (value >= MIN_NS) return { value, unit: 'ns' as const, source }
  const below = belowNs === null ? null : Math.max(rounded(belowNs), MIN_NS)
  const known = below === null ? '' : `, below ${below}`
  return {
    value: MIN_NS,
    unit: 'ns' as const,
    source: `${source} (too small to measure${known}; ${MIN_NS} is the least that there is)`,
    tooSmall: { belowNs: below },
  }
}

/** What was not measured is what it was before, and says so. */
function holdOf({ ns, how }: Held, where: string) {
  const value = ns === null ? HOLD_NS : Math.max(rounded(ns), MIN_NS)
  const assumed = ns === null ? 'assumed, that only what comes right behind still finds it; ' : ''
  return { value, unit: 'ns' as const, source: `${where}: ${assumed}${how}` }
}

const pairsFigure = ({ value, how }: Beside, where: string) => ({
  value: value ?? true,
  source: `${where}: ${value === null ? 'assumed; ' : ''}${how}`,
})

/** `a line moves in 39 ns between cores of their own` */
function moveOf({ furthestNs, sharedCore }: LineRegime): string {
  const whose = sharedCore ? 'two threads of one core' : 'cores of their own'
  return `a line moves in ${rounded(furthestNs)} ns between ${whose}`
}

function modelOf(
  { costs, contradictions, pairs }: Derivation,
  machine: Host,
  regime: LineRegime | undefined,
): CostModel {
  const day = machine.date.slice(0, 10)
  const where = `swiotlb-lab calibrate on ${machine.cpuModel}, Linux ${machine.kernel}, ${day}`
  const figure = (derived: Derived) => figureOf(derived, where)
  const byIndex = ([runCounts, bitmap]: DerivedCosts['map']) => ({
    runCounts: figure(runCounts),
    bitmap: figure(bitmap),
  })
  const move = regime ? `; ${moveOf(regime)}` : ''
  return checkCostModel({
    name: `${machine.cpuModel}, ${day}`,
    description: `calibrated on ${machine.cpuModel}, ${countOf(machine.cpus, 'CPU')}, one socket; Linux ${machine.kernel}; ${machine.compiler}${move}`,
    contradictions,
    pairs: pairsFigure(pairs, where),
    costs: {
      own: figure(costs.own),
      walk: figure(costs.walk),
      atomic: figure(costs.atomic),
      shared: figure({
        ...costs.core,
        how: 'as that from another core: two CPUs cannot share with a third',
      }),
      core: figure(costs.core),
      hold: holdOf(costs.hold, where),
      handover: figure(costs.handover),
      clock: figure(costs.clock),
      map: byIndex(costs.map),
      search: byIndex(costs.search),
      unmap: byIndex(costs.unmap),
      release: byIndex(costs.release),
      copy: costs.copy.map(({ bytes, ...derived }) => ({ bytes, ...figure(derived) })),
    },
  })
}

function tooSmallOf({ costs }: CostModel): Calibration['tooSmall'] {
  const single = (['own', 'walk', 'atomic', 'core', 'handover', 'clock'] as const).map(
    (cost) => [cost, costs[cost]] as const,
  )
  const pairs = (['map', 'search', 'unmap', 'release'] as const).flatMap(
    (cost) =>
      [
        [`${cost}.runCounts`, costs[cost].runCounts],
        [`${cost}.bitmap`, costs[cost].bitmap],
      ] as const,
  )
  return [...single, ...pairs].flatMap(([cost, figure]) =>
    figure?.tooSmall ? [{ cost, belowNs: figure.tooSmall.belowNs }] : [],
  )
}

/** Below this many rounds quartiles are the samples themselves. */
const QUARTILE_ROUNDS = 4

function warningsOf(line: LineRegimes, rounds: number, { costs, pairs }: Derivation): string[] {
  const [first, ...others] = line.regimes
  const kept = first?.rounds ?? rounds
  const lost = line.changed + line.unmeasured
  return [
    ...(kept < QUARTILE_ROUNDS
      ? [
          `${countOf(kept, 'round')} ${verbOf(kept, 'is', 'are')} too few for quartiles; expected at least ${QUARTILE_ROUNDS}`,
        ]
      : []),
    ...(first ? [] : ['in no round it was seen how a line moves: rounds may not be alike']),
    ...(first?.sharedCore
      ? ['the CPUs behave as two threads of one core, and the model is of such CPUs']
      : []),
    ...others.map(
      (regime) =>
        `in ${regime.rounds} of ${rounds} rounds ${moveOf(regime)}; the figures are of the ` +
        `${kept} in which ${first ? moveOf(first) : ''}`,
    ),
    ...(pairs.value === null
      ? [`whether lines come in pairs ${pairs.how}; the model assumes that they do`]
      : []),
    ...(costs.hold.ns === null
      ? [`how long a wanted line stays was ${costs.hold.how}; the model has ${HOLD_NS} ns`]
      : []),
    ...(first && lost > 0
      ? [
          `${lost} of ${rounds} rounds ${verbOf(lost, 'was', 'were')} left out: how a line moves changed or was not seen`,
        ]
      : []),
  ]
}

/** The rounds between the looks, sorted; all of them where none was seen. */
function regimesOf(native: NativeCalibration): { line: LineRegimes; kept: number[] } {
  const looks = native.line ?? []
  const rounds = looks.slice(1).map((after, i) => ({ before: looks[i] ?? null, after }))
  const line = lineRegimes(rounds)
  const all = rounds.map((_, i) => i)
  const kept = line.regimes.length > 0 ? all.filter((i) => line.regimeOf[i] === 0) : all
  return { line, kept }
}

/** What samples amount to on a machine. */
export function calibrationOf(native: NativeCalibration, machine: Host): Calibration {
  const { line, kept } = regimesOf(native)
  const derivation = derive(native, kept)
  const model = modelOf(derivation, machine, line.regimes[0])
  const rounds = line.regimeOf.length
  return {
    host: machine,
    rounds,
    line,
    measured: derivation.measured,
    kept: derivation.kept,
    hold: derivation.costs.hold,
    pairs: derivation.pairs,
    tooSmall: tooSmallOf(model),
    contradictions: derivation.contradictions,
    warnings: warningsOf(line, rounds, derivation),
    model,
  }
}

const schema = optionsOf<CalibrateOptions>({ ...watched, rounds: option.own })

/**
 * Measures the host. It shows one socket only: the model has no `socket`, and so is for machines of
 * one socket until that figure is added.
 *
 * @throws InputError where two CPUs cannot be had, so that no line can be moved; the signal's reason
 *   when it was aborted
 */
export async function calibrate(options: CalibrateOptions = {}): Promise<Calibration> {
  const native = await follow(schema, options, ({ rounds = DEFAULT_ROUNDS, ...followed }) =>
    runNative(
      { kind: 'calibrate', rounds: wholeNumber('rounds', rounds, 1, MAX_ROUNDS) },
      followed,
    ),
  )
  if (!native.pinned) {
    throw new InputError(
      'calibrate: expected two CPUs, to measure what a line costs that moves from one to the other; ' +
        'this process was not given them',
    )
  }
  return calibrationOf(native, host())
}
