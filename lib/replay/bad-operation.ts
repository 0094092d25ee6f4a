/** What is said of an operation that a pool cannot do. */
import { OperationKind, type Operations, type Trace, TraceError } from '../trace/index.js'

interface PoolSize {
  readonly slots: number
  readonly areas: number
}

/** Of an index that the pool does not have, with its line; undefined for any other operation. */
export function indexError(
  file: string,
  operations: Operations,
  at: number,
  { slots, areas }: PoolSize,
): TraceError | undefined {
  if (operations.kind(at) !== OperationKind.setIndex) return undefined
  const [area, index] = [operations.cpu(at), operations.size(at)]
  const areaSlots = slots / areas
  if (area < areas && index < areaSlots) return undefined
  return new TraceError(
    file,
    Number(operations.orig(at)),
    area < areas
      ? `index is ${index}, and an area of this pool has ${areaSlots} slots`
      : `area is ${area}, and this pool has ${areas}`,
    `i <area> <index>, an area below ${areas} and a slot of it below ${areaSlots}`,
  )
}

/** Of the operation with this number. */
export function badOperation(trace: Trace, pool: PoolSize, number: number): Error {
  let at = number
  for (const piece of trace.operations.pieces()) {
    if (at < piece.length) {
      const error = indexError(trace.file, piece, at, pool)
      if (error) return error
      break
    }
    at -= piece.length
  }
  return new Error(`${trace.file}: operation ${number} makes no sense`)
}
