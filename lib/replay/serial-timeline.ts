/** What happened when in a replay of one operation after another, on the recorded time. */
import type { Looks } from '../measure/looks.js'
import { PLACEMENT_WORDS, runInPool } from '../measure/pool-run.js'
import type { NativeReplay } from '../native/plans/replay.js'
import type { ReplayOptions } from '../results/replay.js'
import type { SerialStep, Timeline } from '../results/timeline.js'
import type { AnyTracker } from '../results/variant.js'
import { loadNumbers, OperationKind, type Operations, type Trace } from '../trace/index.js'
import type { ReplayPool } from './pool.js'

/** What the engine looks ahead for: a run of a part must find the same as one of the whole. */
function decidedBy({ operations }: Trace): number {
  const { map, unmap, alloc, free, settle } = OperationKind
  let highest = -1
  let settles = false
  let decided = 0
  let from = 0
  for (const piece of operations.pieces()) {
    for (let i = 0; i < piece.length; i++) {
      const kind = piece.kind(i)
      const onCpu = kind === map || kind === unmap || kind === alloc || kind === free
      const higher = onCpu && piece.cpu(i) > highest
      const first = kind === settle && !settles
      if (higher) highest = piece.cpu(i)
      if (first) settles = true
      if (higher || first) decided = from + i + 1
    }
    from += piece.length
  }
  return decided
}

/** The tracker's clock: recorded times, of which none goes back, or the same for each operation. */
function* clockOf({ times, operations }: Trace, endNs: number): Generator<number> {
  const all = times && loadNumbers(times)
  const begin = all?.find((at) => !Number.isNaN(at)) ?? 0
  let now = 0
  for (let i = 0; i < operations.length; i++) {
    if (all) {
      const at = (all[i] as number) - begin
      if (at > now) now = at
    } else {
      now = ((i + 1) * endNs) / operations.length
    }
    yield now
  }
}

interface Taken {
  /** Below 0 for none: slots of another pool. */
  readonly area: number
  readonly slots: number
}

/** What an operation took or gave back, beside what it is called; `sync` and the like have no name. */
interface Done {
  readonly name: SerialStep['name']
  readonly slots: number
  /** Undefined where nothing changed. */
  readonly taken?: Taken | undefined
  readonly sign?: 1 | -1
}

class Places {
  readonly #areaSlots: number
  readonly #live = new Map<number, Taken>()

  constructor({ slots, areas }: ReplayPool) {
    this.#areaSlots = slots / areas
  }

  #take(id: number, slot: number, slots: number, pool: number): Taken {
    const area = pool === 0 ? Math.floor(slot / this.#areaSlots) : -1
    const taken = { area, slots }
    this.#live.set(id, taken)
    return taken
  }

  /** @param words the operation's placement */
  done(piece: Operations, i: number, words: Int32Array): Done {
    const [slot = 0, slots = 0, , , pool = 0] = words
    const id = piece.id(i)
    switch (piece.kind(i)) {
      case OperationKind.map:
      case OperationKind.alloc:
        if (slot < 0) return { name: 'failed map', slots: piece.slots(i) }
        return { name: 'map', slots, taken: this.#take(id, slot, slots, pool), sign: 1 }
      case OperationKind.place: {
        const held = piece.slots(i)
        const taken = this.#take(id, piece.expect(i) - 1, held, 0)
        return { name: 'in use before', slots: held, taken, sign: 1 }
      }
      case OperationKind.unmap:
      case OperationKind.free: {
        const taken = this.#live.get(id)
        this.#live.delete(id)
        return { name: 'unmap', slots: taken?.slots ?? 0, taken, sign: -1 }
      }
      case OperationKind.failed:
        return { name: 'failed map', slots: piece.slots(i) }
      case OperationKind.reset:
        return { name: 'reset', slots: 0 }
      case OperationKind.settle:
        return { name: 'growth', slots: 0 }
      default:
        return { name: null, slots: 0 }
    }
  }
}

/** The steps of the operations that the trail has. */
function* stepsOf(
  trace: Trace,
  pool: ReplayPool,
  { placements, hiwater }: NativeReplay,
  { unmarked, endNs }: { readonly unmarked: boolean; readonly endNs: number },
): Generator<SerialStep> {
  const extra = trace.unplacedBefore
  const words = placements as Int32Array
  const marks = hiwater as Float64Array
  // As in the result: a mark that is none, or no count, stays as it is.
  const markOf = (mark: number): number => (mark < 0 ? mark : mark + extra)
  const places = new Places(pool)
  const inArea = new Array<number>(pool.areas).fill(0)
  const clock = clockOf(trace, endNs)
  let used = extra
  let before: number | null = null
  let at = 0
  for (const piece of trace.operations.pieces()) {
    for (let i = 0; i < piece.length && at < marks.length; i++, at++) {
      const atNs = clock.next().value as number
      const placed = words.subarray(at * PLACEMENT_WORDS, (at + 1) * PLACEMENT_WORDS)
      const done = places.done(piece, i, placed)
      const { name, slots, taken, sign = 1 } = done
      const area = taken?.area ?? -1
      if (taken) used += sign * taken.slots
      if (taken && area >= 0) inArea[area] = (inArea[area] as number) + sign * taken.slots
      const mark = unmarked ? null : markOf(marks[at] as number)
      // A clock goes on at what has no name, too, and with it the mark of who looks at one.
      if (name === null && mark === before) continue
      before = mark
      yield {
        at,
        atNs,
        cpu: piece.cpu(i),
        name,
        slots,
        used: taken ? used : null,
        area: area < 0 ? null : { number: area, used: inArea[area] as number },
        elsewhere: taken !== undefined && area < 0,
        mark,
      }
    }
  }
}

/**
 * Tells what a tracker's run does, by a run of its own: to some trackers it matters that somebody asks
 * for the mark.
 *
 * @param runs that are to be told, this one included
 * @param endNs what the tracker's clock says at the end
 */
export async function tellSerially(
  timeline: Timeline,
  trace: Trace,
  pool: ReplayPool,
  tracker: AnyTracker,
  options: ReplayOptions,
  of: {
    readonly runs: number
    readonly looks: Looks
    readonly unmarked: boolean
    readonly endNs: number
  },
): Promise<void> {
  const count = trace.operations.length
  // Whatever there is no room for needs no trail: each that is told is an event at least.
  const trailOf = Math.min(count, Math.max(timeline.room(of.runs), decidedBy(trace)))
  const { layout, grow, batch, tolerance, stretch, signal } = options
  const trail = await runInPool(trace.operations, pool, tracker, {
    ...{ layout, grow, batch, tolerance, stretch, signal, trailOf },
    ...of.looks,
  })
  const steps = stepsOf(trace, pool, trail, of)
  const { runs, endNs } = of
  timeline.serial({ tracker, runs, count, covered: trailOf, endNs }, steps)
}
