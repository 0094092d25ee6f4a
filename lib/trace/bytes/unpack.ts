/** gzip and zstd, as they come. */
import { Readable } from 'node:stream'
import { constants, createGunzip, gunzipSync } from 'node:zlib'
import { Decompress, decompress } from 'fzstd'

type Packing = 'none' | 'gzip' | 'zstd'

/** Bytes that tell how a file is packed. */
const MAGIC_BYTES = 4
const ZSTD_MAGIC = Buffer.from('28b52ffd', 'hex')

function packingOf(head: Uint8Array): Packing {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  return ZSTD_MAGIC.every((byte, i) => head[i] === byte) ? 'zstd' : 'none'
}

/** What unpacking minded about the data. */
export class DamagedData extends Error {}

function damaged(packing: Packing, error: unknown): DamagedData {
  const reason = error instanceof Error ? error.message : String(error)
  return new DamagedData(`the ${packing} data are damaged (${reason})`)
}

/** Unpacks all of it; of damaged data what there is, and then the error. */
export function* unpackWhole(bytes: Buffer): Generator<Buffer> {
  const packing = packingOf(bytes)
  try {
    if (packing === 'none') yield bytes
    if (packing === 'zstd') yield Buffer.from(decompress(bytes))
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
    if (length >= MAGIC_BYTES) break
  }
  const head = Buffer.concat(first)
  const all = behind(head, source)
  const packing = packingOf(head)
  if (packing === 'gzip') yield* gunzip(all)
  else if (packing === 'zstd') yield* unzstd(all)
  else yield* all
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
