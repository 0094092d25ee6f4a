/** Where the bytes of a trace come from: a file, or a stream such as stdin. */

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { addAbortSignal, type Readable } from 'node:stream'
import { InputError } from '../../data/errors.js'
import { checkObject, textArgument } from '../../data/options.js'
import { Spool } from './spool.js'

/** Bytes of a file that are read at a time. */
const CHUNK_BYTES = 2 ** 18

/** What is read, and how far it has come. */
export interface TraceSource {
  /** The bytes, each time from their begin. Throws InputError where they cannot be read. */
  chunks(signal?: AbortSignal): AsyncIterable<Buffer>
  /** Bytes that were handed out, and how many there are; undefined where nobody knows. */
  readonly read: number
  readonly size: number | undefined
  /** Gives back what is held. */
  close(): void
}

/** A file; it is read anew each time. */
export function fileSource(file: string): TraceSource {
  textArgument('file', file, 'the path of a trace')
  const source = {
    read: 0,
    size: undefined as number | undefined,
    async *chunks(signal?: AbortSignal): AsyncGenerator<Buffer> {
      source.read = 0
      try {
        const { size } = await stat(file)
        // A pipe has no size.
        source.size = size > 0 ? size : undefined
        const stream = createReadStream(file, { highWaterMark: CHUNK_BYTES, signal })
        for await (const chunk of stream) {
          source.read += (chunk as Buffer).length
          yield chunk as Buffer
        }
      } catch (error) {
        if (signal?.aborted) throw signal.reason
        throw unreadable(file, error)
      }
    },
    close(): void {
      // Nothing is held.
    },
  }
  return source
}

/** A stream, which can be read once: what it gave is kept, should it be read again. */
export function streamSource(stream: Readable, name: string): TraceSource {
  if (typeof checkObject('stream', stream, 'a stream').on !== 'function') {
    throw new InputError('stream: expected a stream that can be read')
  }
  const kept = new Spool()
  let ended = false
  const source = {
    read: 0,
    size: undefined,
    async *chunks(signal?: AbortSignal): AsyncGenerator<Buffer> {
      source.read = 0
      const room = Buffer.allocUnsafe(CHUNK_BYTES)
      while (source.read < kept.bytes) {
        const bytes = kept.read(source.read, room)
        source.read += bytes
        yield Buffer.from(room.subarray(0, bytes))
      }
      if (ended) return
      try {
        // A reader that gives up half way comes again, so the stream stays open.
        const rest = signal ? addAbortSignal(signal, stream) : stream
        for await (const chunk of rest.iterator({ destroyOnReturn: false })) {
          kept.append(chunk as Buffer)
          source.read += (chunk as Buffer).length
          yield chunk as Buffer
        }
        ended = true
      } catch (error) {
        if (signal?.aborted) throw signal.reason
        throw error instanceof InputError ? error : unreadable(name, error)
      }
    },
    close: () => kept.close(),
  }
  return source
}

function unreadable(file: string, error: unknown): InputError {
  const reason = (error as NodeJS.ErrnoException).code ?? String(error)
  return new InputError(`${file}: cannot be read (${reason}); expected a file that can be read`)
}
