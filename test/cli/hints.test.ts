// The last line of a report: what one is told to type has what was asked for.

import { describe, expect, test } from '@jest/globals'
import { afterComparison } from '../../lib/cli/compare.js'
import type { CompareFlags } from '../../lib/cli/options/sweep.js'
import { afterReplay } from '../../lib/cli/replay.js'
import type { Comparison, TrackerFileReport } from '../../lib/index.js'
import type { ReplayReport } from '../../lib/report/text/replay.js'

const NONE: CompareFlags = { tracker: [], copy: true, timing: true }
const typed = (line: string): string =>
  line.replace(/^next, .*? (?=(?:compare|run|replay|check) )/, '')

function comparison(changes: object = {}): Comparison & { own?: readonly TrackerFileReport[] } {
  const pool = { slots: 32768, areas: 8 }
  const made = {
    rows: [],
    scenario: { pool: { areas: 1 } },
    pool,
    timing: { copy: true },
    ...changes,
  }
  return made as unknown as Comparison
}

const fault = (compiler: string | null): object => ({
  own: [{ file: './lost.h', faults: ['broke its promise'], compiler }],
})

describe('after a comparison', () => {
  const flags: CompareFlags = {
    ...NONE,
    trackers: ['off', 'reserve'],
    tracker: ['./a.h', './b.h'],
    engine: 'threads',
    seed: 7,
    areaLayout: 'padded',
  }
  const own = '--trackers off,reserve --tracker ./a.h --tracker ./b.h'

  test('trackers, files and engine stay', () => {
    expect(typed(afterComparison('x', comparison(), flags))).toBe(
      `compare x --no-copy --engine threads --seed 7 --area-layout padded ${own}`,
    )
    const over = { rows: [{ accuracy: { errorSlots: 5 } }], scenario: { pool: { areas: 8 } } }
    expect(typed(afterComparison('x', comparison(over), { ...flags, areas: 4 }))).toBe(
      'compare x --no-timing --sweep areas=8,16,32,64,128 ' +
        `--engine threads --seed 7 --area-layout padded ${own}`,
    )
  })

  test('a series has no more areas than the pool has segments', () => {
    const over = { rows: [{ accuracy: { errorSlots: 5 } }], scenario: { pool: { areas: 2 } } }
    const small = comparison({ ...over, pool: { slots: 1024, areas: 2 } })
    expect(typed(afterComparison('x', small))).toContain('--sweep areas=1,2,4,8')
    const none = comparison({ ...over, pool: { slots: 128, areas: 1 } })
    expect(typed(afterComparison('x', none))).not.toContain('--sweep')
    const review = comparison({ ...over, pool: { slots: 1024, areas: 2 } })
    expect(typed(afterComparison('review-64mib', review))).toContain('areas=8,16,32,64,128')
  })

  test('one tracker in full is one of those', () => {
    const untimed = comparison({ timing: null })
    const bare = { ...flags, timing: false }
    expect(typed(afterComparison('x', untimed, bare))).toBe(
      'run x --tracker ./a.h --engine threads --seed 7 --area-layout padded --no-timing',
    )
    expect(typed(afterComparison('x', untimed, { ...NONE, trackers: ['off', 'reserve'] }))).toBe(
      'run x --tracker reserve',
    )
    expect(typed(afterComparison('x', untimed))).toBe('run x --tracker global-atomic')
  })

  test('in virtual time the series decides on the machine', () => {
    const machine = comparison({ machine: {} })
    const virtual = { ...flags, engine: 'virtual', cpus: 8, sockets: 2, costModel: 'm' } as const
    expect(typed(afterComparison('x', machine, virtual))).toBe(
      'compare x --sweep cpus=1,2,4,...,512 --engine virtual --seed 7 --area-layout padded ' +
        `--cost-model m ${own}`,
    )
  })

  test('a file at fault is to be checked, unless it does not compile', () => {
    expect(typed(afterComparison('x', comparison(fault('cc 1')), flags))).toBe('check ./lost.h')
    expect(typed(afterComparison('x', comparison(fault(null)), flags))).toMatch(/^compare x/)
  })
})

describe('after a replay', () => {
  const report = (changes: object = {}): ReplayReport =>
    ({ pool: { nslabs: 1024 }, bufferFull: null, ...changes }) as unknown as ReplayReport
  const flags = {
    trackers: ['off'],
    tracker: ['./a.h'],
    areas: 2,
    poolStart: 0x1000n,
    slotIndex: 'bitmap',
  } as const
  const given = { ...flags, trackers: [...flags.trackers], tracker: [...flags.tracker] }

  test('what the next replay takes stays', () => {
    expect(typed(afterReplay('t', report({ bufferFull: {} }), given))).toBe(
      'replay t --slots 2048 --areas 2 --slot-index bitmap --pool-start 0x1000 ' +
        '--trackers off --tracker ./a.h',
    )
    expect(typed(afterReplay('t', report({ machine: { pace: 'trace' } }), given))).toBe(
      'replay t --areas 2 --slot-index bitmap --pool-start 0x1000 --engine virtual --pace none ' +
        '--trackers off --tracker ./a.h',
    )
    // All trackers place alike, and `--placements` takes none of a file.
    expect(typed(afterReplay('t', report(), given))).toBe(
      'replay t --areas 2 --slot-index bitmap --pool-start 0x1000 --placements',
    )
  })

  test('a file at fault is to be checked', () => {
    expect(typed(afterReplay('t', report(fault('cc 1')), given))).toBe('check ./lost.h')
  })
})
