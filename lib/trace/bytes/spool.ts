/** A place for bytes that may be more than memory should hold. */
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inTemporary } from '../../system/folder.js'

/** Bytes that are held in memory; beyond, a file takes them. */
const MEMORY_BYTES = 4 * 2 ** 20
/** Written to the file at a time. */
const PIECE_BYTES = 2 ** 20

/**
 * Bytes that are appended, and read from any place: in memory while they are few, then in a file
 * that has no name any more, so that nothing is left behind however the process ends.
 */
export class Spool {
  #pieces: Buffer[] = []
  #tail = Buffer.allocUnsafe(PIECE_BYTES)
  #filled = 0
  /** Bytes before the tail. */
  #settled = 0
  #fd: number | undefined

  /** The first bytes of a file that another process holds; to be read only. */
  static of(path: string, bytes: number): Spool {
    const spool = new Spool()
    spool.#fd = openSync(path, 'r')
    spool.#settled = bytes
    return spool
  }

  /** Bytes appended so far. */
  get bytes(): number {
    return this.#settled + this.#filled
  }

  /** Appends a copy. Throws InputError when there is no room. */
  append(bytes: Uint8Array): void {
    let from = 0
    while (from < bytes.length) {
      const part = bytes.subarray(from, from + PIECE_BYTES - this.#filled)
      this.#tail.set(part, this.#filled)
      this.#filled += part.length
      from += part.length
      if (this.#filled === PIECE_BYTES) this.#settle()
    }
  }

  /** Reads what there is from `from` on into `target`; returns how many bytes that were. */
  read(from: number, target: Uint8Array): number {
    const wanted = Math.max(0, Math.min(target.length, this.bytes - from))
    let done = 0
    while (done < wanted) {
      const at = from + done
      const rest = target.subarray(done, wanted)
      const got = at < this.#settled ? this.#readSettled(at, rest) : this.#readTail(at, rest)
      if (got === 0) throw new Error('a temporary file became shorter')
      done += got
    }
    return done
  }

  /**
   * A file of all the bytes, for whoever reads by descriptor; undefined while they are in memory.
   * It is closed with the spool.
   */
  file(): number | undefined {
    if (this.#fd === undefined) return undefined
    if (this.#filled > 0) this.#toFile(this.#tail.subarray(0, this.#filled))
    this.#filled = 0
    return this.#fd
  }

  /** All bytes in memory. */
  load(): ArrayBuffer {
    const all = new ArrayBuffer(this.bytes)
    this.read(0, new Uint8Array(all))
    return all
  }

  /** Gives memory and file back. */
  close(): void {
    this.#pieces = []
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
    this.#settled = 0
    this.#filled = 0
  }

  #readTail(at: number, target: Uint8Array): number {
    const from = at - this.#settled
    const part = this.#tail.subarray(from, Math.min(this.#filled, from + target.length))
    target.set(part)
    return part.length
  }

  #readSettled(at: number, target: Uint8Array): number {
    const wanted = Math.min(target.length, this.#settled - at)
    if (this.#fd !== undefined) return readSync(this.#fd, target, 0, wanted, at)
    const within = at % PIECE_BYTES
    const piece = this.#pieces[Math.floor(at / PIECE_BYTES)] as Buffer
    const part = piece.subarray(within, within + wanted)
    target.set(part)
    return part.length
  }

  #settle(): void {
    if (this.#fd === undefined && this.#settled + PIECE_BYTES <= MEMORY_BYTES) {
      this.#pieces.push(this.#tail)
      this.#tail = Buffer.allocUnsafe(PIECE_BYTES)
      this.#settled += PIECE_BYTES
    } else {
      this.#toFile(this.#tail)
    }
    this.#filled = 0
  }

  #toFile(bytes: Uint8Array): void {
    if (this.#fd === undefined) {
      this.#fd = openNameless()
      let at = 0
      for (const piece of this.#pieces) at += writeAll(this.#fd, piece, at)
      this.#pieces = []
    }
    this.#settled += writeAll(this.#fd, bytes, this.#settled)
  }
}

/**
 * A file without a name; whoever opens it closes it.
 *
 * @throws InputError where there can be none
 */
export function openNameless(): number {
  const name = join(tmpdir(), `swiotlb-lab-${randomBytes(8).toString('hex')}`)
  const fd = inTemporary(() => openSync(name, 'wx+', 0o600))
  unlinkSync(name)
  return fd
}

function writeAll(fd: number, bytes: Uint8Array, at: number): number {
  return inTemporary(() => {
    let done = 0
    while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, at + done)
    return done
  })
}
