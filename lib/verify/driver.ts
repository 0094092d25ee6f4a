/**
 * A driver: a program that runs packed operations through one allocator and answers after each. It
 * reads and writes the binary protocol of kernel-shim/protocol.h.
 */
import { spawn } from 'node:child_process'
import { killGroup } from '../system/process.js'
import { OperationKind, type Operations, type PoolHeader } from '../trace/index.js'

const HEADER_BYTES = 64
const RECORD_BYTES = 64
const MAGIC_IN = 'KSHIMIN1'
const MAGIC_OUT = 'KSHIMOU1'
const SLOT_CHECKSUM = -4
const SETTLE_BY_HAND = 8
/** With this the driver has a hiwater. */
const FEATURE_HIWATER = 1n

/** How a pool is made, besides its shape: the flags of kernel-shim/protocol.h. */
export const PoolFlag = { restricted: 1, any: 2, copies: 64 } as const

const HUNG = 71
const ENDLESS = 73
/** The ways in which a driver ends before its time. */
const ENDED = new Map([
  [70, 'it came to a BUG or a panic'],
  [HUNG, 'it did not come back within 10 seconds'],
  [72, 'it crashed'],
  [ENDLESS, 'it looked at a slot a second time, and so never ends'],
])

/** What the driver answered: records of 64 bytes, one per operation, and the hashes. */
export interface DriverAnswers {
  /** As the kernel rounded it. */
  readonly nslabs: number
  readonly nareas: number
  readonly hasHiwater: boolean
  /** Operations that were answered. */
  readonly length: number
  /** Words of the records without checksums, 16 per operation; see struct record. */
  readonly words: Int32Array
  /** Two (list, state) every `hashEvery` operations, and two at the end. */
  readonly hashes: BigUint64Array
  /** One beside each two: of all data; 0 without copies. */
  readonly memory: BigUint64Array
  /** Why it ended before the last operation; null when it did not. */
  readonly ended: string | null
  /** Whether it was ended by the clock, which took some seconds. */
  readonly hung: boolean
  /** Whether it ended because its search never ends: it does the same again and again. */
  readonly endless: boolean
}

/** A driver that ended before it told which pool the kernel had made. */
export class EndedEarly extends Error {}

export interface DriverOptions {
  readonly flags?: number
  /** Further arguments of the program. */
  readonly args?: readonly string[]
  /** Operations between two hashes; 0: only at the end. */
  readonly hashEvery: number
  readonly signal?: AbortSignal | undefined
}

/** Whether what is put off waits for an operation of its own. */
function settlesByHand(operations: Operations): boolean {
  for (let i = 0; i < operations.length; i++) {
    if (operations.kind(i) === OperationKind.settle) return true
  }
  return false
}

function header(pool: PoolHeader, flags: number, hashEvery: number): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.write(MAGIC_IN, 0, 'latin1')
  bytes.writeBigUInt64LE(BigInt(pool.nslabs), 8)
  bytes.writeBigUInt64LE(BigInt(pool.nareas), 16)
  bytes.writeBigUInt64LE(pool.start, 24)
  bytes.writeUInt32LE(flags, 48)
  bytes.writeBigUInt64LE(BigInt(hashEvery), 56)
  return bytes
}

/**
 * Runs the operations. A driver that ends early has still answered what came before.
 *
 * @throws Error when the driver refuses its input: that is a fault of ours
 */
export async function runDriver(
  program: string,
  pool: PoolHeader,
  operations: Operations,
  { flags = 0, args = [], hashEvery, signal }: DriverOptions,
): Promise<DriverAnswers> {
  const byHand = settlesByHand(operations) ? SETTLE_BY_HAND : 0
  const child = spawn(program, ['-b', ...args], {
    // A group of its own: an interrupt of the terminal is none of what the kernel's code does.
    detached: true,
    stdio: 'pipe',
    killSignal: 'SIGKILL',
    ...(signal && { signal }),
  })
  const output: Buffer[] = []
  let words = ''
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text
  })
  // A driver that ends early does not read the rest.
  child.stdin.on('error', () => undefined)
  child.stdin.write(header(pool, flags | byHand, hashEvery))
  child.stdin.end(new Uint8Array(operations.buffer))
  // This process may be left before the driver has ended.
  const kill = (): void => killGroup(child)
  process.once('exit', kill)
  const status = await new Promise<number | string>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, how) => resolve(code ?? how ?? 'nothing'))
  }).finally(() => process.off('exit', kill))
  const ended = typeof status === 'number' ? ENDED.get(status) : `it was ended by ${status}`
  if (status !== 0 && ended === undefined) {
    throw new Error(`${program} ended with ${status}: ${words.trim()}`)
  }
  const answers = parse(Buffer.concat(output), operations.length, ended ?? null, program)
  return { ...answers, hung: status === HUNG, endless: status === ENDLESS }
}

function parse(
  bytes: Buffer,
  operations: number,
  ended: string | null,
  program: string,
): Omit<DriverAnswers, 'hung' | 'endless'> {
  if (ended !== null && bytes.length < HEADER_BYTES) {
    throw new EndedEarly(`none was made: ${ended}`)
  }
  if (bytes.toString('latin1', 0, MAGIC_OUT.length) !== MAGIC_OUT) {
    throw new Error(`${program} did not answer in its protocol`)
  }
  // A whole copy is aligned; Buffer.concat of few bytes is not.
  const records = new Int32Array(
    new Uint8Array(bytes.subarray(HEADER_BYTES, bytes.length - (bytes.length % RECORD_BYTES)))
      .buffer,
  )
  const perRecord = RECORD_BYTES / 4
  const answers = new Int32Array(operations * perRecord)
  const view = new DataView(records.buffer)
  const hashes: bigint[] = []
  const memory: bigint[] = []
  let length = 0
  for (let at = 0; at < records.length; at += perRecord) {
    if (records[at] === SLOT_CHECKSUM) {
      hashes.push(view.getBigUint64(4 * at + 24, true), view.getBigUint64(4 * at + 32, true))
      memory.push(view.getBigUint64(4 * at + 48, true))
    } else if (length < operations) {
      answers.set(records.subarray(at, at + perRecord), length * perRecord)
      length++
    } else {
      throw new Error(`${program} answered more often than it was asked`)
    }
  }
  if (ended === null && length !== operations) {
    throw new Error(`${program} answered ${length} of ${operations} operations`)
  }
  return {
    nslabs: Number(bytes.readBigUInt64LE(8)),
    nareas: Number(bytes.readBigUInt64LE(16)),
    hasHiwater: (bytes.readBigUInt64LE(40) & FEATURE_HIWATER) !== 0n,
    length,
    words: answers,
    hashes: BigUint64Array.from(hashes),
    memory: BigUint64Array.from(memory),
    ended,
  }
}
