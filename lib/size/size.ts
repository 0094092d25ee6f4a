/**
 * `size`: the smallest pool that serves a trace.
 *
 * | step                                            | in        |
 * | ----------------------------------------------- | --------- |
 * | what is asked for, whatever the pool            | demand.ts |
 * | pools of the kernel's sizes, tried from below   | search.ts |
 * | the moment in which a smaller pool fails        | why.ts    |
 * | more load, and several loads at once            | load.ts   |
 * | what trackers would have reported               | booked.ts |
 * | other orders of the same operations             | orders.ts |
 */

import { InputError } from '../data/errors.js'
import { follow } from '../data/follow.js'
import { checkObject, listArgument, optionsOf } from '../data/options.js'
import { countOf, formatSlots, SEGMENT_SLOTS, SLOT_BYTES, verbOf } from '../data/units.js'
import { checkPool } from '../measure/pool-run.js'
import { sizeShape } from '../results/options.js'
import type {
  AreaRow,
  PoolSize,
  RecordedPool,
  SizeOptions,
  SizeResult,
  Sizing,
  Tried,
} from '../results/size.js'
import { adjustSize, roundedAreas } from '../scenario/resolve.js'
import {
  checkTrace,
  type Demand,
  demandPieces,
  refuseAttempts,
  type Trace,
  unplacedOperations,
  WHY_NOT_BOUNCED,
} from '../trace/index.js'
import { bookedBy } from './booked.js'
import { type Asked, askedOf } from './demand.js'
import { moreLoad, together, withoutMaps } from './load.js'
import { otherOrder } from './orders.js'
import { MAX_SLOTS, Pools, powerOfTwo } from './search.js'
import { firstFailure, placedPieces } from './why.js'

const DEFAULT_START = 0x40000000n
const DEFAULT_ORDERS = 20
/** Of a long trace fewer orders are tried by default: so many operations in all, but some at least. */
const ORDERED_OPERATIONS = 6e6
const LEAST_ORDERS = 3
const DEFAULT_OVERLAP_US = 50
/** More load in steps, in per cent beyond the margin, to tell how much of it the answer bears. */
const MORE_LOAD = [10, 25, 50, 100] as const
const MAX_MARGIN = 1000
const MAX_ORDERS = 1000

export interface SizeInput {
  readonly trace: Trace
  readonly recorded?: RecordedPool | undefined
}

/** A load to be sized. */
interface Load {
  readonly name: string
  readonly demand: Demand
  readonly devices: readonly string[]
  readonly start: bigint
  readonly current: { readonly slots: number; readonly areas: number } | null
  readonly cpus: number
  /** Slots that were in use at one time at least, by the kernel's mark or a trace with lost events. */
  readonly provenPeak: number
  readonly seconds: number | null
  /** Whether events were lost: then nothing that is found here is enough for certain. */
  readonly lossy: boolean
  readonly warnings: readonly string[]
}

const sizeOf = ({ slots, areas }: { slots: number; areas: number }): PoolSize => ({
  slots,
  areas,
  bytes: slots * SLOT_BYTES,
  parameter: `swiotlb=${slots},${areas}`,
})

function checkValues({ marginPercent = 0, orders = 0, overlapUs = 0, areas }: SizeOptions): void {
  const within = (what: string, value: number, most: number): void => {
    if (value >= 0 && value <= most) return
    throw new InputError(`${what}: expected a number from 0 to ${most}, not ${value}`)
  }
  within('margin', marginPercent, MAX_MARGIN)
  within('orders', orders, MAX_ORDERS)
  within('overlap', overlapUs, 1e9)
  if (areas?.length === 0) throw new InputError('areas: expected at least one number')
}

/** The numbers of areas that are tried, as the kernel rounds them. */
function areasFor(cpus: number, { areas }: SizeOptions): number[] {
  const most = powerOfTwo(cpus)
  const all = areas ?? Array.from({ length: Math.log2(most) + 1 }, (_, k) => 2 ** k)
  return [...new Set(all.map(powerOfTwo))].sort((a, b) => a - b)
}

const ordersFor = (operations: number): number =>
  Math.max(LEAST_ORDERS, Math.min(DEFAULT_ORDERS, Math.floor(ORDERED_OPERATIONS / operations)))

async function loadOf({ trace, recorded }: SizeInput, options: SizeOptions): Promise<Load> {
  const { cpus, signal } = options
  refuseAttempts(trace)
  if (trace.maps === 0 && trace.failedMaps === 0) {
    throw new InputError(
      `${trace.file}: no bounced mapping of the pool is in it, so no pool is too small; ${WHY_NOT_BOUNCED}`,
    )
  }
  const unplaced = await unplacedOperations(trace, { ...(cpus && { cpus }), signal })
  const slots = recorded?.slots ?? trace.pool.nslabs
  const areas = recorded?.areas ?? trace.pool.nareas
  const lossy = trace.lost.events > 0 || trace.lost.reasons.length > 0
  const warnings = [...trace.warnings]
  if (trace.layout === 'standard') {
    warnings.push(
      'the events of this trace show no alignment masks: those of the devices were inferred from the ' +
        'addresses, up to a page; a mapping that wants more may need another size',
    )
  }
  if (lossy) {
    const { low, high } = trace.peakBounds ?? {}
    warnings.push(
      `events were lost (${trace.lost.reasons.join('; ')}): the pools are for what is left` +
        (low === undefined
          ? ''
          : `; the true peak was at least ${formatSlots(low)}` +
            (high === undefined ? '' : `, at most ${formatSlots(high)}`)),
    )
  }
  if (unplaced.failed > 0) {
    warnings.push(
      `${countOf(unplaced.failed, 'map')} that failed when recorded ${verbOf(unplaced.failed, 'is', 'are')} asked for here as well, each ` +
        `held for ${countOf(unplaced.heldFor, 'operation')}, the median of the others; where a driver asked again, ` +
        'its demand is counted twice',
    )
  }
  if (trace.unplacedBefore > 0) {
    warnings.push(
      `${countOf(trace.unplacedBefore, 'slot')} ${verbOf(trace.unplacedBefore, 'was', 'were')} in use before the trace, nobody ` +
        'knows as what: taken as single slots that stay in use',
    )
  }
  for (const { device, maps, mostSlots } of trace.elsewhere) {
    warnings.push(
      `${maps} bounced maps of ${device || 'an unknown device'}, at most ${formatSlots(mostSlots)} at one ` +
        'time, lie outside the pool and are not sized',
    )
  }
  return {
    name: trace.file,
    demand: unplaced,
    devices: trace.devices?.names ?? [],
    start: recorded?.start ?? trace.pool.start ?? DEFAULT_START,
    cpus: Math.max(unplaced.cpus, recorded?.cpus ?? 1),
    provenPeak: Math.max(trace.peakBounds?.low ?? 0, recorded?.hiwater ?? 0),
    seconds: await lengthOf(unplaced, signal),
    lossy,
    current: slots === undefined || areas === undefined ? null : { slots, areas },
    warnings,
  }
}

/** From the first time to the last, s; null where there are none. */
async function lengthOf(demand: Demand, signal: AbortSignal | undefined): Promise<number | null> {
  if (!demand.times) return null
  let first = Number.NaN
  let last = Number.NaN
  for await (const { times } of demandPieces(demand, signal)) {
    for (const ns of times) {
      if (Number.isNaN(ns)) continue
      if (Number.isNaN(first)) first = ns
      last = ns
    }
  }
  return Number.isNaN(first) ? null : (last - first) / 1e9
}

/** The load without what no pool can serve. */
async function servable(
  load: Load,
  areas: readonly number[],
  signal: AbortSignal | undefined,
): Promise<{ load: Load; asked: Asked; neverServed: number; made: Demand[] }> {
  const made: Demand[] = []
  let { demand } = load
  const warnings = [...load.warnings]
  let asked = await askedOf(demand, areas, signal)
  const { tooLarge } = asked
  if (tooLarge > 0) {
    warnings.push(
      `${countOf(tooLarge, 'map')} ${verbOf(tooLarge, 'needs', 'need')} more than ${SEGMENT_SLOTS} slots, up to ${formatSlots(asked.largestSlots)}: no ` +
        'pool size serves that, so it is left out. The driver must ask for less ' +
        '(dma_max_mapping_size(), its segment size)',
    )
    demand = await withoutMaps(
      demand,
      ({ operations }, i) => operations.slots(i) > SEGMENT_SLOTS,
      signal,
    )
    made.push(demand)
    asked = await askedOf(demand, areas, signal)
  }
  // Alignment may be such that not even an empty pool has a place.
  const pools = new Pools(demand.operations, load.start, signal)
  const most = await pools.smallest(1, asked.peakSlots, ({ failedMaps }) => failedMaps === 0)
  let misaligned = 0
  if (!most) {
    const pool = { slots: MAX_SLOTS, areas: 1, start: load.start }
    const failing = new Set<number>()
    for await (const { places, operations, from } of placedPieces(demand, pool, signal)) {
      for (let i = 0; i < operations.length; i++) if (places[5 * i] === -1) failing.add(from + i)
    }
    misaligned = failing.size
    warnings.push(
      `${countOf(misaligned, 'map')} ${verbOf(misaligned, 'fails', 'fail')} even in a pool of ${formatSlots(MAX_SLOTS)}: no pool size serves ` +
        'that, so it is left out; look at the alignment that the device wants',
    )
    demand = await withoutMaps(demand, (_, __, at) => failing.has(at), signal)
    made.push(demand)
    asked = await askedOf(demand, areas, signal)
  }
  return { load: { ...load, demand, warnings }, asked, neverServed: tooLarge + misaligned, made }
}

async function sizeLoad(whole: Load, options: SizeOptions): Promise<Sizing> {
  const { signal, marginPercent = 0, seed = 1 } = options
  const overlapUs = options.overlapUs ?? DEFAULT_OVERLAP_US
  const progress = (phase: string, done: number): void => {
    options.onProgress?.({ phase: `${whole.name}: ${phase}`, done })
  }
  const made: Demand[] = []
  try {
    progress('what is asked for', 0)
    const cpus = options.cpus ?? whole.cpus
    const areas = areasFor(cpus, options)
    const { load, asked, neverServed, made: lighter } = await servable(whole, areas, signal)
    made.push(...lighter)
    const { demand, start } = load
    const at = (pool: { slots: number; areas: number }) => ({ ...pool, start })
    if (load.current) checkPool(at(load.current))
    const warnings = [
      ...load.warnings,
      ...(options.areas ?? []).flatMap((count) => {
        const made = powerOfTwo(count)
        return made === count ? [] : [roundedAreas('areas', count, made)]
      }),
    ]
    const plain = new Pools(demand.operations, start, signal)
    let pools = plain
    let loaded = demand
    let needs = asked
    const ordersTried = options.orders ?? ordersFor(demand.operations.length)
    if (marginPercent > 0) {
      loaded = await moreLoad(demand, marginPercent, signal)
      made.push(loaded)
      pools = new Pools(loaded.operations, start, signal)
      needs = await askedOf(loaded, areas, signal)
    }
    const least = Math.max(needs.peakSlots, load.provenPeak)
    if (!load.lossy && load.provenPeak > asked.peakSlots) {
      warnings.push(
        `the kernel's own mark is ${formatSlots(load.provenPeak)}, more than this trace asks for at one ` +
          'time: its load was heavier before, or elsewhere; no pool below the mark is named',
      )
    }
    const serves = ({ failedMaps }: Tried): boolean => failedMaps === 0
    const rows: AreaRow[] = []
    for (const [k, count] of areas.entries()) {
      progress(`pools of ${countOf(count, 'area')}`, 0.1 + (0.4 * k) / areas.length)
      const row = await pools.smallest(count, least, serves)
      const home = (needs.areaPeaks.get(count) ?? 0) * count
      const noSpill =
        row &&
        (await pools.smallest(count, Math.max(row.slots, home), (t) => serves(t) && t.spills === 0))
      rows.push({
        areas: count,
        serves: row && sizeOf(row),
        spills: row?.spills ?? 0,
        noSpill: noSpill && sizeOf(noSpill),
        leastBytes: count * SEGMENT_SLOTS * SLOT_BYTES,
      })
    }
    const best = rows
      .flatMap(({ serves }) => (serves ? [serves] : []))
      .reduce<PoolSize | null>((a, b) => (a && a.slots < b.slots ? a : b), null)
    const atLeast = load.lossy ? best : null
    const answer = best && !load.lossy ? { ...best, margin: marginPercent } : null
    const own = rows.findLast((row) => row.areas <= powerOfTwo(cpus)) ?? rows[0]
    if (answer) {
      const twice = await pools.try(answer.slots * 2, answer.areas)
      if (!serves(twice)) {
        warnings.push(
          `a pool twice as large (${formatSlots(twice.slots)}) would fail ${countOf(twice.failedMaps, 'map')} that the answer ` +
            'serves: places are found by chance here, so look at the sensitivity',
        )
      }
    }
    progress('one area', 0.5)
    const row1 = await pools.smallest(1, least, serves)
    const oneArea = row1 ? await pools.smallestInOneArea(least, row1.slots) : null
    progress('why not less', 0.6)
    const oneLess = answer && (await oneLessOf(answer))
    const current = await currentOf()
    const bears = answer && (await bearsOf(answer))
    const sensitivity = answer && ordersTried > 0 ? await sensitivityOf(answer) : null
    return {
      name: load.name,
      asked: { marginPercent, orders: ordersTried, overlapUs, seed },
      maps: asked.maps,
      cpus,
      recorded: { cpus: load.cpus, seconds: load.seconds },
      demandPeakSlots: asked.peakSlots,
      loadPeakSlots: needs.peakSlots,
      largestMapSlots: asked.largestSlots,
      answer,
      atLeast,
      provenSlots: load.provenPeak,
      ownAreas: own?.serves ?? null,
      noSpill: own?.noSpill ?? null,
      rows,
      oneArea: oneArea === null ? null : { slots: oneArea, bytes: oneArea * SLOT_BYTES },
      current,
      enough: await enoughOf(),
      oneLess,
      growth: await growthOf(),
      bears,
      sensitivity,
      ...(await bookedOf()),
      neverServed,
      warnings,
    }

    async function oneLessOf({ slots, areas: count }: PoolSize): Promise<Sizing['oneLess']> {
      const less = slots / 2
      if (less < count * SEGMENT_SLOTS) {
        return {
          slots: less,
          failedMaps: 0,
          failedMap: null,
          reason: `the kernel has no smaller pool: each of ${countOf(count, 'area')} takes at least a segment of ${SEGMENT_SLOTS} slots`,
        }
      }
      const { failedMaps } = await pools.try(less, count)
      if (failedMaps === 0) {
        // The trace alone would do with it: the mark made the answer.
        return {
          slots: less,
          failedMaps,
          failedMap: null,
          reason: `${formatSlots(load.provenPeak)} were in use at one time, by the kernel's own mark`,
        }
      }
      const pool = at({ slots: less, areas: count })
      const failedMap = await firstFailure(loaded, pool, load.devices, signal)
      return { slots: less, failedMaps, failedMap, reason: failedMap?.reason ?? '' }
    }

    async function currentOf(): Promise<Sizing['current']> {
      if (!load.current) return null
      const tried = await pools.try(load.current.slots, load.current.areas)
      const served = serves(tried) && tried.slots >= load.provenPeak
      const wasteBytes = answer ? (tried.slots - answer.slots) * SLOT_BYTES : 0
      const asItServes = wasteBytes > 0 ? 'larger-than-needed' : load.lossy ? 'not-known' : 'fits'
      return { ...tried, verdict: served ? asItServes : 'too-small', wasteBytes }
    }

    async function enoughOf(): Promise<Sizing['enough']> {
      if (!options.enough) return null
      const wanted = options.enough
      const pool = adjustSize(wanted.slots, wanted.areas)
      const tried = await pools.try(pool.slots, pool.areas)
      return {
        ...tried,
        asked: `${wanted.slots},${wanted.areas}`,
        parameter: sizeOf(pool).parameter,
        served: serves(tried) && pool.slots >= load.provenPeak && (load.lossy ? null : true),
      }
    }

    async function bookedOf(): Promise<Pick<Sizing, 'booked' | 'sampling'>> {
      const pool = load.current ?? answer
      if (!pool) return { booked: [], sampling: [] }
      return bookedBy(demand, at(pool), plain, signal)
    }

    async function growthOf(): Promise<Sizing['growth']> {
      const from =
        current && current.failedMaps > 0
          ? current
          : answer && oneLess?.failedMap
            ? { slots: oneLess.slots, areas: answer.areas }
            : answer
      if (!from) return null
      // Grown pools have areas of their own, so spills mean nothing there.
      const { spills: _, ...grown } = await pools.grow(from.slots, from.areas)
      return { ...grown, served: grown.failedMaps === 0 }
    }

    async function bearsOf({ slots, areas: count }: PoolSize): Promise<Sizing['bears']> {
      let percent = marginPercent
      const tried = MORE_LOAD.map((more) => marginPercent + more)
      for (const more of tried) {
        progress(`${more} % more load`, 0.65)
        const heavier = await moreLoad(demand, more, signal)
        try {
          const served = await new Pools(heavier.operations, start, signal).try(slots, count)
          if (!serves(served)) break
        } finally {
          heavier.close()
        }
        percent = more
      }
      return { percent, tried }
    }

    async function sensitivityOf({
      slots,
      areas: count,
    }: PoolSize): Promise<Sizing['sensitivity']> {
      // An order of its own may have a lower peak, but none is below what was in use.
      const fewest = Math.max(load.provenPeak, Math.min(slots, powerOfTwo(least)) / 2)
      let low = slots
      let high = slots
      for (let k = 0; k < ordersTried; k++) {
        progress(`order ${k + 1} of ${ordersTried}`, 0.7 + (0.3 * k) / ordersTried)
        const how = { seed: seed + k, overlapNs: overlapUs * 1000, cpus }
        const other = await otherOrder(loaded, how, signal)
        try {
          const tries = new Pools(other.operations, start, signal)
          const found = await tries.smallest(count, fewest, serves)
          const wanted = found?.slots ?? MAX_SLOTS
          low = Math.min(low, wanted)
          high = Math.max(high, wanted)
        } finally {
          other.close()
        }
      }
      return { low, high, runs: ordersTried, overlapUs: loaded.times ? overlapUs : null }
    }
  } finally {
    for (const demand of made) demand.close()
  }
}

/** The one that needs most; those that no pool serves, and those without an answer, come first. */
const worstOf = (all: readonly Sizing[]): Sizing =>
  all.reduce((a, b) => ((b.answer?.slots ?? Infinity) > (a.answer?.slots ?? Infinity) ? b : a))

const schema = optionsOf(sizeShape)

/**
 * The smallest pool that serves a trace, found with the real allocator. Of several traces: that of the
 * one that needs most, each by itself, and all of them at the same time.
 *
 * @throws InputError for a trace without a mapping of the pool, or an option that makes no sense; the
 *   signal's reason when it was aborted
 */
export function size(inputs: readonly SizeInput[], options: SizeOptions = {}): Promise<SizeResult> {
  return follow(schema, options, (followed) => sizeAll(inputs, followed))
}

async function sizeAll(inputs: readonly SizeInput[], options: SizeOptions): Promise<SizeResult> {
  for (const input of listArgument('traces', inputs, 'a list of {trace}')) {
    checkTrace(checkObject('traces', input, '{trace}').trace)
  }
  checkValues(options)
  if (inputs.length === 0) throw new InputError('traces: expected at least one')
  const loads: Load[] = []
  try {
    for (const input of inputs) loads.push(await loadOf(input, options))
    const traces: Sizing[] = []
    const names = [...loads.map(({ name }) => name), togetherName(loads)]
    for (const load of loads) {
      traces.push(await sizeLoad(load, options))
      if (loads.length === 1) continue
      const done = [...traces]
      options.onSoFar?.({ ...worstOf(done), traces: done, missing: names.slice(done.length) })
    }
    const worst = worstOf(traces)
    if (loads.length === 1) return worst
    const all = await allAtOnce(loads, options)
    return { ...worst, traces, together: all }
  } finally {
    for (const { demand } of loads) demand.close()
  }
}

const togetherName = ({ length }: readonly Load[]): string => `all ${length} at once`

async function allAtOnce(loads: readonly Load[], options: SizeOptions): Promise<Sizing> {
  const firstDevices: number[] = []
  const devices: string[] = []
  for (const load of loads) {
    firstDevices.push(devices.length)
    devices.push(...load.devices)
  }
  const demands = loads.map(({ demand }) => demand)
  const demand = await together(demands, firstDevices, options.signal)
  const timed = demands.every(({ times }) => times !== undefined)
  const [{ start }] = loads as [Load]
  try {
    return await sizeLoad(
      {
        name: togetherName(loads),
        demand,
        devices,
        start,
        current: null,
        cpus: Math.max(...loads.map(({ cpus }) => cpus)),
        provenPeak: Math.max(...loads.map(({ provenPeak }) => provenPeak)),
        seconds: timed ? Math.max(...loads.map(({ seconds }) => seconds ?? 0)) : null,
        lossy: loads.some(({ lossy }) => lossy),
        warnings: [
          timed
            ? 'all traces begin at the same moment here; how they would really meet nobody knows'
            : 'not all traces have times: each runs at an even pace here, so that all end together',
        ],
      },
      options,
    )
  } finally {
    demand.close()
  }
}
