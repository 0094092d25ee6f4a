/** The operations of a trace as any pool could be asked for them: without the kernel's places. */
import { Breather } from './breather.js'
import { Spool } from './bytes/spool.js'
import { OperationKind, type Operations, type SpooledOperations } from './operations.js'
import { OperationsBuilder } from './operations-builder.js'
import { Queue } from './queue.js'
import { numbersOf, SpooledNumbers } from './steps/numbers.js'
import type { Trace } from './trace.js'

/** Operations beside their times and devices; all of them to be closed with `close`. */
export interface Demand {
  readonly operations: SpooledOperations
  /** Of each operation; absent where the trace shows none. */
  readonly times: SpooledNumbers | undefined
  readonly devices: SpooledNumbers | undefined
  close(): void
}

export interface Unplaced extends Demand {
  /** Maps that failed when they were recorded: here they are asked for like all others. */
  readonly failed: number
  /** For so many operations each of them is held: the median of those that were served. */
  readonly heldFor: number
  /** One more than the highest CPU. */
  readonly cpus: number
}

/** Ids from here on are nobody's in a trace: readers number their mappings from 1. */
const OWN_IDS = 2 ** 52
/** How many spans a median is taken of, at most. */
const MAX_SPANS = 65536
const SLOT_BYTES = 2048

/** Collects a demand, operation by operation. */
export class DemandBuilder {
  readonly #builder = new OperationsBuilder(new Spool())
  readonly #times = new SpooledNumbers()
  readonly #devices = new SpooledNumbers()

  /** What takes operations; each is to be followed by `note`. */
  get to(): OperationsBuilder {
    return this.#builder
  }

  note(ns = Number.NaN, device = Number.NaN): void {
    this.#times.push(ns)
    this.#devices.push(device)
  }

  finish(): Demand {
    const operations = this.#builder.finish()
    const times = this.#times.finish()
    const devices = this.#devices.finish()
    return {
      operations,
      times,
      devices,
      close: () => {
        operations.close()
        times?.close()
        devices?.close()
      },
    }
  }

  /** Gives back what is held, when the demand is not wanted. */
  close(): void {
    this.finish().close()
  }
}

/** A piece of operations with what is known of each. */
export interface DemandPiece {
  readonly operations: Operations
  /** NaN where nobody knows. */
  readonly times: Float64Array
  readonly devices: Float64Array
}

/** All of a trace or a demand, a piece at a time, with a turn for others in between. */
export async function* demandPieces(
  { operations, times, devices }: Pick<Demand | Trace, 'operations' | 'times' | 'devices'>,
  signal: AbortSignal | undefined,
): AsyncGenerator<DemandPiece> {
  const breather = new Breather(signal)
  const numbers = devices && 'numbers' in devices ? devices.numbers : devices
  const none = new Float64Array(0)
  let from = 0
  for (const piece of operations.pieces()) {
    const { length } = piece
    yield {
      operations: piece,
      times: times ? numbersOf(times, from, length) : none,
      devices: numbers ? numbersOf(numbers, from, length) : none,
    }
    from += length
    await breather.breathe()
  }
}

/** The median number of operations from a map to its unmap; 1 where none was seen to end. */
async function medianSpan(trace: Trace, signal: AbortSignal | undefined): Promise<number> {
  const live = new Map<number, number>()
  const spans: number[] = []
  let at = 0
  for await (const { operations } of demandPieces(trace, signal)) {
    for (let i = 0; i < operations.length && spans.length < MAX_SPANS; i++, at++) {
      const kind = operations.kind(i)
      if (kind === OperationKind.map) live.set(operations.id(i), at)
      if (kind !== OperationKind.unmap) continue
      const begun = live.get(operations.id(i))
      if (begun !== undefined) spans.push(at - begun)
      live.delete(operations.id(i))
    }
    if (spans.length >= MAX_SPANS) break
  }
  spans.sort((a, b) => a - b)
  return spans[spans.length >> 1] ?? 1
}

/**
 * What a trace asks of a pool, whatever pool that is.
 *
 * Mappings that were live before the trace are asked for first, each on the CPU of its unmap; those
 * of which nothing is known but their number, as single slots. Where the searches began is left out,
 * and so are resets. A map that failed is asked for where it failed, and held for as long as half of
 * the others are at least.
 *
 * @param cpus CPUs of the machine; higher ones of the trace are taken modulo this number
 */
export async function unplacedOperations(
  trace: Trace,
  { cpus, signal }: { readonly cpus?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<Unplaced> {
  const heldFor = trace.failedMaps > 0 ? await medianSpan(trace, signal) : 0
  const demand = new DemandBuilder()
  const ends = new Queue<{ readonly at: number; readonly cpu: number; readonly id: number }>(
    ({ at }) => at,
  )
  const onMachine = (cpu: number): number => (cpus === undefined ? cpu : cpu % cpus)
  let failed = 0
  let highest = 0
  let at = 0
  try {
    for (let k = 0; k < trace.unplacedBefore; k++) {
      const id = OWN_IDS + ++failed
      demand.to.map({ cpu: onMachine(k % (cpus ?? 1)), id, orig: 0, size: SLOT_BYTES })
      demand.note()
    }
    const unplaced = failed
    for await (const { operations, times, devices } of demandPieces(trace, signal)) {
      for (let i = 0; i < operations.length; i++, at++) {
        for (let end = ends.popBelow(at); end; end = ends.popBelow(at)) {
          demand.to.unmap(end)
          demand.note(times[i])
        }
        const changed = { cpu: onMachine(operations.cpu(i)) }
        if (operations.kind(i) !== OperationKind.setIndex) highest = Math.max(highest, changed.cpu)
        switch (operations.kind(i)) {
          case OperationKind.map:
          case OperationKind.place:
            demand.to.search(operations, i, changed)
            break
          case OperationKind.failed: {
            const id = OWN_IDS + ++failed
            demand.to.search(operations, i, { ...changed, id })
            ends.push({ at: at + heldFor, id, ...changed })
            break
          }
          case OperationKind.unmap:
          case OperationKind.alloc:
          case OperationKind.free:
            demand.to.copy(operations, i, changed)
            break
          default:
            continue
        }
        demand.note(times[i], devices[i])
      }
    }
    return { ...demand.finish(), failed: failed - unplaced, heldFor, cpus: highest + 1 }
  } catch (error) {
    demand.close()
    throw error
  }
}
