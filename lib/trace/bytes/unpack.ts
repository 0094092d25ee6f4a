/** gzip and zstd, as they come. */
import { Readable } from 'node:stream'
import { constants, createGunzip, gunzipSync } from 'node:zlib'
import { Decompress, decompress } from 'fzstd'
import { formatBytes } from '../../data/units.js'

type Packing = 'none' | 'gzip' | 'zstd'

/** Bytes that tell how a file is packed: all of the longest head of a zstd frame. */
const HEAD_BYTES = 18
/** What the decoder refuses beyond, and cannot count beyond. */
const MAX_WINDOW = 2046 * 2 ** 20
const ZSTD_MAGIC = Buffer.from('28b52ffd', 'hex')

function packingOf(head: Uint8Array): Packing {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  return ZSTD_MAGIC.every((byte, i) => head[i] === byte) ? 'zstd' : 'none'
}

/** What unpacking minded about the data. */
export class DamagedData extends Error {
  readonly expected: string

  constructor(message: string, expected = 'a whole file') {
    super(message)
    this.expected = expected
  }
}

/**
 * Bytes of what is unpacked that the first frame of zstd data may refer back to, and that must be
 * held in memory; 0 where its head is cut.
 */
function zstdWindow(head: Buffer): number {
  const flags = head[4] ?? 0
  const isWhole = (flags & 0x20) !== 0
  if (!isWhole) {
    const [descriptor = 0] = head.subarray(5)
    return 2 ** (10 + (descriptor >> 3)) * (1 + (descriptor & 7) / 8)
  }
  // All of it at once: the size stands behind the number of a dictionary.
  const at = 5 + ([0, 1, 2, 4][flags & 3] as number)
  const bytes = 1 << (flags >> 6)
  if (head.length < at + bytes) return 0
  return bytes === 8 ? Number(head.readBigUInt64LE(at)) : head.readUIntLE(at, bytes)
}

function refuseWindow(head: Buffer): void {
  const window = zstdWindow(head)
  if (window <= MAX_WINDOW) return
  throw new DamagedData(
    `packed with zstd in a window of ${formatBytes(window)}, and at most ${MAX_WINDOW / 2 ** 20} MiB can be read`,
    'a smaller window, or the text itself, as zstd -dc --long=31 gives it',
  )
}

function damaged(packing: Packing, error: unknown): DamagedData {
  if (error instanceof DamagedData) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new DamagedData(`the ${packing} data are damaged (${reason})`)
}

/** Unpacks all of it; of damaged data what there is, and then the error. */
export function* unpackWhole(bytes: Buffer): Generator<Buffer> {
  const packing = packingOf(bytes)
  try {
    if (packing === 'none') yield bytes
    if (packing === 'zstd') {
      refuseWindow(bytes)
      yield Buffer.from(decompress(bytes))
    }
    if (packing === 'gzip') yield gunzipSync(bytes)
  } catch (error) {
    if (packing === 'gzip') yield readablePart(bytes)
    throw damaged(packing, error)
  }
}

function readablePart(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return Buffer.alloc(0)
  }
}

/** Unpacks chunk by chunk. Throws DamagedData, or what the chunks throw. */
export async function* unpack(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = chunks[Symbol.asyncIterator]()
  const first: Buffer[] = []
  let length = 0
  for (let next = await source.next(); !next.done; next = await source.next()) {
    first.push(next.value)
    length += next.value.length
    if (length >= HEAD_BYTES) break
  }
  const head = Buffer.concat(first)
  const all = behind(head, source)
  const packing = packingOf(head)
  if (packing === 'gzip') yield* gunzip(all)
  else if (packing === 'zstd') {
    refuseWindow(head)
    yield* unzstd(all)
  } else yield* all
}

async function* behind(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield head
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const packed = Readable.from(chunks, { objectMode: false })
  const plain = createGunzip()
  let failure: unknown
  packed.on('error', (error) => {
    failure = error
    plain.destroy(error)
  })
  packed.pipe(plain)
  try {
    for await (const chunk of plain) yield chunk as Buffer
  } catch (error) {
    throw failure ?? damaged('gzip', error)
  } finally {
    packed.destroy()
    plain.destroy()
  }
}

async function* unzstd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const plain: Buffer[] = []
  const decoder = new Decompress((chunk) => {
    plain.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
  })
  const feed = (bytes: Uint8Array, last: boolean): void => {
    try {
      decoder.push(bytes, last)
    } catch (error) {
      throw damaged('zstd', error)
    }
  }
  for await (const chunk of chunks) {
    feed(chunk, false)
    yield* plain.splice(0)
  }
  feed(new Uint8Array(), true)
  yield* plain.splice(0)
}
