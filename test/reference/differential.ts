// Runs operations through the reference and compares a replay with it, operation by operation.

import type { Operation } from '../../lib/verify/generate.js'
import { ReferenceSwiotlb } from './model.js'
import { areaOf, at, type Full, type PoolShape, SLOT_BYTES } from './rules.js'

/** What a replay of operations tells; one entry per operation, five per operation in placements. */
export interface Replay {
  /** slot, nslots, byte offset, pad slots, pool */
  readonly placements: ArrayLike<number>
  /** slots in use after the operation */
  readonly used: ArrayLike<number>
  readonly hiwater: ArrayLike<number>
  /** failed maps in their order */
  readonly full: readonly FailedMap[]
}

/** The figures of a "buffer is full" line and the operation that it belongs to. */
interface FailedMap extends Omit<Full, 'ok'> {
  readonly operation: number
}

/** How often the operations met what they are meant to meet. */
interface Coverage {
  maps: number
  failed: number
  /** served by another area than the CPU's own */
  spilled: number
  padded: number
  withOffset: number
  /** failed although the pool had as many free slots */
  failedWithRoom: number
  resets: number
  unmapsOfFailed: number
}

export interface ReferenceReplay extends Replay {
  readonly coverage: Coverage
  readonly model: ReferenceSwiotlb
}

const PER_OPERATION = 5

export function replayReference(
  pool: PoolShape,
  operations: readonly Operation[],
): ReferenceReplay {
  const model = new ReferenceSwiotlb(pool)
  const live = new Map<number, { address: bigint; mam: number } | null>()
  const placements = new Int32Array(operations.length * PER_OPERATION)
  const used = new Float64Array(operations.length)
  const hiwater = new Float64Array(operations.length)
  const full: FailedMap[] = []
  const coverage: Coverage = {
    maps: 0,
    failed: 0,
    spilled: 0,
    padded: 0,
    withOffset: 0,
    failedWithRoom: 0,
    resets: 0,
    unmapsOfFailed: 0,
  }

  const run = (operation: Operation, index: number): readonly number[] => {
    switch (operation.kind) {
      case 'map':
      case 'alloc': {
        if (live.has(operation.id)) throw new Error(`id ${operation.id} is live already`)
        coverage.maps++
        const { kind, cpu, size, mam } = operation
        const result = kind === 'map' ? model.map(operation) : model.alloc(cpu, size, mam)
        if (!result.ok) {
          live.set(operation.id, null)
          // An alloc that fails says nothing.
          if (kind === 'map') {
            const { size, total, used } = result
            full.push({ operation: index, size, total, used })
          }
          coverage.failed++
          if (result.size <= (result.total - result.used) * SLOT_BYTES) coverage.failedWithRoom++
          return [-1, 0, 0, 0, 0]
        }
        live.set(operation.id, { address: result.address, mam: operation.mam })
        const area = Math.floor(result.slot / (pool.nslabs / pool.nareas))
        if (area !== areaOf(operation.cpu, 0, pool.nareas)) coverage.spilled++
        if (result.pad > 0) coverage.padded++
        if (result.offset > 0) coverage.withOffset++
        return [result.slot, result.nslots, result.offset, result.pad, result.pool]
      }
      case 'unmap':
      case 'free': {
        const mapping = live.get(operation.id)
        if (mapping === undefined) throw new Error(`id ${operation.id} is not live`)
        live.delete(operation.id)
        if (mapping === null) coverage.unmapsOfFailed++
        return [-2, mapping === null ? 0 : model.unmap(mapping.address, mapping.mam), 0, 0, 0]
      }
      case 'settle':
      case 'sync':
        return [-3, 0, 0, 0, 0]
      case 'reset':
        coverage.resets++
        model.resetHiwater()
        return [-3, 0, 0, 0, 0]
      case 'setIndex':
        model.setAreaIndex(operation.cpu, operation.size)
        return [-3, 0, 0, 0, 0]
    }
  }

  operations.forEach((operation, index) => {
    placements.set(run(operation, index), index * PER_OPERATION)
    used[index] = model.used
    hiwater[index] = model.hiwater
  })
  return { placements, used, hiwater, full, coverage, model }
}

const FIELDS = ['slot', 'nslots', 'byte offset', 'pad slots', 'pool'] as const

/** The first operation that a replay saw otherwise, in words; null when there is none. */
export function firstDifference(
  operations: readonly Operation[],
  expected: Replay,
  actual: Replay,
): string | null {
  const lengths = [
    actual.placements.length / PER_OPERATION,
    actual.used.length,
    actual.hiwater.length,
  ]
  for (const length of lengths) {
    if (length !== operations.length) {
      return `results for ${length} operations instead of ${operations.length}`
    }
  }
  for (const [index, operation] of operations.entries()) {
    const tell = (what: string, got: number, want: number) =>
      `operation ${index} (${describe(operation)}): ${what} ${got} instead of ${want}`
    for (const [i, field] of FIELDS.entries()) {
      // An unmap and the rest define their first fields only.
      if (i > 1 && operation.kind !== 'map' && operation.kind !== 'alloc') break
      const want = at(expected.placements, index * PER_OPERATION + i)
      const got = at(actual.placements, index * PER_OPERATION + i)
      if (want !== got) return tell(field, got, want)
    }
    for (const counter of ['used', 'hiwater'] as const) {
      const want = at(expected[counter], index)
      const got = at(actual[counter], index)
      if (want !== got) return tell(counter, got, want)
    }
  }
  return firstDifferentFailure(expected.full, actual.full)
}

function firstDifferentFailure(
  expected: readonly FailedMap[],
  actual: readonly FailedMap[],
): string | null {
  if (expected.length !== actual.length) {
    return `${actual.length} failed maps instead of ${expected.length}`
  }
  for (const [index, want] of expected.entries()) {
    const got = at(actual, index)
    for (const field of ['operation', 'size', 'total', 'used'] as const) {
      if (want[field] !== got[field]) {
        return `failed map ${index}: ${field} ${got[field]} instead of ${want[field]}`
      }
    }
  }
  return null
}

function describe(operation: Operation): string {
  const hex = (value: number | bigint) => `0x${value.toString(16)}`
  const { kind, cpu, id, orig, size, am, mam, bm } = operation
  switch (kind) {
    case 'map':
      return `map cpu ${cpu} id ${id} orig ${hex(orig)} size ${size} am ${hex(am)} mam ${hex(mam)} bm ${hex(bm)}`
    case 'alloc':
      return `alloc cpu ${cpu} id ${id} size ${size} mam ${hex(mam)}`
    case 'unmap':
    case 'free':
      return `${kind} cpu ${cpu} id ${id}`
    case 'sync':
      return `sync id ${id}, ${size} bytes from ${orig}`
    case 'reset':
    case 'settle':
      return kind
    case 'setIndex':
      return `set index of area ${cpu} to ${size}`
  }
}
