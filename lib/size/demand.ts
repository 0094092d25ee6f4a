/** What a load asks for, whatever pool it is given: peaks, and what no pool can serve. */
import { SEGMENT_SLOTS, SLOT_BYTES } from '../data/units.js'
import { type Demand, demandPieces, OperationKind, type Operations } from '../trace/index.js'

export interface Asked {
  readonly maps: number
  /** The most at one time. */
  readonly peakSlots: number
  /** When that is asked for, since the load began: in time, and as a share of its operations. */
  readonly peakAt: { readonly ns: number; readonly share: number }
  readonly largestSlots: number
  /** Maps that no pool can serve: they need more than a segment. */
  readonly tooLarge: number
  /**
   * By number of areas: the most that the CPUs of one area ask for at one time. No pool without a
   * spill has smaller areas.
   */
  readonly areaPeaks: ReadonlyMap<number, number>
}

/** Slots that an operation asks for; 0 for one that asks for none. */
export function slotsAskedFor(operations: Operations, i: number): number {
  return operations.kind(i) === OperationKind.alloc
    ? Math.ceil(operations.size(i) / SLOT_BYTES)
    : operations.slots(i)
}

interface Live {
  readonly cpu: number
  readonly slots: number
}

export async function askedOf(
  demand: Demand,
  areas: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Asked> {
  const live = new Map<number, Live>()
  const used = areas.map((count) => new Float64Array(count))
  const peaks = areas.map(() => 0)
  let maps = 0
  let now = 0
  let peakSlots = 0
  let peakAt = { ns: 0, share: 0 }
  let largestSlots = 0
  let tooLarge = 0
  let begin = Number.NaN
  let elapsed = 0
  let at = 0
  for await (const { operations, times } of demandPieces(demand, signal)) {
    for (let i = 0; i < operations.length; i++, at++) {
      const ns = times[i] ?? Number.NaN
      if (Number.isNaN(begin)) begin = ns
      if (ns - begin > elapsed) elapsed = ns - begin
      const kind = operations.kind(i)
      const cpu = operations.cpu(i)
      if (kind === OperationKind.map || kind === OperationKind.alloc) {
        maps++
        const slots = slotsAskedFor(operations, i)
        largestSlots = Math.max(largestSlots, slots)
        if (slots > SEGMENT_SLOTS) {
          tooLarge++
          continue
        }
        live.set(operations.id(i), { cpu, slots })
        now += slots
        if (now > peakSlots) {
          peakSlots = now
          peakAt = { ns: elapsed, share: at / demand.operations.length }
        }
        for (const [k, by] of used.entries()) {
          const area = cpu & (by.length - 1)
          const here = (by[area] as number) + slots
          by[area] = here
          if (here > (peaks[k] as number)) peaks[k] = here
        }
      } else {
        const ended = live.get(operations.id(i))
        if (!ended) continue
        live.delete(operations.id(i))
        now -= ended.slots
        for (const by of used) {
          const area = ended.cpu & (by.length - 1)
          by[area] = (by[area] as number) - ended.slots
        }
      }
    }
  }
  const areaPeaks = new Map(areas.map((count, k) => [count, peaks[k] as number]))
  return { maps, peakSlots, peakAt, largestSlots, tooLarge, areaPeaks }
}
