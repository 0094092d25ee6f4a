import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Random } from '../../lib/data/random.js'
import {
  OperationKind,
  type Operations,
  parseTrace,
  type TraceHints,
  type WholeTrace,
} from '../../lib/trace/index.js'

/** What the tests use of a capture's meta.json. */
export interface CaptureMeta {
  readonly nslabs: number
  readonly nareas: number
  readonly pool_start: string
  readonly used_before: number
  readonly used_after: number
  readonly hiwater_after: number
  readonly lost: { readonly entries: number } | null
}

const ROOT = join(__dirname, '../data', 'captures')

/** An operation log: its pool, and then an operation a line. */
export const logOf = (pool: string, lines: readonly string[]): WholeTrace =>
  parseTrace(`#! ${pool}\n${lines.join('\n')}\n`, { file: 'test.log' })

export function captureMeta(name: string): CaptureMeta {
  return JSON.parse(readFileSync(join(ROOT, name, 'meta.json'), 'utf8'))
}

export function captureFile(name: string, file = 'trace.txt.gz'): Buffer {
  return readFileSync(join(ROOT, name, file))
}

export function captureText(name: string, file?: string): string {
  return gunzipSync(captureFile(name, file)).toString('latin1')
}

export function captureHints(name: string): TraceHints {
  const { nslabs, nareas, pool_start } = captureMeta(name)
  return { file: `${name}.txt`, nslabs, nareas, start: BigInt(pool_start) }
}

export interface Use {
  readonly peak: number
  readonly end: number
  /** Slots that were taken while another mapping had them. */
  readonly overlaps: number
}

/** Adds up a trace's operations, and looks whether the slots that they expect are free. */
export function useOf({ operations, usedBefore }: WholeTrace): Use {
  const owners = new Map<number, number>()
  const slots = new Map<number, number[]>()
  let used = usedBefore
  let peak = used
  let overlaps = 0
  for (let i = 0; i < operations.length; i++) {
    const kind = operations.kind(i)
    const id = operations.id(i)
    if (kind === OperationKind.map || kind === OperationKind.place) {
      const count = operations.slots(i)
      const first = operations.expect(i) - 1
      const mine = Array.from({ length: count }, (_, k) => first + k)
      for (const slot of first < 0 ? [] : mine) {
        if (owners.has(slot)) overlaps++
        owners.set(slot, id)
      }
      slots.set(id, mine)
      if (kind === OperationKind.map) used += count
    } else if (kind === OperationKind.unmap) {
      const mine = slots.get(id) ?? []
      for (const slot of mine) if (owners.get(slot) === id) owners.delete(slot)
      used -= mine.length
      slots.delete(id)
    }
    peak = Math.max(peak, used)
  }
  return { peak, end: used, overlaps }
}

/** All fields of all operations, for comparisons; `without` leaves fields out. */
export function listOperations(operations: Operations, without: readonly string[] = []): string[] {
  const fields = ['kind', 'cpu', 'id', 'orig', 'size', 'am', 'mam', 'bm', 'expect'] as const
  const kept = fields.filter((field) => !without.includes(field))
  return Array.from({ length: operations.length }, (_, i) =>
    kept.map((field) => `${field}=${operations[field](i)}`).join(' '),
  )
}

/** Integers from 0 below `limit`, the same each time. */
export function randomFrom(seed: number): (limit: number) => number {
  const random = new Random(seed)
  return (limit) => random.below(limit)
}
