/**
 * Traces of the kernel's standard events, swiotlb:* and dma:*: mappings by their addresses.
 *
 * A map is the pool's exactly if it has a swiotlb_bounced. It is counted there, because the dma
 * event comes only after the copy into the bounce buffer, when other maps may long have followed;
 * but where an event says when the slots were taken, there.
 * Unmaps are paired by address.
 */

import { SLOT_BYTES } from '../../data/units.js'
import { AttemptCounts, WHY_NOT_BOUNCED } from '../attempts.js'
import { Spool } from '../bytes/spool.js'
import type { Segment, TraceEvent } from '../events/events.js'
import { FAILED_ADDRESS } from '../events/fields.js'
import type { ScanEnd } from '../events/scan.js'
import { Masks, maskOf } from '../masks.js'
import { OperationsBuilder } from '../operations-builder.js'
import { SlotSet, slotsAt } from '../slots.js'
import { DeviceNumbers } from '../steps/devices.js'
import { type Emitted, emitOperations, type PlacedMapping } from '../steps/emit.js'
import { StepFile } from '../steps/file.js'
import { StepQueue } from '../steps/queue.js'
import type { RecordedStep } from '../steps/records.js'
import { type Step, StepKind } from '../steps/step.js'
import type { PoolRange } from '../steps/where.js'
import type { Reading, TraceHints } from '../trace.js'
import { TraceError } from '../trace-error.js'
import { type Bounce, BounceJoiner } from './bounced.js'
import { provenPeak } from './bounds.js'
import { LiveMappings, type StandardMap, tellMap, type Unmapped } from './live.js'
import { OtherMaps, PoolPlace } from './place.js'
import { reasonsOf, warningsOf } from './words.js'

type UnmapEvent = TraceEvent & { readonly kind: 'unmap' }
type MapEvent = TraceEvent & { readonly kind: 'map' | 'map-list' }

/** Steps are held back so long, in events: what an unmap that comes late says belongs to them. */
const HELD_EVENTS = 4096

/** Reads events as they come, in constant memory: what is found out goes to a spool. */
export class StandardReader {
  /** To any trace of events, until something else does. */
  readonly applies = true
  readonly #hints: TraceHints
  readonly #place: PoolPlace
  readonly #bounces: BounceJoiner
  readonly #file = new StepFile(new Spool())
  readonly #queue = new StepQueue()
  readonly #live = new LiveMappings(this.#queue)
  /** Of the pool by their address alone: what counts where no bounce can be had. */
  readonly #unbounced = new LiveMappings(this.#queue)
  readonly #before: PlacedMapping[] = []
  readonly #uses = new SlotSet()
  readonly #devices = new DeviceNumbers()
  readonly #masks = new Masks()
  /** Maps that were not bounced. */
  #direct = 0
  /** Live maps that were not bounced, where it is not known which addresses are the pool's. */
  readonly #others = new OtherMaps()
  readonly #attempts = new AttemptCounts()
  readonly #failBounce = (bounce: Bounce): void => this.#fail(bounce)
  #sawUnmap = false
  #ids = 0
  #unknownLists = 0
  #sawMap = false

  constructor(hints: TraceHints, hasContext: boolean) {
    this.#hints = hints
    this.#place = new PoolPlace(hints)
    this.#bounces = new BounceJoiner(hasContext)
  }

  take(event: TraceEvent, position: number): void {
    switch (event.kind) {
      case 'bounced':
        this.#attempts.note(event)
        this.#bounces.add(event, position)
        this.#bounces.work(event.thread, position)
        break
      case 'map':
      case 'map-list':
        this.#sawMap = true
        this.#map(event, position)
        this.#bounces.work(event.thread, position)
        break
      case 'unmap':
        this.#sawUnmap = true
        this.#unmap(event, position)
        break
      case 'unmap-list': {
        this.#sawUnmap = true
        const key = `${event.device} ${event.list}`
        const unmapped: Unmapped = { position, cpu: event.cpu, ns: event.ns, noCopy: event.noCopy }
        const known = this.#live.unmapList(key, unmapped)
        this.#unbounced.unmapList(key, unmapped)
        if (!known) this.#unknownLists++
        break
      }
      default:
    }
    this.#bounces.expire(position, this.#failBounce)
    this.#queue.release(Math.min(position - HELD_EVENTS, this.#bounces.oldest), this.#file)
  }

  /** Gives back what is held; for a reader whose result is not wanted. */
  close(): void {
    this.#file.close()
  }

  get layout(): string {
    return this.#attemptsAlone ? 'attempts' : 'standard'
  }

  get #attemptsAlone(): boolean {
    return this.#bounces.count > 0 && !this.#sawMap && !this.#sawUnmap
  }

  /** The result; it yields where its caller may let others have their turn. */
  *finish(end: ScanEnd): Generator<void, Reading> {
    if (this.#attemptsAlone) return this.#attemptsReading(end)
    const { failed, underWay } = this.#bounces.finish()
    for (const bounce of failed) this.#fail(bounce)
    this.#queue.release(Number.POSITIVE_INFINITY, this.#file)
    const warnings: string[] = []
    const range = this.#range(warnings)
    // Without a single bounce the addresses are all there is; else only where bounces were lost.
    const emitted = yield* emitOperations(this.#file, {
      hints: this.#hints,
      range,
      start: this.#hints.start === undefined ? undefined : Number(this.#hints.start),
      devices: this.#devices.names,
      before: this.#before,
      mamOf: (step) => this.#mamOf(step),
      counts: ({ at, since }) => this.#bounces.count === 0 || end.gaps.between(since, at),
      failedAt: ({ at }) => !end.gaps.near(at),
    })
    const reading = yield* this.#reading(end, emitted, warnings, underWay)
    this.#file.close()
    return reading
  }

  /* Nothing of it takes part in a replay. */
  #attemptsReading({ lost }: ScanEnd): Reading {
    this.#file.close()
    return {
      lost,
      pool: {},
      usedBefore: 0,
      unplacedBefore: 0,
      operations: new OperationsBuilder(new Spool()).finish(),
      attempts: this.#attempts.finish(),
      maps: 0,
      unmaps: 0,
      failedMaps: 0,
      failedSlots: 0,
      elsewhere: [],
      direct: 0,
      unfinished: 0,
      warnings: [],
    }
  }

  *#reading(
    end: ScanEnd,
    emitted: Emitted,
    warnings: string[],
    unfinished: number,
  ): Generator<void, Reading> {
    const { lostUnmaps, lostMaps, placedSlots } = emitted
    const beforeSlots = emitted.beforeSlots
    const usedBefore = Math.max(beforeSlots, this.#hints.usedBefore ?? 0)
    if (emitted.reading.maps === 0 && emitted.reading.elsewhere.length > 0 && this.#place.known) {
      const { from } = this.#place.known
      warnings.push(
        `none of the bounced maps lies in the pool, said to start at 0x${from.toString(16)}: is that its ` +
          'bus address? (--pool-start)',
      )
    }
    const bounces = this.#bounces.count
    warnings.push(
      ...warningsOf({
        bounces,
        joined: this.#bounces.joined,
        unknownLists: this.#unknownLists,
        unplaced: beforeSlots - placedSlots,
      }),
    )
    const reasons = [...end.lost.reasons, ...reasonsOf(emitted, bounces)]
    const lostEvents = Math.max(end.lost.events, lostUnmaps + lostMaps + this.#lostBounces(emitted))
    const low = lostEvents > 0 ? yield* provenPeak(this.#file, emitted.inPool, end.gaps) : 0
    return {
      ...emitted.reading,
      lost: { events: lostEvents, reasons },
      pool: {},
      attempts: this.#attempts.finish(),
      usedBefore,
      unplacedBefore: usedBefore - placedSlots,
      direct: this.#direct,
      unfinished,
      ...(lostEvents > 0 && {
        peakBounds: { low, ...(this.#hints.nslabs && { high: this.#hints.nslabs }) },
      }),
      warnings,
    }
  }

  #lostBounces({ withoutBounce }: Emitted): number {
    return this.#bounces.count > 0 ? withoutBounce : 0
  }

  #fail({ position: at, cpu, device, orig, size, ns }: Bounce): void {
    const step = this.#queue.add(StepKind.failed, at)
    step.cpu = cpu
    step.device = this.#devices.of(device)
    step.orig = orig
    step.size = size
    step.ns = ns
  }

  #map(event: MapEvent, position: number): void {
    if (event.kind === 'map') {
      this.#segment(event, event, position)
      return
    }
    const { segments } = event
    const key = `${event.device} ${event.list}`
    const maps: StandardMap[] = []
    const unbounced: StandardMap[] = []
    for (let i = segments.length - 1; i >= 0; i--) {
      const map = this.#segment(event, segments[i] as Segment, position)
      if (map) (map.unbounced ? unbounced : maps).push(map)
    }
    maps.reverse()
    if (unbounced.length > 0) this.#unbounced.addList(key, unbounced)
    for (const bounce of event.hidden > 0 ? this.#bounces.joinHidden(event) : []) {
      maps.push(this.#begin(event, position, { ...bounce, bus: undefined }, bounce))
    }
    // Also of a list that was not bounced: then its unmap is known.
    this.#live.addList(key, maps)
  }

  #segment(event: MapEvent, segment: Segment, position: number): StandardMap | undefined {
    const { bus, orig, size } = segment
    // An address that is the memory's own was never bounced.
    const bounce = bus === orig ? undefined : this.#bounces.join(event, segment)
    if (bus === FAILED_ADDRESS) {
      if (bounce) this.#fail(bounce)
      return undefined
    }
    if (bounce) {
      const map = this.#begin(event, position, segment, bounce)
      this.#place.noteBounced(bus, size)
      if (!this.#place.known || this.#place.has(bus)) this.#masks.note(map.number, orig, bus)
      return map
    }
    this.#direct++
    if (bus === orig) this.#place.noteDirect(bus)
    else if (this.#place.has(bus)) return this.#beginUnbounced(event, position, segment)
    if (!this.#place.known && event.kind === 'map') this.#others.begin(event.device, bus)
    return undefined
  }

  #begin(
    event: MapEvent,
    position: number,
    { orig, size, bus }: Pick<Segment, 'orig' | 'size'> & { readonly bus: number | undefined },
    bounce: Pick<Bounce, 'position' | 'ns'>,
  ): StandardMap {
    const atTaking = event.kind === 'map' && event.atTaking === true
    const { position: counted, ns } = atTaking ? { position, ns: event.ns } : bounce
    const map = this.#mapping(event, orig, size, bus, counted, ns, position, false, -1)
    this.#live.add(map)
    if (bus !== undefined) this.#uses.add(bus, map.slots)
    this.#pushMap(map)
    return map
  }

  #beginUnbounced(event: MapEvent, position: number, { orig, size, bus }: Segment): StandardMap {
    const since = this.#bounces.lastOf(event.thread)
    const map = this.#mapping(event, orig, size, bus, position, event.ns, position, true, since)
    this.#unbounced.add(map)
    if (this.#bounces.count === 0) {
      this.#uses.add(bus, map.slots)
      this.#masks.note(map.number, orig, bus)
    }
    this.#pushMap(map)
    return map
  }

  #mapping(
    { device, cpu, dir }: MapEvent,
    orig: number,
    size: number,
    bus: number | undefined,
    counted: number,
    ns: number,
    mapped: number,
    unbounced: boolean,
    since: number,
  ): StandardMap {
    return {
      id: this.#ids++,
      device,
      number: this.#devices.of(device),
      cpu,
      dir,
      slots: slotsAt(bus ?? 0, size),
      ended: undefined,
      cutShort: undefined,
      list: undefined,
      orig,
      size,
      bus,
      counted,
      ns,
      mapped,
      unbounced,
      since,
    }
  }

  #pushMap(map: StandardMap): void {
    const step = this.#queue.add(StepKind.map, map.counted)
    tellMap(step, map)
    step.cpu = map.cpu
    step.ns = map.ns
    step.dir = map.dir
    const mapped = this.#queue.add(StepKind.mapped, map.mapped)
    mapped.id = map.id
    mapped.cpu = map.cpu
  }

  #unmap(event: UnmapEvent, position: number): void {
    const { device, bus, cpu, ns, noCopy } = event
    const unmapped: Unmapped = { position, cpu, ns, noCopy }
    if (this.#live.unmap(device, bus, unmapped)) return
    if (this.#unbounced.unmap(device, bus, unmapped)) return
    if (this.#place.known ? !this.#place.has(bus) : this.#others.end(device, bus)) return
    this.#unmapUnknown(event, position)
  }

  /* Of a map that the trace does not show. */
  #unmapUnknown(event: UnmapEvent, position: number): void {
    const { bus, size, cpu, noCopy } = event
    const slots = slotsAt(bus, size)
    const device = this.#devices.of(event.device)
    const orig = bus % (2 * SLOT_BYTES)
    // Others had its slots in between: its map is missing, and it is counted only here.
    if (this.#uses.hasAny(bus, slots)) {
      const id = this.#ids++
      this.#addUnknown(StepKind.map, event, position, id, device, orig).unseen = true
      this.#addUnknown(StepKind.unmap, event, position, id, device, orig).noCopy = noCopy
    } else {
      const id = this.#before.length
      this.#addUnknown(StepKind.unmapBefore, event, position, id, device, 0).noCopy = noCopy
      this.#before.push({ device, cpu, bus, size, orig })
    }
    this.#uses.add(bus, slots)
  }

  #addUnknown(
    kind: Step['kind'],
    { bus, size, cpu, ns }: UnmapEvent,
    position: number,
    id: number,
    device: number,
    orig: number,
  ): RecordedStep {
    const step = this.#queue.add(kind, position)
    step.id = id
    step.cpu = cpu
    step.device = device
    step.orig = orig
    step.size = size
    step.bus = bus
    step.ns = ns
    return step
  }

  /* A map's own addresses overrule its device's mask, so that its slots are those of the kernel. */
  #mamOf({ device, orig, bus, kind }: Pick<Step, 'device' | 'orig' | 'bus' | 'kind'>): number {
    const offset = Number.isNaN(bus) ? 0 : bus % SLOT_BYTES
    const guess = kind === StepKind.unmapBefore && offset > 0 ? SLOT_BYTES - 1 : 0
    const known = this.#masks.of(device) ?? guess
    if (Number.isNaN(bus) || (orig & known & (SLOT_BYTES - 1)) === offset) return known
    return maskOf(orig, bus)
  }

  /* Where the pool lies: as was said, or where maps were bounced to. */
  #range(warnings: string[]): PoolRange | undefined {
    const { file } = this.#hints
    if (!this.#sawMap) {
      throw new TraceError(
        file,
        0,
        'no dma_map event: the trace does not show what was mapped and unmapped',
        'events dma:* (Linux 6.12 or later) beside swiotlb:*, or the probes that record the allocator itself',
      )
    }
    if (this.#place.known) return this.#place.known
    if (this.#bounces.count === 0) {
      throw new TraceError(
        file,
        0,
        `no swiotlb_bounced event, and the place of the pool is unknown (${WHY_NOT_BOUNCED})`,
        'events swiotlb:*, or the start and the slots of the pool (--pool-start, --slots)',
      )
    }
    return this.#place.find(warnings)
  }
}
