/** Where each mapping of a trace is placed, in lines. */
import { closeSync, readSync } from 'node:fs'
import type { TrackerName } from '../data/trackers.generated.js'
import type { ReplayOptions } from '../results/replay.js'
import { OperationKind, openNameless, type Trace } from '../trace/index.js'
import { poolOf } from './pool.js'
import { replayOne } from './serial.js'

/** Bytes of one operation's placement. */
const PLACEMENT_BYTES = 20

/** What stands in the file for the operations of a piece, which begins with operation `from`. */
function readPlacements(fd: number, from: number, count: number): Int32Array {
  const places = new Int32Array(5 * count)
  const bytes = new Uint8Array(places.buffer)
  for (let done = 0; done < bytes.length; ) {
    const got = readSync(fd, bytes, done, bytes.length - done, from * PLACEMENT_BYTES + done)
    if (got === 0) throw new Error('a temporary file became shorter')
    done += got
  }
  return places
}

/**
 * Where each mapping of a trace was placed, as lines, some thousands at a time: for each map
 * `id slot nslots offset pad pool` (`id -1 0 0 0 0` when it failed), for each unmap `id u nslots`,
 * and at the end `used N`, `hiwater N`, `full N`.
 */
export async function* replayPlacements(
  trace: Trace,
  options: ReplayOptions & { readonly tracker?: TrackerName } = {},
): AsyncGenerator<string[]> {
  const pool = poolOf(trace, options)
  const placementsFile = openNameless()
  try {
    const { accuracy } = await replayOne(trace, pool, options.tracker ?? 'global-atomic', options, {
      from: 0,
      share: 1,
      placementsFile,
    })
    let from = 0
    for (const piece of trace.operations.pieces()) {
      const places = readPlacements(placementsFile, from, piece.length)
      const lines: string[] = []
      for (let i = 0; i < piece.length; i++) {
        const kind = piece.kind(i)
        const placed = places.subarray(5 * i, 5 * i + 5)
        if (kind === OperationKind.map) lines.push(`${piece.id(i)} ${placed.join(' ')}`)
        else if (kind === OperationKind.unmap) lines.push(`${piece.id(i)} u ${placed[1]}`)
      }
      from += piece.length
      yield lines
    }
    yield [`used ${accuracy.used}`, `hiwater ${accuracy.hiwater}`, `full ${accuracy.full}`]
  } finally {
    closeSync(placementsFile)
  }
}
