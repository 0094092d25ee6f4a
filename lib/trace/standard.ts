/**
 * Traces of the kernel's standard events, swiotlb:* and dma:*: mappings by their addresses.
 *
 * A map is counted at its swiotlb_bounced, because the dma event comes only after the copy into the
 * bounce buffer, when other maps may long have followed. Unmaps are paired by address.
 */

import { type Bounces, joinBounces } from './bounced.js'
import { provenPeak } from './bounds.js'
import { type Act, countBelow, emitOperations, type FailedMap, type Mapping } from './emit.js'
import type { Segment, TraceEvent } from './events.js'
import { FAILED_ADDRESS } from './fields.js'
import { FirstUse } from './first-use.js'
import { LiveMappings, type StandardMap } from './live.js'
import { inferMasks } from './masks.js'
import { SLOT_BYTES, slotsOfMap } from './operations.js'
import type { Scan } from './scan.js'
import type { Reading, TraceHints } from './trace.js'
import { TraceError } from './trace-error.js'

/** Addresses of the pool: from <= address < to. */
interface Range {
  readonly from: number
  readonly to: number
}

/** Reads a trace of standard events. Throws TraceError if it cannot show what was mapped. */
export function readStandard(scan: Scan, hints: TraceHints): Reading {
  const warnings: string[] = []
  const bounces = joinBounces(scan)
  const range = poolRange(scan, bounces, hints, warnings)
  const live = new LiveMappings()
  const before: StandardMap[] = []
  const uses = new FirstUse()
  let unknownLists = 0
  let lostMaps = 0
  scan.events.forEach((event, position) => {
    if (event.kind === 'map' || event.kind === 'map-list') {
      const maps = mapsOf(event, position, scan, bounces, range)
      for (const map of maps) {
        live.add(map)
        if (map.bus !== undefined) uses.note(map.bus, map.slots, position)
      }
      if (event.kind === 'map-list') live.addList(`${event.device} ${event.list}`, maps)
    } else if (event.kind === 'unmap' && isInside(range, event.bus)) {
      if (live.unmap(event.bus, position, event.cpu)) return
      const map = withoutMap(event, position)
      // Others had its slots in between: its map is missing, and it is counted only here.
      if (uses.takenBefore(event.bus, map.slots, position)) {
        map.counted = position
        live.addEnded(map)
        lostMaps++
      } else {
        before.push(map)
      }
      uses.note(event.bus, map.slots, -1)
    } else if (event.kind === 'unmap-list') {
      const key = `${event.device} ${event.list}`
      if (!live.unmapList(key, position, event.cpu)) unknownLists++
    }
  })
  const lost = live.endLost()
  if (unknownLists > 0) {
    warnings.push(
      `${unknownLists} dma_unmap_sg belong to no dma_map_sg in the trace: what they freed is unknown`,
    )
  }
  return assemble({ scan, hints, bounces, live, before, lost, lostMaps, warnings })
}

interface Parts {
  readonly scan: Scan
  readonly hints: TraceHints
  readonly bounces: Bounces
  readonly live: LiveMappings
  readonly before: readonly StandardMap[]
  readonly lost: readonly StandardMap[]
  readonly lostMaps: number
  readonly warnings: string[]
}

function assemble(parts: Parts): Reading {
  const { scan, hints, bounces, live, before, lost, lostMaps, warnings } = parts
  const reasons = [...scan.lost.reasons]
  if (lost.length > 0) {
    reasons.push(`${lost.length} unmaps are missing: their slots were taken again without them`)
  }
  if (lostMaps > 0) reasons.push(`${lostMaps} maps are missing: only their unmaps were seen`)
  const lostEvents = Math.max(scan.lost.events, lost.length + lostMaps)

  const masks = inferMasks(
    live.all.flatMap((map) => (map.bus === undefined ? [] : [{ ...map, bus: map.bus }])),
  )
  const mappings = new Map<StandardMap, Mapping>()
  for (const map of [...before, ...live.all]) mappings.set(map, mappingOf(map, masks, hints))
  const placed = before.map((map) => mappings.get(map) as Mapping).filter(isPlaced)
  const placedSlots = placed.reduce(
    (sum, { orig, size, am, mam }) => sum + slotsOfMap(orig, size, am, mam),
    0,
  )
  const beforeSlots = before.reduce((sum, map) => sum + map.slots, 0)
  const usedBefore = Math.max(beforeSlots, hints.usedBefore ?? 0)
  if (placed.length < before.length) {
    warnings.push(
      `${beforeSlots - placedSlots} slots were live before the trace, but the pool's start is unknown: ` +
        'they stay in use to the end',
    )
  }

  const steps: { at: number; act: Act }[] = []
  const at = (position: number): number => scan.events[Math.floor(position)]?.ns ?? Number.NaN
  for (const [map, mapping] of mappings) {
    const early = map.counted < 0
    if (!early) steps.push({ at: map.counted, act: { kind: 'map', mapping, ns: at(map.counted) } })
    if (map.unmapped !== undefined && (!early || isPlaced(mapping))) {
      const { unmapped, unmapCpu: cpu } = map
      steps.push({ at: unmapped, act: { kind: 'unmap', mapping, cpu, ns: at(unmapped) } })
    }
  }
  steps.sort((a, b) => a.at - b.at)

  const times = steps.map((step) => step.at)
  // Proven is what is seen to end, and only from its dma event on: the count above comes earlier.
  const lives = [...before, ...live.all]
    .filter((map) => map.unmapped !== undefined && !lost.includes(map))
    .map(({ slots, mapped, unmapped: to }) => ({
      slots,
      from: mapped < 0 ? undefined : mapped,
      to,
    }))
  const unmapped = steps.filter(({ act }) => act.kind === 'unmap').length
  const failures = bounces.failed.map((bounce) =>
    failureOf(scan.events[bounce] as TraceEvent, countBelow(times, bounce), masks),
  )
  return {
    lost: { events: lostEvents, reasons },
    pool: {},
    usedBefore,
    unplacedBefore: usedBefore - placedSlots,
    ...emitOperations(
      placed,
      steps.map((step) => step.act),
      failures,
      hints,
    ),
    maps: live.all.length - lostMaps,
    unmaps: unmapped - lost.length,
    failedMaps: failures.length,
    failedSlots: failures.reduce((sum, { slots }) => sum + slots, 0),
    ...(lostEvents > 0 && {
      peakBounds: {
        low: provenPeak(lives, scan.gaps),
        ...(hints.nslabs && { high: hints.nslabs }),
      },
    }),
    warnings,
  }
}

/* Only addresses inside the pool are bounced. */
function poolRange(scan: Scan, bounces: Bounces, hints: TraceHints, warnings: string[]): Range {
  if (!scan.events.some((event) => event.kind === 'map' || event.kind === 'map-list')) {
    throw new TraceError(
      hints.file,
      0,
      'no dma_map event: the trace does not show what was mapped and unmapped',
      'events dma:* (Linux 6.12 or later) beside swiotlb:*, or the probes that record the allocator itself',
    )
  }
  const from = hints.start === undefined ? undefined : Number(hints.start)
  if (bounces.count === 0) {
    if (from === undefined || hints.nslabs === undefined) {
      throw new TraceError(
        hints.file,
        0,
        'no swiotlb_bounced event, and the place of the pool is unknown',
        'events swiotlb:*, or the start and the slots of the pool',
      )
    }
    warnings.push(
      'no swiotlb_bounced events: maps are counted after their copy, so peaks are too low',
    )
  }
  if (from !== undefined && hints.nslabs !== undefined) {
    return { from, to: from + hints.nslabs * SLOT_BYTES }
  }
  let low = Number.POSITIVE_INFINITY
  let high = 0
  for (const { bus, size } of bounces.of.keys()) {
    low = Math.min(low, bus)
    high = Math.max(high, bus + size)
  }
  warnings.push(
    'start or slots of the pool are unknown: it is taken to lie where maps were bounced to',
  )
  return { from: from ?? low, to: high }
}

function isInside({ from, to }: Range, address: number): boolean {
  return address >= from && address < to
}

/* The mappings in the pool that a dma event shows. */
function mapsOf(
  event: TraceEvent & { readonly kind: 'map' | 'map-list' },
  position: number,
  scan: Scan,
  bounces: Bounces,
  range: Range,
): StandardMap[] {
  const maps: StandardMap[] = []
  const add = (
    segment: Pick<Segment, 'orig' | 'size'> & { bus: number | undefined },
    counted: number,
  ) => {
    const { orig, size, bus } = segment
    const slots = Math.ceil((((bus ?? 0) % SLOT_BYTES) + size) / SLOT_BYTES)
    const { device, cpu } = event
    const rest = {
      counted,
      mapped: position,
      unmapped: undefined,
      unmapCpu: 0,
      successor: undefined,
    }
    maps.push({ device, cpu, orig, size, bus, slots, ...rest })
  }
  for (const segment of event.segments) {
    if (segment.bus === FAILED_ADDRESS || !isInside(range, segment.bus)) continue
    add(segment, bounces.of.get(segment) ?? position)
  }
  for (const bounce of bounces.hidden.get(position) ?? []) {
    const hidden = scan.events[bounce]
    if (hidden?.kind === 'bounced') add({ ...hidden, bus: undefined }, bounce)
  }
  return maps
}

/* A mapping of which only the unmap is known. */
function withoutMap(event: TraceEvent & { readonly kind: 'unmap' }, position: number): StandardMap {
  const { device, cpu, bus, size } = event
  return {
    device,
    cpu,
    bus,
    size,
    orig: bus % (2 * SLOT_BYTES),
    slots: Math.ceil(((bus % SLOT_BYTES) + size) / SLOT_BYTES),
    counted: -1,
    mapped: -1,
    unmapped: position,
    unmapCpu: cpu,
    successor: undefined,
  }
}

/* A map's own addresses overrule its device's mask, so that its slots are those of the kernel. */
function mappingOf(
  map: StandardMap,
  masks: ReadonlyMap<string, number>,
  hints: TraceHints,
): Mapping {
  const { device, cpu, orig, size, bus } = map
  const known =
    masks.get(device) ?? (map.counted < 0 && (bus ?? 0) % SLOT_BYTES ? SLOT_BYTES - 1 : 0)
  const own = bus === undefined ? undefined : inferMasks([{ device, orig, bus }]).get(device)
  const offset = (bus ?? 0) % SLOT_BYTES
  const mam = bus === undefined || (orig & known & (SLOT_BYTES - 1)) === offset ? known : (own ?? 0)
  const slot =
    bus === undefined || hints.start === undefined
      ? undefined
      : Math.floor((bus - Number(hints.start)) / SLOT_BYTES)
  return { device, cpu, orig, size, am: 0, mam, slot }
}

function isPlaced(mapping: Mapping): boolean {
  return mapping.slot !== undefined
}

function failureOf(
  event: TraceEvent,
  after: number,
  masks: ReadonlyMap<string, number>,
): FailedMap {
  if (event.kind !== 'bounced') throw new Error('a failed map is a bounced event')
  const { cpu, device, orig, size } = event
  const mam = masks.get(device) ?? 0
  return { after, cpu, orig, size, slots: slotsOfMap(orig, size, 0, mam), am: 0, mam }
}
