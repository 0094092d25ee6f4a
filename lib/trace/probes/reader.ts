/**
 * Traces recorded with probes in the allocator and at its counter: every map and unmap with the
 * slots that the kernel took, in the order of the kernel's counter.
 *
 * Events go through three stages. The joiner and the recovery put them together (`rules.ts` decides
 * what belongs to what), the order puts the steps in their places; each step has a window of events
 * in which it moved the counter:
 *
 *     a map                           from its begin to tlb_inc, which fires behind the addition
 *     an unmap                        from tlb_dec, which fires before the subtraction, to its end
 *     an unmap that nobody saw        as the rule says by which it is known
 *     a map of which only the unmap   from when its slots had become free to the unmap
 *       was seen
 */
import { countOf, SLOT_BYTES, verbOf } from '../../data/units.js'
import { Spool } from '../bytes/spool.js'
import type { TraceEvent } from '../events/events.js'
import type { ScanEnd } from '../events/scan.js'
import { RecentMap } from '../recent.js'
import { offsetOfMap, slotsOfMap, startOf } from '../slots.js'
import { DeviceNumbers } from '../steps/devices.js'
import { emitOperations, type PlacedMapping } from '../steps/emit.js'
import { StepFile } from '../steps/file.js'
import { type Step, StepKind, stepOf } from '../steps/step.js'
import { knownRange } from '../steps/where.js'
import type { PoolFacts, Reading, TraceHints } from '../trace.js'
import { Decisions } from './decide.js'
import { ProbeJoiner } from './joiner.js'
import type { ProbedMap, ProbedUnmap } from './open.js'
import { CounterOrder } from './order.js'
import { Recovery } from './recover.js'
import {
  countedMap,
  countedUnmap,
  counterSteps,
  lostUnmap,
  unknownMap,
  unseenReturns,
} from './rules.js'

/** A step is put in its place so many events later: by then all that may come before it is known. */
const HELD_EVENTS = 32768
/** Unmaps that wait for their dma event. */
const MAX_RECENT = 16384
/** So many maps without any event at the counter: it was not recorded. */
const MAX_UNCOUNTED = 4096
/** What comes when a map has its slots, however it was recorded. */
const RETURNS: ReadonlySet<string> = new Set(['probe-map-done', 'probe-return', 'probe-taken'])
/** Pools that are told apart; the rarest are forgotten. */
const MAX_STARTS = 4096

/** When, where and how a mapping was unmapped: between two positions. */
interface StepEnd extends Pick<Step, 'cpu' | 'ns' | 'unseen'> {
  readonly open: number
  readonly close: number
}

/** Reads events as they come, in constant memory: what is found out goes to a spool. */
export class ProbedReader {
  readonly layout = 'probes'
  /** What decided to which map and unmap the events belong, and how often. */
  readonly decisions = new Decisions()
  readonly #hints: TraceHints
  readonly #file = new StepFile(new Spool())
  readonly #order = new CounterOrder<Step>(this.decisions, (step) => this.#file.write(step))
  readonly #recovery = new Recovery(this.decisions, (map, window) => {
    const { open, close, cpu } = window
    this.#endStep(map, map.slots, { open, close, cpu, ns: Number.NaN, unseen: true })
  })
  readonly #joiner: ProbeJoiner
  readonly #ids = new Map<ProbedMap, number>()
  readonly #devices = new DeviceNumbers()
  readonly #before: PlacedMapping[] = []
  readonly #starts = new Map<number, number>()
  readonly #lost = { adds: 0, subs: 0, late: 0 }
  #nextId = 0
  #peak = 0
  #odd = 0
  #probes = 0
  #hasBegun = false
  /** Maps without any event at the counter. */
  #uncounted = 0
  #hasGivenUp = false
  /** Unmaps whose dma events may still come, by address. */
  readonly #recent = new RecentMap<number, Step>(MAX_RECENT)
  #listsWithoutCopy = 0

  constructor(hints: TraceHints) {
    this.#hints = hints
    const start = hints.start === undefined ? undefined : Number(hints.start)
    this.#joiner = new ProbeJoiner(start, this.decisions, {
      map: (map) => this.#map(map),
      failed: (map) => this.#fail(map),
      unmapBegins: (bus, map, position) => this.#recovery.unmapBegins(bus, map, position),
      unmap: (unmap) => this.#unmap(unmap),
    })
  }

  /** Whether the trace has the probes at the counter. */
  get applies(): boolean {
    return this.#probes > 0
  }

  take(event: TraceEvent, position: number): void {
    if (this.#hasGivenUp) return
    if (event.kind === 'probe-add') this.#probes++
    this.#hasBegun ||= event.kind.startsWith('probe-')
    if (this.#probes === 0 && RETURNS.has(event.kind)) {
      this.#uncounted++
      if (this.#uncounted > MAX_UNCOUNTED) this.#giveUp()
    }
    if (event.kind === 'unmap') this.#copyOf(event.bus, event.noCopy)
    if (event.kind === 'unmap-list' && event.noCopy) this.#listsWithoutCopy++
    // Before the first probe nothing can be joined; most traces have none.
    if (this.#hasBegun) this.#joiner.take(event, position)
    this.#recovery.take(event, position)
    this.#order.advance(position - HELD_EVENTS)
  }

  /** Gives back what is held; for a reader whose result is not wanted. */
  close(): void {
    this.#file.close()
  }

  /* Nothing was recorded at the counter: then the other readers know as much. */
  #giveUp(): void {
    this.close()
    this.#hasGivenUp = true
  }

  /** The result; it yields where its caller may let others have their turn. */
  *finish(end: ScanEnd): Generator<void, Reading> {
    const underWay = this.#joiner.finish(end.events)
    this.#recovery.finish(end.events)
    this.#order.finish()
    yield
    const warnings: string[] = []
    const start = this.#start(warnings)
    const pool: PoolFacts = start === undefined ? {} : { start: BigInt(start) }
    const hints = { ...this.#hints, ...pool }
    const emitted = yield* emitOperations(this.#file, {
      hints,
      range: knownRange(hints),
      start,
      devices: this.#devices.names,
      before: this.#before,
      mamOf: ({ mam, bus }) =>
        Number.isNaN(mam) ? (bus % SLOT_BYTES === 0 ? 0 : SLOT_BYTES - 1) : mam,
      counts: () => true,
      failedAt: () => true,
    })
    this.#file.close()
    const losses = this.#losses()
    const { jumpedSlots, before } = this.#order
    const jumps = this.decisions.of(counterSteps.jumped)
    if (jumps > 0) {
      losses.push([
        jumps,
        `the kernel's counter moved without an event ${countOf(jumps, 'time')}, by ${countOf(jumpedSlots, 'slot')} in all`,
      ])
    }
    if (this.#listsWithoutCopy > 0) {
      warnings.push(
        `${this.#listsWithoutCopy} dma_unmap_sg copied nothing back (SKIP_CPU_SYNC); virtual time has the copies`,
      )
    }
    if (this.#odd > 0) {
      warnings.push(
        `${countOf(this.#odd, 'map')} took another number of slots than size and masks explain`,
      )
    }
    const lostEvents = losses.reduce((sum, [events]) => sum + events, end.lost.events)
    // Every addition seen, and all of them explained: the highest is the kernel's own mark.
    const exact = end.gaps.count === 0 && jumps === 0 && this.#lost.adds === 0
    const { placedSlots } = emitted
    const usedBefore = Math.max(before ?? 0, this.#hints.usedBefore ?? 0, placedSlots)
    return {
      ...emitted.reading,
      lost: { events: lostEvents, reasons: [...end.lost.reasons, ...losses.map(([, why]) => why)] },
      pool,
      usedBefore,
      unplacedBefore: usedBefore - placedSlots,
      direct: 0,
      unfinished: underWay,
      kernelPeak: this.#peak,
      ...(lostEvents > 0 && { peakBounds: this.#bounds(exact) }),
      warnings,
    }
  }

  #bounds(exact: boolean): { low: number; high?: number } {
    const { nslabs } = this.#hints
    if (exact) return { low: this.#peak, high: this.#peak }
    return nslabs === undefined ? { low: this.#peak } : { low: this.#peak, high: nslabs }
  }

  /* Only the dma event of an unmap, which comes behind its probes, says that nothing was copied. */
  #copyOf(bus: number, noCopy: boolean): void {
    const step = this.#recent.get(bus)
    if (step) step.noCopy = noCopy
    this.#recent.delete(bus)
  }

  #map(map: ProbedMap): void {
    this.#recovery.map(map)
    const { slots, found, began, counted, bus, slot, orig, am, mam } = map
    this.#peak = Math.max(this.#peak, (found ?? 0) + slots)
    if (found === undefined) this.#lost.adds++
    if (slotsOfMap(orig, map.size, am, mam) !== slots) this.#odd++
    if (bus !== undefined && slot !== undefined) this.#vote(bus, slot, map)
    const id = this.#nextId++
    this.#ids.set(map, id)
    const step = this.#step(StepKind.map, map, counted, id)
    this.#order.add({ delta: slots, found, open: began, close: counted, act: step })
  }

  #fail(map: ProbedMap): void {
    const { ended } = map
    const nowhere = { ...map, bus: undefined, slot: undefined }
    const step = this.#step(StepKind.failed, nowhere, ended, 0)
    this.#order.add({ delta: 0, open: ended, close: ended, act: step })
  }

  #unmap(unmap: ProbedUnmap): void {
    const { map, slots, counted: open, ended: close, cpu, ns } = unmap
    if (slots === undefined) this.#lost.subs++
    if (!map) {
      this.#unknown(unmap)
      return
    }
    this.#recovery.unmap(map, close)
    this.#endStep(map, slots ?? map.slots, { open, close, cpu, ns, unseen: false })
  }

  #endStep(map: ProbedMap, slots: number, how: StepEnd): void {
    const id = this.#ids.get(map)
    if (id === undefined) {
      // It was taken to have ended before.
      this.#lost.late++
      return
    }
    this.#ids.delete(map)
    const { open, close, cpu, ns, unseen } = how
    const { device, orig, size, am, mam, dir, bus = Number.NaN, slot = Number.NaN } = map
    const number = this.#devices.of(device)
    const at = close
    const facts = { at, id, cpu, device: number, orig, size, am, mam, dir, bus, slot, ns, unseen }
    const step = stepOf(StepKind.unmap, facts)
    this.#order.add({ delta: -slots, open, close, act: step })
    if (map.bus !== undefined) this.#recent.set(map.bus, step)
  }

  /* Only address and slots are known. */
  #unknown(unmap: ProbedUnmap): void {
    const { cpu, device, bus, ns, counted, ended } = unmap
    const offset = bus % SLOT_BYTES
    const least = Math.ceil((offset + unmap.size) / SLOT_BYTES)
    const slots = unmap.slots ?? least
    const size = least === slots ? unmap.size : slots * SLOT_BYTES - offset
    const { live, mapOpen } = this.#recovery.unknown(unmap, slots)
    const facts = {
      at: counted,
      cpu,
      device: this.#devices.of(device),
      orig: offset,
      size,
      bus,
      ns,
    }
    if (live) {
      const id = this.#before.length
      this.#before.push({ device: facts.device, cpu, bus, size, orig: offset })
      const step = stepOf(StepKind.unmapBefore, { ...facts, id })
      this.#order.add({ delta: -slots, open: counted, close: ended, act: step })
      return
    }
    const id = this.#nextId++
    const map = stepOf(StepKind.map, { ...facts, ns: Number.NaN, id, unseen: true })
    this.#order.add({ delta: slots, open: mapOpen, close: counted, act: map })
    const step = stepOf(StepKind.unmap, { ...facts, id })
    this.#order.add({ delta: -slots, open: counted, close: ended, act: step })
  }

  #step(kind: Step['kind'], map: ProbedMap, at: number, id: number): Step {
    const { cpu, orig, size, am, mam, dir, bus = Number.NaN, slot = Number.NaN, ns } = map
    const device = this.#devices.of(map.device)
    return stepOf(kind, { at, id, cpu, device, orig, size, am, mam, dir, bus, slot, ns })
  }

  /* Slot and address of a map show where its pool starts. */
  #vote(bus: number, slot: number, { orig, am, mam }: ProbedMap): void {
    const start = startOf(bus, slot, offsetOfMap(orig, am, mam))
    this.#starts.set(start, (this.#starts.get(start) ?? 0) + 1)
    if (this.#starts.size <= MAX_STARTS) return
    for (const [rare, votes] of this.#starts) if (votes === 1) this.#starts.delete(rare)
  }

  /* Of the pools that maps show: the one that was said, else that of most maps. */
  #start(warnings: string[]): number | undefined {
    const { start: hint } = this.#hints
    const said = hint === undefined ? undefined : Number(hint)
    if (this.#starts.size === 0) return said
    if (said !== undefined && this.#starts.has(said)) return said
    const [[most, votes]] = [...this.#starts].sort((a, b) => b[1] - a[1]) as [[number, number]]
    if (said !== undefined) {
      warnings.push(
        `the pool was said to start at 0x${said.toString(16)}, but the trace shows ` +
          `0x${most.toString(16)} for ${countOf(votes, 'map')}, which is used`,
      )
    }
    return most
  }

  /* What is known to be missing: how many events, and in words. */
  #losses(): [number, string][] {
    const { adds, subs, late } = this.#lost
    const { decisions } = this
    const seen = decisions.of(...lostUnmap.rules)
    const unseen = decisions.of(lostUnmap.otherwise)
    const unreturned = this.#joiner.showsReturns ? decisions.of(...unseenReturns) : 0
    const unmapped = decisions.of(...unknownMap.rules)
    const has = (n: number): string => verbOf(n, 'has', 'have')
    const its = (n: number): string => verbOf(n, 'its', 'their')
    const reasons: [number, string, (n: number) => string][] = [
      [
        seen + unseen,
        'unmap',
        (n) =>
          `${has(n)} no probe events (missed kprobes, see kprobe_profile): ${seen} ` +
          `${verbOf(seen, 'is', 'are')} known from dma events, ${unseen} from slots that were taken again`,
      ],
      [
        unmapped,
        'map',
        (n) => `${has(n)} no events, only ${its(n)} ${verbOf(n, 'unmap', 'unmaps')}`,
      ],
      [adds, 'map', (n) => `${has(n)} no event at the counter`],
      [subs, 'unmap', (n) => `${has(n)} no event at the counter`],
      [
        decisions.of(countedMap.otherwise),
        'event',
        (n) => `tlb_inc ${has(n)} no swiotlb_map: sizes and masks may be unknown`,
      ],
      [decisions.of(countedUnmap.otherwise), 'event', (n) => `tlb_dec ${has(n)} no swiotlb_unmap`],
      [late, 'unmap', (n) => `came when ${its(n)} slots seemed to be free already`],
      [unreturned, 'map', (n) => `${has(n)} no event of ${its(n)} return`],
    ]
    return reasons
      .filter(([events]) => events > 0)
      .map(([events, noun, why]) => [events, `${countOf(events, noun)} ${why(events)}`])
  }
}
