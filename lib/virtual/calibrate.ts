/** This host's costs: what was measured, and the cost model that follows. */
import { type NativeOptions, runNative } from '../native.js'
import type { NativeCalibration, NativeCosts, NativeMeasure } from '../native-virtual.js'
import { host } from '../run/host.js'
import type { Host } from '../run/types.js'
import { InputError } from '../scenario/errors.js'
import { type CostModel, checkCostModel, MIN_NS } from './cost-model.js'

/** Takes about two seconds on a quiet host. */
const DEFAULT_ROUNDS = 40
const MAX_ROUNDS = 100_000

export interface CalibrateOptions extends NativeOptions {
  /** Samples of each figure; 40 by default. */
  readonly rounds?: number | undefined
}

/** Nanoseconds: median and quartiles of the samples. */
interface Measure {
  readonly what: string
  readonly median: number
  readonly low: number
  readonly high: number
  readonly samples: number
}

export interface Calibration {
  readonly host: Host
  readonly rounds: number
  readonly measured: readonly Measure[]
  readonly model: CostModel
}

function measuresOf(native: NativeCalibration): Measure[] {
  const one = (what: string, { median, low, high, samples }: NativeMeasure): Measure => ({
    what,
    median,
    low,
    high,
    samples,
  })
  return [
    one('a line that the allocator walks over', native.own),
    one('a locked instruction, own line', native.atomic),
    one('a spin lock taken and released, own line', native.lock),
    one('a line from another core', native.core),
    one('a locked instruction on a line that two cores want', native.contended),
    one('a ticket lock, from holder to holder', native.handover),
    one('map of 4 KiB, run counts', native.mapRunCounts),
    one('map of 4 KiB, bitmap', native.mapBitmap),
    one('unmap of 4 KiB, run counts', native.unmapRunCounts),
    one('unmap of 4 KiB, bitmap', native.unmapBitmap),
    ...native.copy.map((copy) => one(`a copy of ${copy.bytes} bytes`, copy)),
  ]
}

/** Three digits say more than was measured. */
const rounded = (ns: number): number => Number(ns.toPrecision(3))

function modelOf({ costs }: NativeCalibration, machine: Host, rounds: number): CostModel {
  const day = machine.date.slice(0, 10)
  const where = `swiotlb-lab calibrate on ${machine.cpuModel}, Linux ${machine.kernel}, ${day}`
  const figure = (ns: number, how: string) => {
    const value = rounded(ns)
    // The engine's clock must go on.
    const floor = value < MIN_NS ? ` (nothing was left; ${MIN_NS} is the least that there is)` : ''
    return {
      value: Math.max(value, MIN_NS),
      unit: 'ns' as const,
      source: `${where}: ${how}${floor}`,
    }
  }
  const byIndex = (pair: NativeCosts['map'], how: string) => ({
    runCounts: figure(pair[0], how),
    bitmap: figure(pair[1], how),
  })
  const left = (operation: string, place: string): string =>
    `half of what the walk over lines leaves of ${operation}, lower quartile of ${rounds}; ${place}`
  return checkCostModel({
    name: `${machine.cpuModel}, ${day}`,
    description: `calibrated on ${machine.cpuModel}, ${machine.cpus} CPUs, one socket; Linux ${machine.kernel}; ${machine.compiler}`,
    costs: {
      own: figure(
        costs.own,
        `a map+unmap over more lines less one over fewer, for each line, lower quartile of ${rounds}`,
      ),
      atomic: figure(costs.atomic, `locked addition to an own line, lower quartile of ${rounds}`),
      shared: figure(costs.shared, 'as that from another core: two CPUs cannot share with a third'),
      core: figure(
        costs.core,
        `half of a handover of a word between two cores, which moves its line twice, median of ${rounds}`,
      ),
      hold: {
        value: costs.hold,
        unit: 'ns',
        source:
          'not measured: what comes right behind a locked addition still finds the line, and nothing later does',
      },
      handover: figure(
        costs.handover,
        `a ticket lock from holder to holder less two moves of a line, median of ${rounds}`,
      ),
      map: byIndex(costs.map, left('a map', 'outside the lock')),
      search: byIndex(costs.search, left('a map', 'under the lock')),
      unmap: byIndex(costs.unmap, left('an unmap', 'outside the lock')),
      release: byIndex(costs.release, left('an unmap', 'under the lock')),
      copy: costs.copy.map(({ bytes, ns }) => ({
        bytes,
        ...figure(ns, `memcpy in a buffer larger than the caches, lower quartile of ${rounds}`),
      })),
    },
  })
}

/**
 * Measures the host. It shows one socket only: the model has no `socket`, and so is for machines of
 * one socket until that figure is added.
 *
 * @throws InputError where two CPUs cannot be had, so that no line can be moved; the signal's reason
 *   when it was aborted
 */
export async function calibrate({
  rounds = DEFAULT_ROUNDS,
  ...options
}: CalibrateOptions = {}): Promise<Calibration> {
  if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > MAX_ROUNDS) {
    throw new InputError(`rounds: expected a whole number from 1 to ${MAX_ROUNDS}, not ${rounds}`)
  }
  const native = await runNative({ kind: 'calibrate', rounds }, options)
  if (!native.pinned) {
    throw new InputError(
      'calibrate: expected two CPUs, to measure what a line costs that moves from one to the other; ' +
        'this process was not given them',
    )
  }
  const machine = host()
  return {
    host: machine,
    rounds,
    measured: measuresOf(native),
    model: modelOf(native, machine, rounds),
  }
}
