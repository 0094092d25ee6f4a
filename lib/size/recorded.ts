/** A trace as a load to be sized, and that load without what no pool can serve. */
import { InputError } from '../data/errors.js'
import { countOf, formatSlots, SEGMENT_SLOTS, verbOf } from '../data/units.js'
import type { RecordedPool, SizeOptions } from '../results/size.js'
import {
  type Demand,
  demandPieces,
  refuseAttempts,
  type Trace,
  UNKNOWN_AREAS,
  UNKNOWN_SLOTS,
  unplacedOperations,
  WHY_NOT_BOUNCED,
} from '../trace/index.js'
import { type Asked, askedOf } from './demand.js'
import { withoutMaps } from './load.js'
import { MAX_SLOTS, Pools, serves } from './search.js'
import { placedPieces } from './why.js'

const DEFAULT_START = 0x40000000n

export interface SizeInput {
  readonly trace: Trace
  readonly recorded?: RecordedPool | undefined
}

/** A load to be sized. */
export interface Load {
  readonly name: string
  readonly demand: Demand
  readonly devices: readonly string[]
  readonly start: bigint
  readonly current: { readonly slots: number; readonly areas: number } | null
  readonly cpus: number
  /** Whether the notes say how many CPUs there are: else they are those that map. */
  readonly cpusNoted: boolean
  /** Slots that were in use at one time at least, by the kernel's mark or a trace with lost events. */
  readonly provenPeak: number
  readonly seconds: number | null
  /** Whether events were lost: then nothing that is found here is enough for certain. */
  readonly lossy: boolean
  readonly warnings: readonly string[]
}

/** What is certain of the peak where events were lost, and why that is not yet the size of a pool. */
function peakWords(low: number, high: number | undefined): string {
  if (low !== high) {
    const most = high === undefined ? '' : `, at most ${formatSlots(high)}`
    return `the true peak was at least ${formatSlots(low)}${most}`
  }
  return (
    `the true peak was ${formatSlots(low)} all the same; that is no answer, since a pool serves by where its maps lie ` +
    'and when they end, and what was lost says neither'
  )
}

export async function loadOf({ trace, recorded }: SizeInput, options: SizeOptions): Promise<Load> {
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
  if (slots === undefined) {
    warnings.push(
      `${trace.file} ${UNKNOWN_SLOTS} (--slots): all that was bounced is taken for the load of one pool, ` +
        'and whether the pool as it was serves it is not told',
    )
  } else if (areas === undefined) {
    warnings.push(
      `${trace.file} ${UNKNOWN_AREAS} (--areas): whether the pool as it was serves it is not told`,
    )
  }
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
        (low === undefined ? '' : `; ${peakWords(low, high)}`),
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
    cpusNoted: recorded?.cpus !== undefined,
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
export async function servable(
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
  const most = await pools.smallest(1, asked.peakSlots, serves)
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
