/** The events of a run in virtual time, as the engine leaves them in a file. */
import { readSync } from 'node:fs'

/** In the order of the engine's enum lab_event_kind: slices, and behind them counts. */
const kinds = [
  'map',
  'unmap',
  'search',
  'release',
  'lock wait',
  'tracker',
  'copy',
  'used',
  'area',
  'mark',
] as const

const FIRST_COUNT = kinds.indexOf('used')
/** Of struct lab_event: when, how long, value, which, kind. */
const EVENT_BYTES = 32
const EVENTS_AT_ONCE = 4096

export interface VirtualEvent {
  readonly kind: (typeof kinds)[number]
  /** Virtual time, in picoseconds: whole numbers up to some hours. */
  readonly atPs: number
  readonly tookPs: number
  /** Slots. */
  readonly value: number
  /** The CPU of a slice, the area of its count. */
  readonly which: number
}

export const isCount = ({ kind }: VirtualEvent): boolean => kinds.indexOf(kind) >= FIRST_COUNT

export const isOperation = ({ kind }: VirtualEvent): boolean => kind === 'map' || kind === 'unmap'

export function* eventsIn(file: number, count: number): Generator<VirtualEvent> {
  const bytes = Buffer.alloc(EVENTS_AT_ONCE * EVENT_BYTES)
  for (let from = 0; from < count; from += EVENTS_AT_ONCE) {
    const wanted = Math.min(EVENTS_AT_ONCE, count - from) * EVENT_BYTES
    for (let done = 0; done < wanted; ) {
      const got = readSync(file, bytes, done, wanted - done, from * EVENT_BYTES + done)
      if (got === 0) throw new Error('a temporary file became shorter')
      done += got
    }
    for (let at = 0; at < wanted; at += EVENT_BYTES) {
      yield {
        atPs: Number(bytes.readBigUInt64LE(at)),
        tookPs: Number(bytes.readBigUInt64LE(at + 8)),
        value: Number(bytes.readBigInt64LE(at + 16)),
        which: bytes.readUInt32LE(at + 24),
        kind: kinds[bytes.readUInt32LE(at + 28)] as VirtualEvent['kind'],
      }
    }
  }
}
