/** A tar archive, read from its begin to its end. */
import { DamagedData } from './unpack.js'

const BLOCK = 512
const MAGIC_AT = 257
const CHECKSUM_AT = 148
const CHECKSUM_BYTES = 8
/** Regular files: of POSIX, and of the time before. */
const FILE_TYPES = ['0', '\0']

/** A file in the archive. Its bytes are there until the next entry is asked for. */
export interface TarEntry {
  /** Without folders in front. */
  readonly name: string
  readonly size: number
  chunks(): AsyncGenerator<Buffer>
}

/** Whether the first bytes of a file are those of an archive. */
export function isTar(head: Buffer): boolean {
  return (
    head.length >= BLOCK &&
    head.toString('latin1', MAGIC_AT, MAGIC_AT + 5) === 'ustar' &&
    checksumOf(head) === number(head, CHECKSUM_AT, CHECKSUM_BYTES)
  )
}

/** Text up to the first NUL. */
function text(header: Buffer, at: number, length: number): string {
  const [value = ''] = header.toString('utf8', at, at + length).split('\0')
  return value
}

/** An octal number, or one of base 256 where the first bit is set; NaN where it is none. */
function number(header: Buffer, at: number, length: number): number {
  if (((header[at] as number) & 0x80) !== 0) return Number(header.readBigUInt64BE(at + length - 8))
  const digits = text(header, at, length).trim()
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN
}

/** The sum of a header's bytes, in which the checksum itself counts as blanks. */
function checksumOf(header: Buffer): number {
  let sum = 0
  for (let i = 0; i < BLOCK; i++) {
    const own = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES
    sum += own ? 32 : (header[i] as number)
  }
  return sum
}

/** Bytes of pieces of any length, in pieces of the length that is wanted. */
class Pieces {
  readonly #source: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source
  }

  /** At least one byte and at most so many; undefined at the end. */
  async some(most: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#source.next()
      if (next.done) return undefined
      this.#rest = next.value
    }
    const part = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(part.length)
    return part
  }

  /** A block; undefined at the end. */
  async block(): Promise<Buffer | undefined> {
    const parts: Buffer[] = []
    for (let left = BLOCK; left > 0; ) {
      const part = await this.some(left)
      if (!part) break
      parts.push(part)
      left -= part.length
    }
    const block = Buffer.concat(parts)
    if (block.length === 0) return undefined
    if (block.length < BLOCK) throw new DamagedData('the tar ends within a block')
    return block
  }
}

/**
 * The files of an archive, in their order. What is not read of one is passed over.
 *
 * @throws DamagedData where it is cut, or a header is none
 */
export async function* tarEntries(chunks: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const source = chunks[Symbol.asyncIterator]()
  const pieces = new Pieces(source)
  try {
    for (;;) {
      const header = await pieces.block()
      // Two blocks of zeros end it; one is enough to see that.
      if (!header || header.every((byte) => byte === 0)) return
      const size = number(header, 124, 12)
      if (checksumOf(header) !== number(header, CHECKSUM_AT, CHECKSUM_BYTES) || !(size >= 0)) {
        throw new DamagedData('the tar is damaged: a header has another checksum than it says')
      }
      const name = text(header, 0, 100)
      let left = size
      const read = async function* (): AsyncGenerator<Buffer> {
        while (left > 0) {
          const part = await pieces.some(left)
          if (!part) throw new DamagedData(`the tar ends within ${name}`)
          left -= part.length
          yield part
        }
      }
      if (FILE_TYPES.includes(String.fromCharCode(header[156] as number))) {
        yield { name: name.replace(/^.*\//, ''), size, chunks: read }
      }
      for await (const _ of read());
      for (let padding = (BLOCK - (size % BLOCK)) % BLOCK; padding > 0; ) {
        const part = await pieces.some(padding)
        if (!part) throw new DamagedData(`the tar ends within ${name}`)
        padding -= part.length
      }
    }
  } finally {
    await source.return?.()
  }
}
