// Lines of shards: which are parts of one run, and what is said of those that are not.

import { describe, expect, test } from '@jest/globals'
import { joinSearches, SEEDS_TOGETHER, seedRanges } from '../../lib/check/shards.js'
import { check } from '../../lib/index.js'
import { identity } from '../../lib/shards/identity.js'
import { digestOf, writeLine } from '../../lib/shards/line.js'
import { joinShards, type ShardFile } from '../../lib/shards/read.js'
import { partsOf } from '../../lib/shards/shard.js'
import { firstDifference, joinRows, type VerifyPart } from '../../lib/verify/join.js'
import type { Difference, VerifyRow } from '../../lib/verify/types.js'

const by = { version: '1.2.3', commit: 'abc' }
const plan = {
  command: 'compare',
  typed: 'swiotlb-lab compare x',
  name: 'x',
  flags: { seed: 1, sweep: { values: [1, 2, 3] } },
}

/** The line of a part of three in two shards. */
function line(number: number, { of = 2, parts = 3, ...other }: Record<string, unknown> = {}) {
  const shards = of as number
  const shard = { number: ((number - 1) % shards) + 1, of: shards }
  const part = { number, of: parts as number, name: `step ${number}` }
  const its = { ...plan, ...(other['plan'] as object) } as never
  return writeLine((other['by'] ?? by) as typeof by, shard, part, its, { number })
}

const file = (name: string, ...lines: readonly string[]): ShardFile => ({
  name,
  text: lines.join(''),
})
const join = (...files: readonly ShardFile[]) => joinShards(files, by)

/** A line with something changed and a digest that says otherwise, or that fits. */
function changed(text: string, change: object, fitting = false): string {
  const { sha256, ...rest } = { ...JSON.parse(text), ...change }
  return `${JSON.stringify({ ...rest, sha256: fitting ? digestOf(rest) : sha256 })}\n`
}

describe('lines of all shards', () => {
  test('are joined in the order of the parts, whatever that of the files', () => {
    const joined = join(file('b', line(2)), file('a', line(1), line(3)))
    expect(joined).toEqual({ plan, results: [{ number: 1 }, { number: 2 }, { number: 3 }] })
  })

  test('may all be in one file, and the last line without its end', () => {
    const all = file('all', line(3), line(2), line(1).trimEnd())
    expect(join(all).results).toHaveLength(3)
  })

  test('each shard has its parts in turn', () => {
    expect([1, 2].map((number) => partsOf({ number, of: 2 }, 3, 'steps'))).toEqual([[1, 3], [2]])
    expect(() => partsOf({ number: 4, of: 4 }, 3, 'steps')).toThrow(
      '--shard: expected at most 3 shards, for there are 3 steps, not 4',
    )
  })

  test('name the program that wrote them', () => {
    expect(identity({ version: '1.2.3' })).toEqual({
      version: '1.2.3',
      commit: expect.stringMatching(/^[0-9a-f]{40}(-dirty)?$/),
    })
  })
})

describe('what is refused, with file and line', () => {
  const a = file('a', line(1), line(3))
  const other = (change: Record<string, unknown>) => file('b', line(2, change))

  test.each<[string, readonly ShardFile[], string]>([
    ['an empty file', [a, file('b', '')], 'b: is empty; expected a line as --shard writes it'],
    [
      'a last line that is cut off',
      [file('a', line(1), line(3).slice(0, 50)), file('b', line(2))],
      'a:2: the last line is cut off; expected a line as --shard writes it: run that shard again',
    ],
    ['a line that is no JSON', [file('a', 'x\n', line(1))], 'a:1: no JSON; expected a line'],
    [
      'JSON of something else',
      [file('a', '[1]\n')],
      'a:1: schema is not there; expected "swiotlb-',
    ],
    ['nothing', [file('a', 'null\n')], 'a:1: schema is not there'],
    [
      'a foreign schema',
      [a, file('b', changed(line(2), { schema: 'other/thing' }))],
      'b:1: schema is "other/thing"; expected "swiotlb-lab/shard"',
    ],
    [
      'a newer version of the schema',
      [a, file('b', changed(line(2), { version: 2 }))],
      'b:1: version 2 of swiotlb-lab/shard; expected 1: merge with the program that wrote it',
    ],
    [
      'an older one',
      [a, file('b', changed(line(2), { version: 0 }))],
      'b:1: version 0 of swiotlb-lab/shard; expected 1',
    ],
    [
      'a key that is not known',
      [a, file('b', changed(line(2), { sharf: 1 }, true))],
      'b:1: sharf: unknown key. Did you mean shard? Known: schema, version',
    ],
    [
      'an older program',
      [a, other({ by: { version: '1.0.0', commit: null } })],
      'b:1: written by swiotlb-lab 1.0.0; expected swiotlb-lab 1.2.3 (abc), which this is',
    ],
    [
      'another commit',
      [a, other({ by: { version: '1.2.3', commit: 'abd' } })],
      'b:1: written by swiotlb-lab 1.2.3 (abd); expected swiotlb-lab 1.2.3 (abc)',
    ],
    [
      'a result that was changed',
      [a, file('b', changed(line(2), { result: { number: 3 } }))],
      'b:1: was changed since it was written; expected a line',
    ],
    [
      'another seed',
      [a, other({ plan: { flags: { seed: 2, sweep: { values: [1, 2, 3] } } } })],
      'b:1: plan.flags.seed is 2, and 1 in a:1; expected shards of one plan',
    ],
    [
      'another series',
      [a, other({ plan: { flags: { seed: 1, sweep: { values: [1, 2] } } } })],
      'b:1: plan.flags.sweep.values.2 is not given, and 3 in a:1',
    ],
    [
      'another command',
      [a, other({ plan: { command: 'check' } })],
      'b:1: plan.command is "check", and "compare" in a:1',
    ],
    [
      'another number of shards',
      [a, other({ of: 4 })],
      'b:1: is of shard 2/4 with 3 parts in all, and a:1 of shard 1/2 with 3; expected the same',
    ],
    [
      'a part of another shard',
      [a, file('b', changed(line(2), { shard: { number: 1, of: 2 } }, true))],
      'b:1: part 2 of 3 is not of shard 1/2',
    ],
    [
      'a part beyond the last',
      [a, file('b', changed(line(2), { part: { number: 4, of: 3, name: '' } }, true))],
      'b:1: part 4 of 3 is not of shard 2/2',
    ],
    [
      'one that is there twice',
      [a, file('b', line(2), line(1))],
      'b:2: part 1 of 3 (step 1) is in a:1 as well; expected each once',
    ],
    [
      'a shard that is missing',
      [a],
      'a: shard 2/2 is missing, with part 2 of 3; expected its file as well',
    ],
    [
      'a shard that ended early',
      [file('a', line(1)), file('b', line(2))],
      'a:1: is the last line of shard 1/2, and part 3 of 3 is missing; expected it behind that',
    ],
  ])('%s', (_, files, words) => {
    expect(() => join(...files)).toThrow(words)
    expect(() => join(...files)).toThrow(expect.objectContaining({ name: 'InputError' }))
  })
})

describe('a search in parts', () => {
  test('has all seeds once, in pieces that begin where the whole would repeat itself', () => {
    for (const [seeds, parts] of [
      [1000, 3],
      [64, 1],
      [65, 2],
      [10_000, 7],
    ] as const) {
      const ranges = seedRanges({ seed: 5, seeds }, parts)
      let next = 5
      for (const range of ranges) {
        expect(range.seed).toBe(next)
        expect((range.seed - 5) % SEEDS_TOGETHER).toBe(0)
        expect(range.seeds).toBeGreaterThan(0)
        next += range.seeds
      }
      expect(next).toBe(5 + seeds)
    }
  })

  test.each([
    ['nothing is found', 'reserve', { seeds: 1000, seed: 3 }],
    ['something is found', 'global-atomic', { seeds: 1000, seed: 7, wanted: 'above-pool' }],
  ] as const)(
    'is what one search is, where %s',
    async (_, tracker, options) => {
      const { seed, seeds } = options
      const whole = await check(tracker, options)
      const parts = seedRanges({ seed, seeds }, 4).map((range) =>
        check(tracker, { ...options, ...range }),
      )
      expect(joinSearches({ seed, seeds }, await Promise.all(parts))).toEqual(whole)
      expect(whole.found === null).toBe(tracker === 'reserve')
    },
    60_000,
  )
})

describe('a comparison with a kernel in parts', () => {
  const difference = (operation: number, more: Partial<Difference> = {}): Difference => ({
    ...{ variant: 'static', profile: 'p', seed: 1, field: 'slot', port: '1', kernel: '2' },
    ...{ operation, rules: [], hung: false, again: true },
    shrunk: {
      ...{ operations: 1, minimal: true, line: '', field: 'slot', port: '1', kernel: '2' },
      log: `log ${operation}`,
    },
    ...more,
  })
  const part = (found: Difference | null): VerifyPart => {
    const row: VerifyRow = {
      ...{ variant: 'static', profile: 'p', operations: 10, logs: 1, rules: [] },
      differing: found ? 1 : 0,
      difference: found,
    }
    return { row, notBuilt: null, seconds: 1.5 }
  }
  const about = { kernel: { source: 'k', version: '6.12', otherRules: [] }, skipped: [], seed: 1 }
  const all = { ...about, compiler: 'gcc', layout: {} } as never

  test('keeps the shortest log of the first difference alone', () => {
    const joined = joinRows(all, [
      part(difference(9)),
      part(null),
      part(difference(4, { rules: ['some'] })),
      part(difference(5)),
    ])
    const logs = joined.rows.map((row) => row.difference?.shrunk?.log ?? null)
    expect(logs).toEqual([null, null, null, 'log 5'])
    expect(joined.rows[0]?.difference?.again).toBeNull()
    expect(joined).toMatchObject({ operations: 40, differences: 3, unexplained: 2, seconds: 6 })
    expect(firstDifference(joined.rows)?.operation).toBe(5)
  })

  test('names a variant that was not built once, and is an error where none was', () => {
    const notBuilt = { variant: 'dynamic', reason: 'the compiler minds' } as const
    const none: VerifyPart = { row: null, notBuilt, seconds: 1 }
    expect(joinRows(all, [part(null), none, none]).notBuilt).toEqual([notBuilt])
    expect(() => joinRows(all, [none, none])).toThrow('the compiler minds')
  })
})
