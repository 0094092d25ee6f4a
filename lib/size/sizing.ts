/** The answer for one load: pools of each number of areas, the smallest of them, and what is told beside it. */
import { countOf, formatSlots, SEGMENT_SLOTS, SLOT_BYTES, verbOf } from '../data/units.js'
import { checkPool } from '../measure/pool-run.js'
import type { AreaRow, PoolSize, SizeOptions, Sizing, Tried } from '../results/size.js'
import { roundedAreas } from '../scenario/resolve.js'
import type { Demand } from '../trace/index.js'
import {
  bearsOf,
  currentOf,
  enoughOf,
  growthOf,
  oneLessOf,
  sensitivityOf,
  wantedOf,
} from './beside.js'
import { bookedBy } from './booked.js'
import { cautionsOf } from './cautions.js'
import { type Asked, askedOf } from './demand.js'
import { moreLoad } from './load.js'
import { type Load, servable } from './recorded.js'
import { Pools, powerOfTwo, serves, sizeOf } from './search.js'

const DEFAULT_TRIES = 20
/** Of a long trace fewer orders and meetings are tried by default: so many operations in all, but some at least. */
const TRIED_OPERATIONS = 6e6
const LEAST_TRIES = 3
const DEFAULT_OVERLAP_US = 50

/** The numbers of areas that are tried, as the kernel rounds them. */
export function areasFor(cpus: number, { areas }: SizeOptions): number[] {
  const most = powerOfTwo(cpus)
  const all = areas ?? Array.from({ length: Math.log2(most) + 1 }, (_, k) => 2 ** k)
  return [...new Set(all.map(powerOfTwo))].sort((a, b) => a - b)
}

/** Those of the line: each CPU has one, or as many have as are tried; more would be those of no CPU. */
export const lineAreas = (areas: readonly number[], cpus: number): number =>
  areas.findLast((count) => count <= powerOfTwo(cpus)) ?? (areas[0] as number)

/** How many orders, or meetings, of so many operations are tried where nobody says. */
export const triesFor = (operations: number): number =>
  Math.max(LEAST_TRIES, Math.min(DEFAULT_TRIES, Math.floor(TRIED_OPERATIONS / operations)))

/** The smallest pool of so many areas, and the smallest without a spill. */
async function rowOf(pools: Pools, areas: number, least: number, needs: Asked): Promise<AreaRow> {
  const row = await pools.smallest(areas, least, serves)
  const home = (needs.areaPeaks.get(areas) ?? 0) * areas
  const withoutSpill = (tried: Tried): boolean => serves(tried) && tried.spills === 0
  const noSpill = row && (await pools.smallest(areas, Math.max(row.slots, home), withoutSpill))
  return {
    areas,
    serves: row && sizeOf(row),
    spills: row?.spills ?? 0,
    noSpill: noSpill && sizeOf(noSpill),
    leastBytes: areas * SEGMENT_SLOTS * SLOT_BYTES,
  }
}

/** Of equals the one with the most areas. */
const smallestOf = (rows: readonly AreaRow[]): PoolSize | null =>
  rows
    .flatMap(({ serves }) => (serves ? [serves] : []))
    .reduce<PoolSize | null>((a, b) => (a && a.slots < b.slots ? a : b), null)

/** That fewer areas, which leave longer runs, fail where the answer serves: its maps fell luckily. */
function luckOf(answer: PoolSize, rows: readonly AreaRow[]): string[] {
  const fewer = rows.filter(
    ({ areas, serves: own }) => areas < answer.areas && (own?.slots ?? Infinity) > answer.slots,
  )
  const most = Math.max(...fewer.map((row) => row.serves?.slots ?? 0))
  if (most <= 0) return []
  const spills = rows.find(({ areas }) => areas === answer.areas)?.spills ?? 0
  return [
    `that ${formatSlots(answer.slots)} serve in ${countOf(answer.areas, 'area')}, with ${countOf(spills, 'spill')}, rests on ` +
      'where the maps of this load happened to lie: ' +
      fewer
        .map(
          (row) =>
            `${countOf(row.areas, 'area')} ${verbOf(row.areas, 'needs', 'need')} ${row.serves?.parameter ?? 'more than any pool has'}`,
        )
        .join(', ') +
      `; ${formatSlots(most)} rest on it less`,
  ]
}

export async function sizeLoad(whole: Load, options: SizeOptions): Promise<Sizing> {
  const { signal, marginPercent = 0, seed = 1 } = options
  const overlapUs = options.overlapUs ?? DEFAULT_OVERLAP_US
  const progress = (phase: string, done: number): void => {
    options.onProgress?.({ phase: `${whole.name}: ${phase}`, done })
  }
  const wanted = wantedOf(whole, options)
  const made: Demand[] = []
  try {
    progress('what is asked for', 0)
    const cpus = options.cpus ?? whole.cpus
    const areas = areasFor(cpus, options)
    const { load, asked, neverServed, made: lighter } = await servable(whole, areas, signal)
    made.push(...lighter)
    const { demand, start } = load
    if (load.current) checkPool({ ...load.current, start })
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
    const orders = options.orders ?? triesFor(demand.operations.length)
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
    const rows: AreaRow[] = []
    for (const [k, count] of areas.entries()) {
      progress(`pools of ${countOf(count, 'area')}`, 0.1 + (0.4 * k) / areas.length)
      rows.push(await rowOf(pools, count, least, needs))
    }
    const best = smallestOf(rows)
    const own = rows.find((row) => row.areas === lineAreas(areas, cpus))
    // A line for the machine, in which each CPU has a lock of its own.
    const chosen = own?.serves ?? best
    const atLeast = load.lossy ? chosen : null
    const answer = chosen && !load.lossy ? { ...chosen, margin: marginPercent } : null
    if (answer) warnings.push(...luckOf(answer, rows))
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
    const ground = { load, loaded, pools, least, signal, progress }
    const oneLess = answer && (await oneLessOf(ground, answer))
    const current = await currentOf(ground, answer)
    const bears = answer && (await bearsOf(ground, answer, marginPercent))
    const how = { orders, seed, overlapUs, cpus }
    const sensitivity = answer && orders > 0 ? await sensitivityOf(ground, answer, how) : null
    const enough = await enoughOf(ground, wanted)
    warnings.push(...(wanted?.warnings ?? []))
    const growth = await growthOf(ground, answer, oneLess, current)
    const bookedIn = load.current ?? answer
    const ownAreas = own?.serves ?? null
    const recorded = { cpus: load.cpus, seconds: load.seconds }
    return {
      name: load.name,
      asked: { marginPercent, orders, overlapUs, seed },
      maps: asked.maps,
      cpus,
      recorded,
      demandPeakSlots: asked.peakSlots,
      loadPeakSlots: needs.peakSlots,
      largestMapSlots: asked.largestSlots,
      answer,
      least: load.lossy ? null : best,
      atLeast,
      provenSlots: load.provenPeak,
      ownAreas,
      noSpill: own?.noSpill ?? null,
      rows,
      oneArea: oneArea === null ? null : { slots: oneArea, bytes: oneArea * SLOT_BYTES },
      current,
      enough,
      oneLess,
      growth,
      bears,
      sensitivity,
      ...(bookedIn
        ? await bookedBy(demand, { ...bookedIn, start }, plain, signal)
        : { booked: [], sampling: [] }),
      neverServed,
      cautions: cautionsOf({ answer, cpus, recorded, ownAreas }),
      warnings,
    }
  } finally {
    for (const demand of made) demand.close()
  }
}
