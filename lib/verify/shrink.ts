/** Delta debugging: the shortest log that still differs, found by leaving operations out. */
import { OPERATION_BYTES, OperationKind, Operations } from '../trace/index.js'
import type { Mismatch } from './compare.js'

/** Runs a log; null when both sides agree. */
type Compare = (operations: Operations, hashEvery: number) => Promise<Mismatch | null>

export interface Shrunk {
  readonly operations: Operations
  readonly mismatch: Mismatch
  /** False when the time was over before every single operation had been tried. */
  readonly minimal: boolean
}

const isBegin = (kind: number) => kind === OperationKind.map || kind === OperationKind.alloc
const isEnd = (kind: number) => kind === OperationKind.unmap || kind === OperationKind.free

/** The operations at these places, in order. */
function select(operations: Operations, places: readonly number[]): Operations {
  const from = new Uint8Array(operations.buffer)
  const to = new Uint8Array(places.length * OPERATION_BYTES)
  places.forEach((place, i) => {
    const at = place * OPERATION_BYTES
    to.set(from.subarray(at, at + OPERATION_BYTES), i * OPERATION_BYTES)
  })
  return new Operations(to.buffer)
}

/** Each mapping gets an id of its own, so that any operation can go without another's meaning. */
function renumber(operations: Operations): Operations {
  const buffer = operations.buffer.slice(0)
  const view = new DataView(buffer)
  const live = new Map<number, number>()
  for (let i = 0; i < operations.length; i++) {
    const kind = operations.kind(i)
    const id = operations.id(i)
    if (isBegin(kind)) live.set(id, i + 1)
    else if (!isEnd(kind) && kind !== OperationKind.sync) continue
    const own = live.get(id)
    if (own === undefined) throw new Error(`operation ${i} is of ${id}, which is not live`)
    view.setBigUint64(i * OPERATION_BYTES + 8, BigInt(own), true)
  }
  return new Operations(buffer)
}

/** Leaves out the ends and syncs of mappings that are left out. */
function sound(operations: Operations, places: readonly number[]): number[] {
  const begun = new Set<number>()
  return places.filter((place) => {
    const kind = operations.kind(place)
    if (isBegin(kind)) begun.add(operations.id(place))
    const later = isEnd(kind) || kind === OperationKind.sync
    return !later || begun.has(operations.id(place))
  })
}

/**
 * Shrinks a log that is known to differ. Pieces are left out, half the log first, then smaller ones
 * down to single operations; what still differs is kept, up to where it differs.
 *
 * @param ms how long to try; what was reached by then is the answer
 * @returns null when the log does not differ a second time
 */
export async function shrink(
  log: Operations,
  first: Mismatch,
  compare: Compare,
  ms: number,
): Promise<Shrunk | null> {
  const deadline = Date.now() + ms
  const all = renumber(log)
  const upTo = (places: readonly number[], { operation }: Mismatch) =>
    places.slice(0, operation + 1)
  let places = upTo(
    Array.from({ length: log.length }, (_, i) => i),
    first,
  )
  // Between two hashes a difference is seen late; at the end there is always one.
  const test = (candidate: readonly number[]) => {
    const operations = select(all, candidate)
    return compare(operations, Math.max(1, Math.ceil(operations.length / 4)))
  }
  if (!(await test(places))) return null
  let size = Math.ceil(places.length / 2)
  let minimal = false
  while (!minimal && Date.now() < deadline) {
    let smaller = false
    for (let at = places.length - size; Date.now() < deadline; at -= size) {
      const from = Math.max(0, at)
      const candidate = sound(all, [...places.slice(0, from), ...places.slice(at + size)])
      const mismatch = candidate.length > 0 ? await test(candidate) : null
      if (mismatch) {
        places = upTo(candidate, mismatch)
        smaller = true
      }
      if (from === 0) {
        minimal = size === 1 && !smaller
        break
      }
    }
    // Single operations are tried again for as long as one of them can go.
    size = Math.max(1, Math.floor(size / 2))
  }
  const operations = select(all, places)
  const mismatch = (await compare(operations, 1)) ?? first
  return { operations, mismatch, minimal }
}
