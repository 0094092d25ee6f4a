/** What somebody would have seen who looked at the slots in use now and then. */
import type { Sampling } from '../results/replay.js'
import { adjustSize } from '../scenario/resolve.js'
import { type Demand, demandPieces, OperationKind, type Trace } from '../trace/index.js'

/** Periods of looking at the use, seconds: those of `watch` and of a usual scraper of metrics. */
export const SAMPLING_S = [1, 15] as const
/** Begins of the first look that are tried, evenly over a period. */
const PHASES = 100

/** Slots of the pool that the kernel makes of so many, for whoever books what was reported. */
export const bookedSlots = (reported: number, areas: number): number =>
  adjustSize(Math.max(1, reported), areas).slots

/** The highest use that each of the phases of one period sees. */
class Looks {
  readonly #step: number
  readonly #seen = new Float64Array(PHASES).fill(Number.NaN)
  #begin = Number.NaN
  #tick = 0

  constructor(periodNs: number) {
    this.#step = periodNs / PHASES
  }

  /** `used` was in use from the last time up to before this one. */
  until(ns: number, used: number): void {
    if (Number.isNaN(this.#begin)) this.#begin = ns
    // Who looks at this very moment sees what comes now.
    const due = Math.ceil((ns - this.#begin) / this.#step)
    // In a longer while without a change all of them look.
    if (due - this.#tick > PHASES) {
      for (let phase = 0; phase < PHASES; phase++) this.#look(phase, used)
      this.#tick = due
    }
    for (; this.#tick < due; this.#tick++) this.#look(this.#tick % PHASES, used)
  }

  /** Of those that looked at all, in their order; and how many did not. */
  finish(): { readonly seen: number[]; readonly unseen: number } {
    const seen = [...this.#seen].filter((used) => !Number.isNaN(used)).sort((a, b) => a - b)
    return { seen, unseen: PHASES - seen.length }
  }

  #look(phase: number, used: number): void {
    const before = this.#seen[phase] as number
    if (!(before >= used)) this.#seen[phase] = used
  }
}

/**
 * What looking at the use every so often would have reported of a trace, as a range over when the
 * first look is. Empty where the trace shows no times.
 *
 * @param inUse slots that are in use all the time
 */
export async function sampledMarks(
  load: Pick<Trace | Demand, 'operations' | 'times' | 'devices'>,
  areas: number,
  periodsS: readonly number[],
  signal: AbortSignal | undefined,
  inUse = 0,
): Promise<Sampling[]> {
  if (!load.times) return []
  const looks = periodsS.map((period) => new Looks(period * 1e9))
  const live = new Map<number, number>()
  let used = inUse
  for await (const { operations, times } of demandPieces(load, signal)) {
    for (let i = 0; i < operations.length; i++) {
      const ns = times[i] as number
      if (!Number.isNaN(ns)) for (const look of looks) look.until(ns, used)
      const id = operations.id(i)
      const kind = operations.kind(i)
      if (kind === OperationKind.map || kind === OperationKind.place) {
        const slots = operations.slots(i)
        live.set(id, slots)
        used += slots
      } else if (kind === OperationKind.unmap) {
        used -= live.get(id) ?? 0
        live.delete(id)
      }
    }
  }
  return looks.map((look, k) => {
    const { seen, unseen } = look.finish()
    const [low = null] = seen
    const median = seen[seen.length >> 1] ?? null
    const high = seen.at(-1) ?? null
    return {
      periodS: periodsS[k] as number,
      lowSlots: low,
      medianSlots: median,
      highSlots: high,
      unseenShare: unseen / PHASES,
      bookedSlots: median === null ? null : bookedSlots(median, areas),
    }
  })
}
