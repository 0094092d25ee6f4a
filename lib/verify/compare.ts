/** The port's answers beside the kernel's, operation by operation. */
import { countOf } from '../data/units.js'
import type { OperationTrail } from '../measure/trail.js'
import { OperationKind, type Operations } from '../trace/index.js'
import type { DriverAnswers } from './driver.js'

/** The first operation after which the two differ. */
export interface Mismatch {
  /** Of the log, from 0. */
  readonly operation: number
  /** In words: `slot`, `used`, `run counts and indices`... */
  readonly field: string
  /** What each said of that field. */
  readonly port: string
  readonly kernel: string
  /** Whether the kernel was ended by the clock. */
  readonly hung?: boolean
}

/** The field of a mismatch where the kernel made no pool. */
export const NO_POOL = 'pool:'
/** The field of a mismatch where the kernel's search never ends. */
export const ENDLESS = 'search:'
/** The field of a mismatch where the kernel did not answer for another reason: it crashed, say. */
export const NO_ANSWER = 'answer:'

/** Words of a record; see struct record of kernel-shim/protocol.h. */
const RECORD_WORDS = 16
const FLAGS = 5
const USED = 6
const HIWATER = 8
const FULL = 10
const PLACEMENT = ['slot', 'slots taken', 'byte offset', 'pad slots', 'pool'] as const
/** Flag of a record whose size is a hash of data. */
const HAS_DATA = 2
/** The field of a mismatch in the data that an operation could have touched. */
export const DATA = 'data'
/** The field of a mismatch in all data. */
export const MEMORY = 'all data'
const FULL_FIELDS = ['size', 'total', 'used'] as const
const HASHES = ['run counts and search indices', 'slots and areas'] as const

/** Fields of a placement that each kind of operation defines. */
function definedFields(kind: number): number {
  if (kind === OperationKind.map || kind === OperationKind.alloc) return PLACEMENT.length
  return kind === OperationKind.unmap || kind === OperationKind.free ? 2 : 0
}

/** A word of 64 bits, as exact as the port's own doubles; below 0 where a count fell below it. */
function wide(words: Int32Array, at: number): number {
  return ((words[at] ?? 0) >>> 0) + (words[at + 1] ?? 0) * 2 ** 32
}

function compareOperation(
  kind: number,
  i: number,
  trail: OperationTrail,
  { words, hasHiwater }: DriverAnswers,
): Mismatch | null {
  const at = i * RECORD_WORDS
  const differ = (field: string, port: unknown, kernel: unknown): Mismatch => ({
    operation: i,
    field,
    port: String(port),
    kernel: String(kernel),
  })
  const defined = definedFields(kind)
  for (let field = 0; field < defined; field++) {
    const port = trail.placements[5 * i + field]
    const kernel = words[at + field]
    if (port !== kernel) return differ(PLACEMENT[field] as string, port, kernel)
  }
  const used = wide(words, at + USED)
  if (trail.used[i] !== used) return differ('used', trail.used[i], used)
  const hiwater = wide(words, at + HIWATER)
  if (hasHiwater && trail.hiwater[i] !== hiwater) {
    return differ('hiwater', trail.hiwater[i], hiwater)
  }
  if (trail.data.length > 0) {
    const port = trail.data[i]
    const kernel = data(words, at)
    if (port !== kernel) return differ(DATA, hex(port), hex(kernel))
  }
  // The port notes zeros where nothing was said, as the driver does.
  const said = (words[at + FLAGS] as number) & 1
  for (let field = 0; field < FULL_FIELDS.length; field++) {
    const port = trail.full[3 * i + field]
    const kernel = said ? wide(words, at + FULL + 2 * field) : 0
    if (port !== kernel) return differ(`"buffer is full" ${FULL_FIELDS[field]}`, port, kernel)
  }
  return null
}

/** The hash of the data that an operation could have touched; 0 for one that touches none. */
function data(words: Int32Array, at: number): bigint {
  if (((words[at + FLAGS] as number) & HAS_DATA) === 0) return 0n
  const [low, high] = [words[at + FULL] ?? 0, words[at + FULL + 1] ?? 0]
  return BigInt.asUintN(32, BigInt(low)) | (BigInt.asUintN(32, BigInt(high)) << 32n)
}

const hex = (hash: bigint | undefined) => `hash ${hash?.toString(16).padStart(16, '0')}`

/** Hashes of the same moment; null when both are alike. */
function compareHashes(
  operation: number,
  at: number,
  port: BigUint64Array,
  kernel: BigUint64Array,
): Mismatch | null {
  for (const [i, field] of HASHES.entries()) {
    const [ours, theirs] = [port[at + i], kernel[at + i]]
    if (ours !== theirs) {
      return { operation, field, port: hex(ours), kernel: hex(theirs) }
    }
  }
  return null
}

/**
 * The first difference; null when there is none. Hashes must have been taken every `hashEvery`
 * operations on both sides.
 */
export function firstMismatch(
  operations: Operations,
  trail: OperationTrail,
  driver: DriverAnswers,
  hashEvery: number,
): Mismatch | null {
  let hash = 0
  for (let i = 0; i < driver.length; i++) {
    const mismatch = compareOperation(operations.kind(i), i, trail, driver)
    if (mismatch) return mismatch
    if (hashEvery > 0 && (i + 1) % hashEvery === 0) {
      const other =
        compareHashes(i, hash, trail.hashes, driver.hashes) ??
        compareMemory(i, hash / HASHES.length, trail, driver)
      if (other) return other
      hash += HASHES.length
    }
  }
  if (driver.ended !== null) {
    const port = portAnswer(operations, trail, driver.length)
    const { ended: kernel, hung, endless } = driver
    const field = endless ? ENDLESS : NO_ANSWER
    return { operation: driver.length, field, port, kernel, hung }
  }
  const last = operations.length - 1
  return (
    compareHashes(last, hash, trail.hashes, driver.hashes) ??
    compareMemory(last, hash / HASHES.length, trail, driver)
  )
}

/** All data at the same moment; null when both are alike, and without copies. */
function compareMemory(
  operation: number,
  at: number,
  trail: OperationTrail,
  driver: DriverAnswers,
): Mismatch | null {
  const [ours, theirs] = [trail.memory[at], driver.memory[at]]
  if (trail.memory.length === 0 || ours === theirs) return null
  return { operation, field: MEMORY, port: hex(ours), kernel: hex(theirs) }
}

/** What the port did where the kernel has no answer. */
function portAnswer(operations: Operations, trail: OperationTrail, i: number): string {
  const defined = definedFields(operations.kind(i))
  const [slot, nslots] = [trail.placements[5 * i], trail.placements[5 * i + 1]]
  if (defined === 2) return `freed ${countOf(nslots ?? 0, 'slot')}`
  if (defined === 0) return 'done'
  return slot === -1 ? 'no room' : `slot ${slot}`
}
