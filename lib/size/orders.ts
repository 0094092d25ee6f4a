/** Other orders in which the same operations could have come. */
import { Random } from '../data/random.js'
import {
  type Demand,
  DemandBuilder,
  demandPieces,
  OPERATION_BYTES,
  OperationKind,
  Operations,
} from '../trace/index.js'

const WORDS = OPERATION_BYTES / 4

/** Operations that wait for the moment in which they take effect. */
class Waiting {
  #operations = new Operations(new ArrayBuffer(0))
  #times = new Float64Array(0)
  #devices = new Float64Array(0)
  /** When each takes effect. */
  #keys = new Float64Array(0)
  #length = 0

  /** Room for so many more; the place of the first of them. */
  reserve(more: number): number {
    const need = this.#length + more
    if (need > this.#operations.length) {
      const grown = new Operations(new ArrayBuffer(need * OPERATION_BYTES))
      grown.words.set(this.#operations.words)
      this.#operations = grown
      for (const name of ['times', 'devices', 'keys'] as const) this.#grow(name, need)
    }
    return this.#length
  }

  add(from: Operations, i: number, time: number, device: number, key: number): void {
    const at = this.#length++
    const to = this.#operations.words
    const words = from.words
    for (let k = 0; k < WORDS; k++) to[at * WORDS + k] = words[i * WORDS + k] as number
    this.#times[at] = time
    this.#devices[at] = device
    this.#keys[at] = key
  }

  /** Hands on, in their order, all that take effect up to `limit`. */
  release(limit: number, to: DemandBuilder): void {
    const order = this.#inOrder()
    const keys = this.#keys
    const kept: number[] = []
    for (const at of order) {
      if ((keys[at] as number) > limit) {
        kept.push(at)
        continue
      }
      to.to.copy(this.#operations, at)
      to.note(this.#times[at], this.#devices[at])
    }
    // The order in which they came, so that of equal ones the first stays the first.
    kept.sort((a, b) => a - b)
    this.#length = 0
    for (const at of kept) {
      this.add(
        this.#operations,
        at,
        this.#times[at] as number,
        this.#devices[at] as number,
        keys[at] as number,
      )
    }
  }

  /* Nearly in order already, so that each goes a few places at most. */
  #inOrder(): Uint32Array {
    const keys = this.#keys
    const order = new Uint32Array(this.#length)
    for (let i = 0; i < order.length; i++) {
      const key = keys[i] as number
      let at = i
      for (; at > 0 && (keys[order[at - 1] as number] as number) > key; at--) {
        order[at] = order[at - 1] as number
      }
      order[at] = i
    }
    return order
  }

  #grow(name: 'times' | 'devices' | 'keys', need: number): void {
    const grown = new Float64Array(need)
    if (name === 'times') {
      grown.set(this.#times)
      this.#times = grown
    } else if (name === 'devices') {
      grown.set(this.#devices)
      this.#devices = grown
    } else {
      grown.set(this.#keys)
      this.#keys = grown
    }
  }
}

/**
 * One order out of those that the trace allows. Each operation is taken to be under way from its time
 * on for `overlapNs`, and takes effect at a random moment in it. Operations of one CPU keep their
 * order, and an unmap stays behind its map. Without times, one operation is taken to follow the other
 * by 1, and to overlap as many as there are CPUs.
 */
export async function otherOrder(
  demand: Demand,
  { seed, overlapNs, cpus }: { seed: number; overlapNs: number; cpus: number },
  signal: AbortSignal | undefined,
): Promise<Demand> {
  const random = new Random(seed)
  const to = new DemandBuilder()
  const waiting = new Waiting()
  const overlap = demand.times ? overlapNs : cpus
  const lastOfCpu = new Map<number, number>()
  const mapped = new Map<number, number>()
  let now = 0
  let at = 0
  try {
    for await (const { operations, times, devices } of demandPieces(demand, signal)) {
      waiting.reserve(operations.length)
      for (let i = 0; i < operations.length; i++, at++) {
        const time = times[i] ?? Number.NaN
        if (!demand.times) now = at
        else if (time > now) now = time
        const cpu = operations.cpu(i)
        const id = operations.id(i)
        const wished = now + (random.uint32() / 2 ** 32) * overlap
        const key = Math.max(wished, lastOfCpu.get(cpu) ?? 0, mapped.get(id) ?? 0)
        lastOfCpu.set(cpu, key)
        const kind = operations.kind(i)
        if (kind === OperationKind.map || kind === OperationKind.alloc) mapped.set(id, key)
        else mapped.delete(id)
        waiting.add(operations, i, time, devices[i] ?? Number.NaN, key)
      }
      // All that follow take effect after this.
      waiting.release(now, to)
    }
    waiting.release(Number.POSITIVE_INFINITY, to)
    return to.finish()
  } catch (error) {
    to.close()
    throw error
  }
}
