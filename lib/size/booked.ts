/** What trackers, and looking now and then, would have reported; and a pool booked by that. */
import { looksOf } from '../measure/looks.js'
import { type PoolPlace, runInPool } from '../measure/pool-run.js'
import { bookedSlots, SAMPLING_S, sampledMarks } from '../measure/sampling.js'
import { judgeRun } from '../measure/verdict.js'
import { resolveTrackers } from '../native/trackers.js'
import type { Booked, Sizing } from '../results/size.js'
import type { Demand } from '../trace/index.js'
import { MAX_SLOTS, type Pools, serves } from './search.js'

/** Whether a booked pool serves; none, and one beyond all bounds, is nothing to try. */
async function servedBy(
  pools: Pools,
  slots: number | null,
  areas: number,
): Promise<boolean | null> {
  if (slots === null || slots > MAX_SLOTS) return null
  return serves(await pools.try(slots, areas))
}

/** @param pools of the load as it was recorded */
export async function bookedBy(
  demand: Demand,
  pool: PoolPlace,
  pools: Pools,
  signal: AbortSignal | undefined,
): Promise<Pick<Sizing, 'booked' | 'sampling'>> {
  const booked: Booked[] = []
  const looks = looksOf(demand.times)
  for (const tracker of resolveTrackers()) {
    const run = await runInPool(demand.operations, pool, tracker, {
      ...looks,
      layout: { slotIndex: 'bitmap' },
      signal,
    })
    const { reportedSlots } = judgeRun('serial', run.accuracy)
    const slots =
      reportedSlots === null || reportedSlots < 0 ? null : bookedSlots(reportedSlots, pool.areas)
    const served = await servedBy(pools, slots, pool.areas)
    booked.push({ tracker, reportedSlots, bookedSlots: slots, served })
  }
  const sampling: Sizing['sampling'][number][] = []
  for (const one of await sampledMarks(demand, pool.areas, SAMPLING_S, signal)) {
    sampling.push({ ...one, served: await servedBy(pools, one.bookedSlots, pool.areas) })
  }
  return { booked, sampling }
}
