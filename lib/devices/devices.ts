/** `devices`: who holds the slots. */
import { follow } from '../data/follow.js'
import { optionsOf } from '../data/options.js'
import { countOf, verbOf } from '../data/units.js'
import type { DevicesResult, DeviceUse, Suspect } from '../results/devices.js'
import { watched } from '../results/options.js'
import type { Progress } from '../results/variant.js'
import { checkTrace, demandPieces, OperationKind, originOf, type Trace } from '../trace/index.js'
import { attemptsBy } from './attempts.js'
import { DeviceTally, type LiveMap } from './tally.js'

export interface DevicesOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** Slots that are lost to nobody's attention; a leak is more. */
const FEW_SLOTS = 8

/** Whether a device holds more after each quarter than after the one before. */
const growsOnly = ({ slotsByQuarter: [a, b, c, d] }: DeviceUse): boolean =>
  a < b && b < c && c < d && d - a >= FEW_SLOTS

const suspectOf = ({ device, slotsByQuarter }: DeviceUse): Suspect => ({ device, slotsByQuarter })

/** Counts what all devices do. */
class Tallies {
  readonly #names: readonly string[]
  readonly #tallies = new Map<number, DeviceTally>()
  readonly #live = new Map<number, LiveMap>()
  #quarters = 0
  #used: number
  #peak: number

  /** @param inUse slots of which nothing is known but that they are in use */
  constructor(names: readonly string[], inUse: number) {
    this.#names = names
    this.#used = inUse
    this.#peak = inUse
  }

  get peak(): number {
    return this.#peak
  }

  of(number: number): DeviceTally {
    const known = this.#tallies.get(number)
    if (known) return known
    const tally = new DeviceTally(this.#names[number] ?? '', this.#quarters)
    this.#tallies.set(number, tally)
    return tally
  }

  begin(id: number, live: LiveMap): void {
    this.#live.set(id, live)
    this.#used += live.slots
    if (this.#used <= this.#peak) return
    this.#peak = this.#used
    for (const tally of this.#tallies.values()) tally.notePoolPeak()
  }

  end(id: number, ns: number): void {
    const live = this.#live.get(id)
    if (!live) return
    this.#live.delete(id)
    live.of.unmap(live, ns)
    this.#used -= live.slots
  }

  endQuarter(): void {
    this.#quarters++
    for (const tally of this.#tallies.values()) tally.endQuarter()
  }

  finish(seconds: number | null, endNs: number): DeviceUse[] {
    const oldest = new Map<DeviceTally, number>()
    for (const { of, ns } of this.#live.values()) {
      const before = oldest.get(of)
      if (before === undefined || ns < before) oldest.set(of, ns)
    }
    return [...this.#tallies.values()]
      .map((tally) => tally.finish(seconds, endNs, oldest.get(tally) ?? Number.NaN))
      .sort((a, b) => b.peakSlots - a.peakSlots || (a.device < b.device ? -1 : 1))
  }
}

const schema = optionsOf<DevicesOptions>(watched)

/**
 * By device: live and peak slots, rate, sizes, hold times, and maps that have no unmap.
 *
 * @throws the signal's reason when it was aborted
 */
export function devices(trace: Trace, options: DevicesOptions = {}): Promise<DevicesResult> {
  return follow(schema, options, (followed) => devicesOf(trace, followed))
}

async function devicesOf(
  trace: Trace,
  { signal, onProgress }: DevicesOptions,
): Promise<DevicesResult> {
  checkTrace(trace)
  const tallies = new Tallies(trace.devices?.names ?? [], trace.unplacedBefore)
  const total = trace.operations.length
  let begin = Number.NaN
  let end = Number.NaN
  let at = 0
  for await (const { operations, times, devices: numbers } of demandPieces(trace, signal)) {
    onProgress?.({
      phase: `${trace.file}: by device`,
      done: at / total,
      work: { count: at, unit: 'operation' },
    })
    for (let i = 0; i < operations.length; i++, at++) {
      const ns = times[i] ?? Number.NaN
      if (!Number.isNaN(ns)) {
        if (Number.isNaN(begin)) begin = ns
        end = ns
      }
      const kind = operations.kind(i)
      const id = operations.id(i)
      const number = numbers[i] ?? Number.NaN
      if (kind === OperationKind.map || kind === OperationKind.place) {
        const before = kind === OperationKind.place
        const size = operations.size(i)
        tallies.begin(id, tallies.of(number).map(operations.slots(i), size, ns, before))
      } else if (kind === OperationKind.unmap) {
        tallies.end(id, ns)
      } else if (kind === OperationKind.failed) {
        tallies.of(number).fail(operations.size(i))
      }
      // After each quarter of the operations.
      if (Math.floor((4 * (at + 1)) / total) > Math.floor((4 * at) / total)) tallies.endQuarter()
    }
  }
  const seconds = Number.isNaN(begin) ? null : (end - begin) / 1e9
  const all = tallies.finish(seconds, end)
  const warnings = [...trace.warnings]
  const alone = trace.layout === 'attempts'
  if (!trace.devices && !alone) {
    warnings.push('the trace names no devices: all its mappings stand in one line')
  }
  const lossy = trace.lost.events > 0 || trace.lost.reasons.length > 0
  if (lossy) {
    warnings.push(
      `events were lost (${trace.lost.reasons.join('; ')}): a map without an unmap may only have lost it`,
    )
  }
  if (trace.unplacedBefore > 0) {
    warnings.push(
      `${countOf(trace.unplacedBefore, 'slot')} ${verbOf(trace.unplacedBefore, 'was', 'were')} in use before the trace, nobody knows whose`,
    )
  }
  return {
    trace: {
      ...originOf(trace),
      lostEvents: trace.lost.events,
    },
    seconds,
    attempts: alone ? attemptsBy(trace.attempts ?? []) : [],
    devices: all,
    poolPeakSlots: tallies.peak,
    certainPeakSlots: lossy ? (trace.peakBounds?.low ?? 0) : null,
    suspects: all.filter(growsOnly).map(suspectOf),
    warnings,
  }
}
