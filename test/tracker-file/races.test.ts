// Races planted in tracker files, with plain C accesses and with the kernel's words: each is found.

import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import {
  type CheckResult,
  checkTrackerFile,
  type TrackerFileReport,
  trackers,
} from '../../lib/index.js'
import { raceWords } from '../../lib/report/parts/races.js'
import { cli } from '../cli/process.js'
import { example, leavesNothing, plantedFile, removeFolder, write } from './files.js'

jest.setTimeout(300_000)

leavesNothing()
afterAll(removeFolder)

/** Within so many schedules from the first, each is found. */
const SEEDS = 5000
const forms = ['PLAIN', 'WATCHED'] as const

const planted = [
  'lost-mark',
  'lost-count',
  'torn-mark',
  'unlocked-reset',
  'double-count',
  'late-store',
  'wrong-cpu',
  'stale-sum',
  'torn-sum',
  'two-counters',
  'lost-fold',
] as const

/** A file of test/data/trackers in one of its forms. */
const form = (name: string, ...defines: readonly string[]): string =>
  write(
    `${[name, ...defines].join('-').toLowerCase()}.h`,
    `${defines.map((define) => `#define ${define}\n`).join('')}#include "${plantedFile(name)}.h"\n`,
  )

async function checked(file: string, seeds = SEEDS): Promise<CheckResult> {
  const { fault, result } = await checkTrackerFile(file, { seeds })
  expect({ file: basename(file), fault }).toEqual({ file: basename(file), fault: null })
  if (!result) throw new Error(`nothing came of ${file}`)
  expect(result.differ).toBeNull()
  return result
}

describe.each(planted)('%s', (name) => {
  test('is found, written plainly and with kernel words', async () => {
    const results = await Promise.all(forms.map((how) => checked(form(name, how))))
    for (const { found } of results) expect(found?.promiseBroken).toBe(true)
    const [plain, watched] = results
    // What a kernel word announces is no data race, however wrong it is.
    expect(watched?.races).toEqual([])
    // Where another CPU can be about to write, too, the plain form is told to be one.
    if (name !== 'wrong-cpu') expect(plain?.races.length).toBeGreaterThan(0)
  })

  test('is kept when it is mended', async () => {
    const results = await Promise.all(forms.map((how) => checked(form(name, how, 'SOUND'))))
    for (const result of results) expect(result).toMatchObject({ found: null, schedules: SEEDS })
  })
})

describe('the trackers of the lab', () => {
  const source = (name: string): string =>
    readFileSync(join(__dirname, `../../native/trackers/${name.replaceAll('-', '_')}.h`), 'utf8')

  test.each(trackers.map(({ name }) => name))(
    '%s makes no plain access that races',
    async (name) => {
      const { races, found } = await checked(write(`${name}-tree.h`, source(name)), 2000)
      expect(races).toEqual([])
      expect(found).toBeNull()
    },
  )

  test('one that would make one is told, with its lines', async () => {
    const word = 'sum += READ_ONCE(area->tracker.used_hiwater);'
    const text = source('per-area')
    expect(text).toContain(word)
    const sampled = text
      .replace(word, 'sum += area->tracker.used_hiwater;')
      .concat('\n#define tracker_sample tracker_sample\n')
      .concat('static inline void tracker_sample(struct io_tlb_mem *mem)\n')
      .concat('{\n\tWRITE_ONCE(mem->overflow_warned, tracker_hiwater(mem) > 1);\n}\n')
    const { fault, result } = await checkTrackerFile(write('racing.h', sampled), { seeds: 200 })
    expect(fault).toBeNull()
    const lines = text.split('\n')
    const read = lines.findIndex((line) => line.includes(word)) + 1
    const stores = lines.flatMap((line, i) => (line.includes('WRITE_ONCE(') ? [i + 1] : []))
    expect(result?.races[0]?.[0]).toMatchObject({ line: read, plain: true, write: false, bytes: 8 })
    expect(stores).toContain(result?.races[0]?.[1].line)
    // And the sampler has written to a word of the allocator's.
    expect(result?.found?.broken).toMatch(
      /^the tracker writes to struct io_tlb_mem, which is the allocator's \(line \d+\)$/,
    )
  })
})

test('two lines are told once, wherever the compiler has put their code', async () => {
  const word = 'count(mem_tracker(mem), '
  const text = [
    '#include "trackers/tracker.h"',
    'struct tracker_area {\n};',
    'struct tracker_mem {\n\tunsigned long used;\n};',
    '#include "swiotlb/types.h"',
    'static __always_inline void count(struct tracker_mem *t, unsigned long n)',
    '{\n\tt->used += n;\n}',
    ...['add', 'sub'].flatMap((verb) => [
      `#define tracker_${verb} tracker_${verb}`,
      `static inline void tracker_${verb}(struct tracker_mem *t, struct io_tlb_mem *mem,`,
      '\tunsigned int nslots, unsigned long token)',
      `{\n\t${word}${verb === 'add' ? '' : '-(unsigned long)'}nslots);\n}`,
    ]),
    'static inline unsigned long tracker_used(struct io_tlb_mem *mem)',
    '{\n\treturn mem_areas_used(mem);\n}',
    'static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)',
    '{\n\treturn 0;\n}',
    'static inline void tracker_reset(struct io_tlb_mem *mem)\n{\n}',
    'static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)',
    '{\n\treturn (struct tracker_bounds){ TRACKER_UNBOUNDED, TRACKER_UNBOUNDED };\n}\n',
  ].join('\n')
  const { races, racesCut } = await checked(write('twice.h', text), 1000)
  const line = text.slice(0, text.indexOf('t->used +=')).split('\n').length
  const pairs = races.map((race) => race.map((side) => `${side.write} ${side.line}`).sort())
  expect(pairs.flat().every((side) => side.endsWith(` ${line}`))).toBe(true)
  expect(pairs.map(String).sort()).toEqual([
    `false ${line},true ${line}`,
    `true ${line},true ${line}`,
  ])
  expect(racesCut).toBe(false)
  // In words it is one pair.
  const [words] = raceWords({ races, racesCut })
  const side = `the plain [a-z ]+ in line ${line}`
  expect(words).toMatch(new RegExp(`^data races: ${side} with ${side}\\. The compiler`))
})

describe('told wherever a file is tried', () => {
  const [read, raised] = ['READ_ONCE(t->hiwater)', 'WRITE_ONCE(t->hiwater, used)']
  const lineOf = (words: string): number =>
    example.slice(0, example.indexOf(words)).split('\n').length
  const plain = example.replace(read, 't->hiwater').replace(raised, 't->hiwater = used')
  const file = write('plain.h', plain)

  test.each([
    ['run', ['run', 'uniform', '--no-timing', '--steps', '2000']],
    ['compare', ['compare', 'uniform', '--no-timing', '--steps', '2000', '--trackers', 'off']],
    ['replay', ['replay', 'examples/reset-live.log', '--trackers', 'off']],
  ] as const)('%s', async (_, args) => {
    const { code, stdout } = await cli([...args, '--tracker', file])
    // It promises nothing, so that nothing is broken.
    expect(code).toBe(0)
    const words = stdout.replace(/\s+/g, ' ')
    expect(words).toContain('plain.h: data races: the plain ')
    expect(words).toContain(`the plain read in line ${lineOf(read)}`)
    expect(words).toContain(`the plain write in line ${lineOf(raised)}`)

    const asJson = JSON.parse((await cli([...args, '--tracker', file, '--json'])).stdout)
    const own = (asJson.own?.[0] ?? asJson) as TrackerFileReport
    expect(own).toMatchObject({ tracker: 'plain.h', faults: [], racesCut: false })
    const lines = own.races.flat().map(({ line }) => line)
    expect(lines).toEqual(expect.arrayContaining([lineOf(read), lineOf(raised)]))
  })
})

test('clang sees the same', async () => {
  const before = process.env['CC']
  process.env['CC'] = 'clang'
  try {
    const own = await checkTrackerFile(form('lost-mark', 'PLAIN'), { seeds: SEEDS })
    expect(own.fault).toBeNull()
    expect(own.compiler).toMatch(/clang/i)
    expect(own.result?.found?.promiseBroken).toBe(true)
    expect(own.result?.races.length).toBeGreaterThan(0)
  } finally {
    if (before === undefined) delete process.env['CC']
    else process.env['CC'] = before
  }
})
