/** Where each mapping of a trace is placed, in lines. */

import { closeSync } from 'node:fs'
import { checkOptions, option, optionsOf } from '../data/options.js'
import type { TrackerName } from '../data/trackers.generated.js'
import { readPlacements } from '../measure/pool-run.js'
import { replayShape } from '../results/options.js'
import type { ReplayOptions } from '../results/replay.js'
import { checkTrace, OperationKind, openNameless, type Trace } from '../trace/index.js'
import { inPool } from './other-pool.js'
import { poolOf } from './pool.js'
import { replayOne } from './serial.js'

export interface ReplayPlacementsOptions
  extends Omit<ReplayOptions, 'trackers' | 'engine' | 'machine' | 'pace' | 'copy' | 'seed'> {
  readonly tracker?: TrackerName | undefined
}

const { trackers, engine, machine, pace, copy, seed, ...shape } = replayShape
const schema = optionsOf<ReplayPlacementsOptions>({ ...shape, tracker: option.own })

/**
 * Where each mapping of a trace was placed, as lines, some thousands at a time: for each map
 * `id slot nslots offset pad pool` (`id -1 0 0 0 0` when it failed), for each unmap `id u nslots`,
 * and at the end `used N`, `hiwater N`, `full N`.
 */
export async function* replayPlacements(
  recorded: Trace,
  options: ReplayPlacementsOptions = {},
): AsyncGenerator<string[]> {
  checkOptions(schema, options)
  checkTrace(recorded)
  const pool = poolOf(recorded, options)
  const { trace, close } = await inPool(recorded, pool, options.signal)
  let placementsFile: number | undefined
  try {
    placementsFile = openNameless()
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
    if (placementsFile !== undefined) closeSync(placementsFile)
    close()
  }
}
