/**
 * Traces recorded with probes in the allocator and at its counter: every map and unmap with the
 * slots that the kernel took, in the order of the kernel's counter.
 */
import {
  type Act,
  countBelow,
  emitOperations,
  type FailedMap,
  type Mapping,
  startOf,
} from './emit.js'
import type { TraceEvent } from './events.js'
import { offsetOfMap, slotsOfMap } from './operations.js'
import { type CounterStep, orderByCounter } from './order.js'
import { collectProbes, type ProbedMap, type Probes } from './probes.js'
import { explainUnknown, findLostUnmaps, type LostUnmap, type UnknownUnmap } from './recover.js'
import type { Scan } from './scan.js'
import type { PoolFacts, Reading, TraceHints } from './trace.js'

/** Whether the trace has the probes at the counter. */
export function isProbed(events: readonly TraceEvent[]): boolean {
  return events.some((event) => event.kind === 'probe-add')
}

/** Reads a probed trace. */
export function readProbed(scan: Scan, hints: TraceHints): Reading {
  const warnings: string[] = []
  const { probes, start } = joinProbes(scan.events, hints, warnings)
  const pool: PoolFacts = start === undefined ? {} : { start: BigInt(start) }
  const lost = findLostUnmaps(scan.events, probes)
  const unknown = explainUnknown(probes, start)
  const placed = unknown.flatMap((unmap) => (unmap.live && hasSlot(unmap) ? [unmap.mapping] : []))

  const { steps, acts } = stepsOf(scan.events, probes, lost, unknown)
  const { order, before, jumps } = orderByCounter(steps)
  const closes = steps.filter((_, i) => acts[i]).map((step) => step.close)
  closes.sort((a, b) => a - b)
  const sequence = order.map((index) => acts[index]).filter((act) => act !== undefined)

  const { maps, unmaps, failed } = probes
  const losses = missing(probes, lost, unknown)
  if (jumps.length > 0) {
    const sum = jumps.reduce((total, { delta }) => total + Math.abs(delta), 0)
    const how = `the kernel's counter moved without an event ${jumps.length} times`
    losses.push([jumps.length, `${how}, by ${sum} slots in all`])
  }
  const wrong = maps.filter((map) => slotsOf(map) !== map.slots).length
  if (wrong > 0) {
    warnings.push(`${wrong} maps took another number of slots than their size and masks explain`)
  }
  const placedSlots = placed.reduce((sum, mapping) => sum + slotsOf(mapping), 0)
  const usedBefore = Math.max(before ?? 0, hints.usedBefore ?? 0, placedSlots)
  const kernelPeak = maps.reduce((peak, map) => Math.max(peak, (map.found ?? 0) + map.slots), 0)
  const lostEvents = losses.reduce((sum, [events]) => sum + events, scan.lost.events)
  // Every addition seen, and all of them explained: the highest is the kernel's own mark.
  const exact =
    scan.gaps.length === 0 && jumps.length === 0 && maps.every((map) => map.found !== undefined)
  return {
    lost: { events: lostEvents, reasons: [...scan.lost.reasons, ...losses.map(([, why]) => why)] },
    pool,
    usedBefore,
    unplacedBefore: usedBefore - placedSlots,
    ...emitOperations(
      placed,
      sequence,
      failed.map((map) => failure(map, closes)).sort((a, b) => a.after - b.after),
      { ...hints, ...pool },
    ),
    maps: maps.length,
    unmaps: unmaps.length,
    failedMaps: failed.length,
    failedSlots: failed.reduce((sum, { slots }) => sum + slots, 0),
    kernelPeak,
    ...(lostEvents > 0 && { peakBounds: boundsOf(kernelPeak, exact, hints.nslabs) }),
    warnings,
  }
}

/* Slot and address of the maps show where the pool starts, and with it which event is whose. */
function joinProbes(
  events: readonly TraceEvent[],
  hints: TraceHints,
  warnings: string[],
): { probes: Probes; start: number | undefined } {
  let probes = collectProbes(events, undefined)
  let votes = voteForStart(probes.maps)
  const [start] = votes
  if (start === undefined) {
    if (hints.start === undefined) return { probes, start: undefined }
    // No map shows both: without events of their return, the hint tells which slot is whose.
    return { probes: collectProbes(events, Number(hints.start)), start: Number(hints.start) }
  }
  if (votes.length > 1) {
    probes = collectProbes(events, start)
    votes = voteForStart(probes.maps)
    if (votes.length > 1) {
      const shown = `0x${start.toString(16)}`
      warnings.push(`the maps lie in ${votes.length} pools; slots are known in that at ${shown}`)
      const maps = probes.maps.map((map) => (startAt(map) === start ? map : withoutSlot(map)))
      const moved = new Map(probes.maps.map((map, i) => [map, maps[i]]))
      const unmaps = probes.unmaps.map((u) => ({ ...u, map: u.map && moved.get(u.map) }))
      probes = { ...probes, maps, unmaps }
    }
  }
  if (hints.start !== undefined && hints.start !== BigInt(start)) {
    warnings.push(
      `the pool was said to start at 0x${hints.start.toString(16)}, ` +
        `but the trace shows 0x${start.toString(16)}, which is used`,
    )
  }
  return { probes, start }
}

/* The starts that maps show, the most frequent first. */
function voteForStart(maps: readonly ProbedMap[]): number[] {
  const votes = new Map<number, number>()
  for (const map of maps) {
    const start = startAt(map)
    if (start !== undefined) votes.set(start, (votes.get(start) ?? 0) + 1)
  }
  return [...votes].sort((a, b) => b[1] - a[1]).map(([start]) => start)
}

function startAt({ slot, bus, orig, am, mam }: ProbedMap): number | undefined {
  if (slot === undefined || bus === undefined) return undefined
  return startOf(bus, slot, offsetOfMap(orig, am, mam))
}

function withoutSlot(map: ProbedMap): ProbedMap {
  return { ...map, slot: undefined }
}

/* Steps that nobody saw have no time. */
function stepsOf(
  events: readonly TraceEvent[],
  { maps, unmaps }: Probes,
  lost: readonly LostUnmap[],
  unknown: readonly UnknownUnmap[],
): { steps: CounterStep[]; acts: (Act | undefined)[] } {
  const steps: CounterStep[] = []
  const acts: (Act | undefined)[] = []
  const at = (position: number): number => events[position]?.ns ?? Number.NaN
  for (const map of maps) {
    const found = map.found === undefined ? {} : { found: map.found }
    steps.push({ delta: map.slots, ...found, open: map.began, close: map.counted })
    acts.push({ kind: 'map', mapping: map, ns: at(map.began) })
  }
  for (const { map, slots, began, counted, ended, cpu } of unmaps) {
    if (!map) continue
    steps.push({ delta: -(slots ?? map.slots), open: counted, close: ended })
    acts.push({ kind: 'unmap', mapping: map, cpu, ns: at(began) })
  }
  for (const { map, open, close, cpu } of lost) {
    steps.push({ delta: -map.slots, open, close })
    acts.push({ kind: 'unmap', mapping: map, cpu, ns: Number.NaN })
  }
  for (const unmap of unknown) {
    const { mapping, live, mapOpen, counted, ended } = unmap
    const slots = slotsOf(mapping)
    if (!live) {
      steps.push({ delta: slots, open: mapOpen, close: counted })
      acts.push({ kind: 'map', mapping, ns: Number.NaN })
    }
    steps.push({ delta: -slots, open: counted, close: ended })
    const known = !live || hasSlot(unmap)
    const ns = at(counted)
    acts.push(known ? { kind: 'unmap', mapping, cpu: mapping.cpu, ns } : undefined)
  }
  return { steps, acts }
}

/* What is known to be missing: how many events, and in words. */
function missing(
  { maps, unmaps, strays }: Probes,
  lost: readonly LostUnmap[],
  unknown: readonly UnknownUnmap[],
): [number, string][] {
  const seen = lost.filter((unmap) => unmap.seen).length
  const reasons: [number, string][] = [
    [
      lost.length,
      'unmaps have no probe events (missed kprobes, see kprobe_profile): ' +
        `${seen} are known from dma events, ${lost.length - seen} from slots that were taken again`,
    ],
    [unknown.filter((unmap) => !unmap.live).length, 'maps have no events, only their unmaps'],
    [maps.filter((map) => map.found === undefined).length, 'maps have no event at the counter'],
    [
      unmaps.filter((unmap) => unmap.slots === undefined).length,
      'unmaps have no event at the counter',
    ],
    [strays.adds, 'events tlb_inc have no swiotlb_map: sizes and masks may be unknown'],
    [strays.subs, 'events tlb_dec have no swiotlb_unmap'],
    [strays.ends, 'maps have no event of their return'],
  ]
  return reasons
    .filter(([events]) => events > 0)
    .map(([events, why]) => [events, `${events} ${why}`])
}

function boundsOf(peak: number, exact: boolean, nslabs: number | undefined) {
  if (exact) return { low: peak, high: peak }
  return nslabs === undefined ? { low: peak } : { low: peak, high: nslabs }
}

function hasSlot({ mapping }: UnknownUnmap): boolean {
  return mapping.slot !== undefined
}

function slotsOf({ orig, size, am, mam }: Mapping): number {
  return slotsOfMap(orig, size, am, mam)
}

function failure(map: ProbedMap, closes: readonly number[]): FailedMap {
  const after = countBelow(closes, map.ended)
  const { cpu, orig, size, slots, am, mam } = map
  return { after, cpu, orig, size, slots, am, mam }
}
