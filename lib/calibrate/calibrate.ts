/**
 * `calibrate`: this host's costs, and the cost model that follows.
 *
 * | file         | what it does                                                                |
 * | ------------ | --------------------------------------------------------------------------- |
 * | calibrate.ts | samples from native/virtual/calibrate/, and the model that is made of them  |
 * | pairs.ts     | between which CPUs lines are moved                                          |
 * | samples.ts   | the samples by what was timed, in rounds that belong together               |
 * | moves.ts     | how lines move between the pairs of CPUs, and what that costs by distance   |
 * | derive.ts    | from samples to costs, and what is doubtful about them                      |
 * | lines.ts     | whether lines come in pairs, and for how long a wanted one is still there   |
 * | measure.ts   | what was timed: medians and quartiles                                       |
 */

import { type CostModel, checkCostModel, MIN_NS } from '../data/cost-model.js'
import { InputError, wholeNumber } from '../data/errors.js'
import { follow } from '../data/follow.js'
import { listArgument, option, optionsOf } from '../data/options.js'
import { countOf, verbOf } from '../data/units.js'
import { type Cpu, machineCpus } from '../measure/cpus.js'
import { host } from '../measure/host.js'
import { REALTIME_REFUSED } from '../measure/timing.js'
import type { NativeCalibration } from '../native/plans/calibrate.js'
import { type NativeOptions, runNative } from '../native/run.js'
import type { Host } from '../results/comparison.js'
import type { LineRegime, LineRegimes } from '../results/line.js'
import { watched } from '../results/options.js'
import { type Derivation, type Derived, type DerivedCosts, derive } from './derive.js'
import type { Beside, Held, Kept } from './lines.js'
import type { Measure } from './measure.js'
import { farWords, type Move, moveOf, moveWarnings, nearestOf } from './moves.js'
import { drawPairs, type Pair } from './pairs.js'
import { regimesOf } from './samples.js'

/** Where it cannot be measured: only what comes right behind still finds the line. 0 would be never. */
const HOLD_NS = 0.01

/** Takes about two seconds on a quiet host, of two CPUs. */
const DEFAULT_ROUNDS = 40
const MAX_ROUNDS = 100_000
/** Of each further pair of CPUs: of these only the lines are asked for. */
const PAIR_ROUNDS = 10

export interface CalibrateOptions extends NativeOptions {
  /** Samples of each figure; 40 by default. */
  readonly rounds?: number | undefined
  /** Between which CPUs lines are moved, as the kernel numbers them; all of this process by default. */
  readonly cpus?: readonly number[] | undefined
}

export interface Calibration {
  readonly host: Host
  readonly rounds: number
  /**
   * Whether the threads between which lines were moved ran in real time, so that no other program ran
   * in between. What one CPU does by itself is timed without.
   */
  readonly realtime: boolean
  /** How a line moved between the first two CPUs; the figures are of the rounds of the first regime. */
  readonly line: LineRegimes
  /** What a line costs between each pair of CPUs that was looked at; the first is that of `line`. */
  readonly moves: readonly Move[]
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
function regimeWords({ furthestNs, sharedCore }: LineRegime): string {
  const whose = sharedCore ? 'two threads of one core' : 'cores of their own'
  return `a line moves in ${rounded(furthestNs)} ns between ${whose}`
}

/** Cores that share a last-level cache, where most of them do. */
function coresPerComplex(cpus: readonly Cpu[]): number {
  const cores = new Map<number, Set<string>>()
  for (const { cache, socket, core } of cpus) {
    cores.set(cache, (cores.get(cache) ?? new Set()).add(`${socket} ${core}`))
  }
  return Math.max(...[...cores.values()].map(({ size }) => size))
}

function modelOf(
  { costs, contradictions, pairs }: Derivation,
  machine: Host,
  cpus: readonly Cpu[],
  moves: readonly Move[],
): CostModel {
  const day = machine.date.slice(0, 10)
  const where = `swiotlb-lab calibrate on ${machine.cpuModel}, Linux ${machine.kernel}, ${day}`
  const figure = (derived: Derived) => figureOf(derived, where)
  const byIndex = ([runCounts, bitmap]: DerivedCosts['map']) => ({
    runCounts: figure(runCounts),
    bitmap: figure(bitmap),
  })
  const nearest = nearestOf(moves)
  // Of the first pair, unless that is one of those that are left out.
  const regime = moves[0]?.distance === nearest ? moves[0].line.regimes[0] : undefined
  const move = regime ? `; ${regimeWords(regime)}` : ''
  const far = farWords(nearest)
  const sockets =
    costs.socket || nearest === 'socket' ? new Set(cpus.map(({ socket }) => socket)).size : 1
  const socketWords =
    (sockets === 1 ? 'one socket' : countOf(sockets, 'socket')) + (far ? `; ${far}` : '')
  return checkCostModel({
    name: `${machine.cpuModel}, ${day}`,
    description: `calibrated on ${machine.cpuModel}, ${countOf(machine.cpus, 'CPU')}, ${socketWords}; Linux ${machine.kernel}; ${machine.compiler}${move}`,
    ...(costs.complex && {
      coresPerComplex: {
        value: coresPerComplex(cpus),
        source: `${where}: cores that share a last-level cache, as the kernel says`,
      },
    }),
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
      ...(costs.complex && { complex: figure(costs.complex) }),
      ...(costs.socket && { socket: figure(costs.socket) }),
      hold: holdOf(costs.hold, where),
      ...(costs.follow && { follow: figure(costs.follow) }),
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

function warningsOf(
  line: LineRegimes,
  rounds: number,
  { costs, pairs }: Derivation,
  ofThreads: boolean,
): string[] {
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
    ...(first?.sharedCore && ofThreads
      ? ['the CPUs behave as two threads of one core, and the model is of such CPUs']
      : []),
    ...others.map(
      (regime) =>
        `in ${regime.rounds} of ${rounds} rounds ${regimeWords(regime)}; the figures are of the ` +
        `${kept} in which ${first ? regimeWords(first) : ''}`,
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

/** Samples of one pair of CPUs. */
export interface Sampled {
  readonly pair: Pair
  readonly native: NativeCalibration
}

/**
 * What samples amount to on a machine.
 *
 * @param sampled the first is what all is made of but the lines of other pairs
 * @param cpus between which they are
 */
export function calibrationOf(
  sampled: readonly [Sampled, ...Sampled[]],
  cpus: readonly Cpu[],
  machine: Host,
): Calibration {
  const [{ native }] = sampled
  const { line, kept } = regimesOf(native)
  const moves = sampled.map((one) => moveOf(one.pair, one.native, sampled.length === 1))
  const derivation = derive(native, kept, moves)
  const model = modelOf(derivation, machine, cpus, moves)
  const rounds = line.regimeOf.length
  const realtime = sampled.every((one) => one.native.realtime)
  const pinned = sampled.every((one) => one.native.pinned)
  return {
    host: machine,
    rounds,
    realtime,
    line,
    moves,
    measured: derivation.measured,
    kept: derivation.kept,
    hold: derivation.costs.hold,
    pairs: derivation.pairs,
    tooSmall: tooSmallOf(model),
    contradictions: derivation.contradictions,
    warnings: [
      ...(pinned ? [] : ['the threads could not be pinned, and so had no real-time priority']),
      ...(realtime || !pinned ? [] : [REALTIME_REFUSED]),
      ...warningsOf(line, rounds, derivation, moves.length === 1 || nearestOf(moves) === 'thread'),
      ...moveWarnings(
        moves,
        sampled.map(({ pair }) => pair),
      ),
    ],
    model,
  }
}

const schema = optionsOf<CalibrateOptions>({ ...watched, rounds: option.own, cpus: option.own })

const tooFew = (): InputError =>
  new InputError(
    'calibrate: expected two CPUs, to measure what a line costs that moves from one to the other; ' +
      'this process was not given them',
  )

/** @throws InputError unless the process may use all of them, and they are two or more */
function cpusOf(wanted: readonly number[] | undefined): Cpu[] {
  const all = machineCpus()
  if (wanted === undefined) return all
  const cpus = listArgument('cpus', wanted, 'a list of CPUs').map((number) => {
    const cpu = all.find((one) => one.number === number)
    if (cpu) return cpu
    throw new InputError(`cpus: expected CPUs that this process may use, not ${number}`)
  })
  if (new Set(cpus).size === cpus.length) return cpus
  throw new InputError('cpus: expected each CPU once')
}

/** Pair after pair, the first with all rounds. */
async function sample(
  pairs: readonly Pair[],
  rounds: number,
  { signal, onProgress }: NativeOptions,
): Promise<Sampled[]> {
  const ofEach = pairs.map((_, i) => (i === 0 ? rounds : Math.min(rounds, PAIR_ROUNDS)))
  const whole = ofEach.reduce((sum, each) => sum + each, 0)
  const sampled: Sampled[] = []
  let made = 0
  for (const [i, pair] of pairs.entries()) {
    const each = ofEach[i] as number
    const native = await runNative(
      { kind: 'calibrate', rounds: each, cpus: pair.cpus },
      { signal, onProgress: (done) => onProgress?.((made + done * each) / whole) },
    )
    if (!native.pinned) throw tooFew()
    sampled.push({ pair, native })
    made += each
  }
  return sampled
}

/**
 * Measures the host: lines between several pairs of its CPUs, so that all distances which the kernel
 * tells apart are among them, and everything else on one CPU. Where all are of one socket the model has
 * no `socket`, and so is for machines of one socket until that figure is added.
 *
 * @throws InputError where two CPUs cannot be had, so that no line can be moved; the signal's reason
 *   when it was aborted
 */
export function calibrate(options: CalibrateOptions = {}): Promise<Calibration> {
  return follow(schema, options, async ({ rounds = DEFAULT_ROUNDS, cpus: wanted, ...followed }) => {
    const most = wholeNumber('rounds', rounds, 1, MAX_ROUNDS)
    const cpus = cpusOf(wanted)
    const [first, ...further] = await sample(drawPairs(cpus), most, followed)
    if (!first) throw tooFew()
    return calibrationOf([first, ...further], cpus, host())
  })
}
