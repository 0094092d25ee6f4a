// README's figures: made from kept results, and none that is not.

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { Verdict } from '../../bench/figure.js'
import { blockNames, blocks, kernelBlocks, makeBlock } from '../../bench/figures/blocks.js'
import { discussionTable } from '../../bench/figures/discussion.js'
import { fill } from '../../bench/figures/fill.js'
import { type KeptBench, type KeptFile, readKept } from '../../bench/kept.js'
import type { Comparison, GuestRow } from '../../lib/index.js'
import { documents as all } from '../house/documents.js'
import { asFile, cores, epyc, keptBench, keptFigure, oneCore, xeon } from './kept-results.js'

const root = path.join(__dirname, '../..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

const documents = [
  'README.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

const found = (files: readonly KeptFile[]): string => blocks['found']?.(files) ?? ''

/** The answer to one question, its lines apart. */
function answer(files: readonly KeptFile[], question: string): string[] {
  const [, said = ''] = found(files).split(`**${question}`)
  const [, list = ''] = said.split('\n\n')
  return list.split('\n').map((line) => line.replace(/^- /, ''))
}

const COUNTER = 'What does the counter'
const SPREAD = 'two-threads/far-apart/global-atomic'

describe('the kept results', () => {
  test.each(documents)('%s shows what they say', (file) => {
    const kept = readKept()
    const text = read(file)
    expect(fill(file, text, (name) => makeBlock(name, kept))).toBe(text)
  })

  test('README has every block but that of docs', () => {
    const used = documents.flatMap((file) =>
      [...read(file).matchAll(/^<!-- figures:(\S+) -->$/gm)].map(([, name]) => name),
    )
    expect(used.sort()).toEqual([...blockNames].sort())
  })
})

test('what the first screen shows: a table, a few sentences, and the small print folded away', () => {
  const [first = '', small = ''] = (makeBlock('demo', readKept()) ?? '').split('<details>')
  const [, table = '', summary = ''] = first.split('\n\n')
  expect(table).toMatch(/^tracker +promise/)
  // With its closing fence.
  const lines = summary.split('\n')
  expect(lines.length).toBeLessThanOrEqual(10)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
  // Nothing of a mark's meaning or of another regime is lost by that.
  expect(small).toMatch(/^\* on the frontier/m)
  expect(small).toMatch(/^noise control: /m)
  expect(small).toMatch(/^global-atomic +\d\.\d\d \[/m)
})

test('the discussion has no cost of a timing in which off was not itself', () => {
  const [kept] = readKept()
    .filter(({ kept: { kind } }) => kind === 'demo')
    .slice(-1)
  if (kept?.kept.kind === 'bench' || !kept) throw new Error('no demo is kept')
  const comparison = kept.kept.result['comparison'] as Comparison
  const lineOf = (low: number): string => {
    const noise = { ratio: low + 0.01, low, high: low + 0.02 }
    const timing = comparison.timing && { ...comparison.timing, noise }
    const table = discussionTable({ ...comparison, timing })
    return table.split('\n').find((line) => line.includes('`global-atomic`')) ?? ''
  }
  expect(lineOf(0.99)).not.toContain('not told')
  expect(lineOf(0.94)).toMatch(/ not told: `off` was not itself +\| \d/)
})

describe('an answer', () => {
  test('says so where nothing is kept', () => {
    expect(answer([], COUNTER)).toEqual([
      'times `off`, 2 threads far apart: not measured yet on a kept host',
    ])
    for (const name of [blocks, kernelBlocks].flatMap(Object.keys)) {
      expect([name, makeBlock(name, [], [], [])]).toEqual([
        name,
        expect.stringContaining('not measured yet on a kept host'),
      ])
    }
  })

  test('names the host, and keeps its regimes apart', () => {
    const kept = keptBench([
      keptFigure(SPREAD, [
        [cores, 2.5],
        [oneCore, 1.3],
      ]),
    ])
    expect(answer([asFile(kept, 'a.json')], COUNTER)).toEqual([
      'times `off`, 2 threads far apart',
      'amd-epyc-f26m2-2cpu-kvm, two threads of one core, a line moves in 16 ns: without copies 1.30 [1.29 - 1.31] (6 tries)',
      'amd-epyc-f26m2-2cpu-kvm, two cores, a line moves in 79 ns: without copies 2.50 [2.49 - 2.51] (6 tries)',
    ])
  })

  test('says so where it was not measured how the CPUs stood', () => {
    const kept = keptBench([keptFigure(SPREAD, [['not measured', 2.5]])])
    expect(answer([asFile(kept, 'a.json')], COUNTER)[1]).toMatch(
      /^amd-epyc-f26m2-2cpu-kvm, how they stood was not measured: /,
    )
  })

  test('of a prediction names its models and its machine, and has as many digits as it is good for', () => {
    const id = 'causes/virtual/default/128-cpus'
    const kept = keptBench([
      keptFigure(`${id}/all-together`, [[cores, 463.6]]),
      keptFigure(`${id}/tracker-share`, [[cores, 0.119]]),
    ])
    expect(answer([asFile(kept, 'a.json')], 'And on 128 CPUs')).toEqual([
      expect.stringMatching(/^predicted, not measured: no copies, every CPU maps all the time, /),
      "cost model `default`: about 500 times as fast; of what is left, 12 % is the tracker's, the rest the allocator's own work",
      '`published`: not measured yet on a kept host',
      'To redo it: `npm run bench -- --only causes`',
    ])
  })

  test('says of how many figures off was not itself', () => {
    const [other, quiet] = [0.95, 1].map((middle) => {
      const figure = keptFigure(SPREAD, [[cores, 2.5]])
      const noise = { median: middle, low: middle - 0.01, high: middle + 0.01 }
      const pooled = figure.pooled.map((one) => ({ ...one, noise }))
      return asFile(keptBench([{ ...figure, pooled }]), `${middle}.json`)
    }) as [KeptFile, KeptFile]
    expect(answer([other], COUNTER)[1]).toMatch(/ \(6 tries; `off` was not itself\)$/)
    expect(answer([other, quiet], COUNTER)[1]).toMatch(
      / \(12 tries in 2 runs; `off` was not itself in 1 of 2 pooled\)$/,
    )
    expect(answer([quiet], COUNTER)[1]).toMatch(/ \(6 tries\)$/)
  })

  test('leaves out what was seen in too few rounds', () => {
    const figure = keptFigure(SPREAD, [[cores, 2.5]])
    const pooled = figure.pooled.map((one) => ({ ...one, tooFew: true }))
    const kept = keptBench([{ ...figure, pooled }])
    expect(answer([asFile(kept, 'a.json')], COUNTER)[0]).toContain('not measured yet')
  })

  test('tells first what holds on all hosts', () => {
    const files = [
      asFile(keptBench([keptFigure(SPREAD, [[cores, 2.5]])]), 'a.json'),
      asFile(keptBench([keptFigure(SPREAD, [[cores, 2.05]])], { host: xeon }), 'b.json'),
    ]
    expect(answer(files, COUNTER)[1]).toBe(
      'all 2 hosts: without copies 2.04 - 2.51 (12 tries in 2 runs)',
    )
    expect(answer(files, COUNTER)).toHaveLength(4)
  })

  test('a range over runs goes from the lowest end to the highest, of as many files', () => {
    const files = [2.4, 2.5, 2.6, 2.3].map((median, i) =>
      asFile(keptBench([keptFigure(SPREAD, [[cores, median]])]), `${i}.json`),
    )
    expect(answer(files, COUNTER)[1]).toBe(
      'amd-epyc-f26m2-2cpu-kvm, two cores, a line moves in 79 ns: without copies 2.29 - 2.61 (24 tries in 4 runs)',
    )
  })

  test('counts the cells that met, that missed, and that cannot be told', () => {
    const cell = (name: string, at: number, verdict: 'met' | 'not met') =>
      keptFigure(`real-code/port/${name}`, [[cores, at]], verdict)
    const kept = keptBench([cell('a', 1, 'met'), cell('b', 0.83, 'not met'), cell('c', 1, 'met')])
    expect(answer([asFile(kept, 'a.json')], 'Is the port').at(-1)).toBe(
      'amd-epyc-f26m2-2cpu-kvm, two cores, a line moves in 79 ns: 2 of 3 cells, 0 cannot be told, 1 not; 0.82 - 1.01 (6 tries each)',
    )
  })

  test('counts a cell that was kept twice once, and says where the runs disagree', () => {
    const run = (file: string, b: Verdict, more: Partial<KeptBench> = {}): KeptFile => {
      const cell = (name: string, verdict: Verdict) =>
        keptFigure(`real-code/port/${name}`, [[cores, 1]], verdict)
      return asFile(keptBench([cell('a', 'met'), cell('b', b), cell('c', 'not met')], more), file)
    }
    const of = (...files: KeptFile[]) => answer(files, 'Is the port').at(-1)
    const place = 'amd-epyc-f26m2-2cpu-kvm, two cores, a line moves in 79 ns: '
    expect(of(run('a.json', 'met'), run('b.json', 'met'))).toBe(
      `${place}2 of 3 cells, 0 cannot be told, 1 not; 0.99 - 1.01 (12 tries each in 2 runs)`,
    )
    expect(of(run('a.json', 'met'), run('b.json', 'too few tries: cannot be told'))).toContain(
      '1 of 3 cells, 1 cannot be told, 1 not;',
    )
    const source = { commit: 'f'.repeat(40), dirty: true }
    expect(of(run('a.json', 'met'), run('b.json', 'not met', { source }))).toBe(
      `${place}1 of 3 cells, 0 cannot be told, 1 not, 1 met and missed; 0.99 - 1.01 ` +
        '(12 tries each in 2 runs of 2 commits with changes that are in no commit)',
    )
  })

  test('says of how many tries a regime was, whether they decide or not', () => {
    const figure = keptFigure(SPREAD, [[cores, 2.5]])
    const one = { ...figure, tries: figure.tries.slice(0, 1) }
    expect(answer([asFile(keptBench([one]), 'a.json')], COUNTER)[1]).toMatch(/ \(1 try\)$/)
  })

  test('has no line for all hosts where no figure is of all', () => {
    const copies = keptFigure('end-to-end/2/4-kib/global-atomic', [[cores, 1.5]])
    const files = [
      asFile(keptBench([keptFigure(SPREAD, [[cores, 2.5]])]), 'a.json'),
      asFile(keptBench([copies], { host: xeon }), 'b.json'),
    ]
    expect(answer(files, COUNTER).join('\n')).not.toContain('all 2 hosts')
    expect(answer(files, COUNTER)).toHaveLength(3)
  })

  test('on accuracy is of all runs, and names their files where they differ', () => {
    const run = (file: string, reported: number, more: Partial<KeptBench> = {}): KeptFile =>
      asFile(
        keptBench(
          [
            keptFigure('accuracy/8/truth', [[null, 4]]),
            keptFigure('accuracy/8/per-area', [[null, reported]]),
          ],
          more,
        ),
        file,
      )
    const of = (...files: KeptFile[]) => answer(files, 'Is the mark')[0]
    const ten = '6 MiB too high, where 4 MiB were in use'
    expect(of(run('a.json', 10))).toBe(`by counting: with 8 areas ${ten}`)
    const other = { host: xeon }
    expect(of(run('a.json', 10), run('b.json', 10, other))).toBe(
      `by counting: with 8 areas ${ten}, in all 2 runs`,
    )
    expect(of(run('a.json', 10), run('b.json', 12, other), run('c.json', 10))).toBe(
      `by counting: with 8 areas THE RUNS DIFFER: ${ten} (a.json, c.json); ` +
        '8 MiB too high, where 4 MiB were in use (b.json)',
    )
  })

  test('of verify says over how many operations, and where it was no', () => {
    const { source, host, date } = keptBench([])
    const verify = (exit: 0 | 1): KeptFile =>
      asFile(
        {
          ...{ kind: 'verify', source, host, date, command: 'swiotlb-lab verify', exit },
          result: {
            operations: 40_800_000,
            rows: [{ variant: 'static' }, { variant: 'dynamic' }, { variant: 'static' }],
            kernel: { version: '6.12' },
          },
        },
        'v.json',
      )
    expect(answer([verify(0)], 'Is the port')[0]).toBe(
      'identical over 40.8 million operations in 2 configurations of Linux 6.12 (static, dynamic), ' +
        'to redo it: `swiotlb-lab verify`',
    )
    expect(answer([verify(1)], 'Is the port')[0]).toMatch(/^NOT identical/)
  })
})

describe('a booted kernel', () => {
  const { kept } = readKept().find((one) => one.kept.kind === 'boot') as KeptFile
  if (kept.kind !== 'boot') throw new Error('expected the result of a boot')
  const { rows, ...result } = kept.result as { readonly rows: readonly GuestRow[] }
  const [row] = rows.filter(({ tracker }) => tracker === 'reserve')
  const told = { ...row?.told, truth: { least: 9, most: 9 } }

  const machine = { cpus: 2, areas: 2, slots: 16384, readers: 16, seconds: 3, kib: 256 }

  /** A result of one tracker, whose mark is its number, kept the later the higher. */
  function booted(
    mark: number,
    kind: object,
    more: object = {},
    changed: object = {},
    verdict = 'kept',
  ): KeptFile {
    const after = { ...told.after, hiwater: mark }
    const one = { ...row, told: { ...told, after, ...changed }, judgement: { verdict, why: null } }
    return asFile(
      {
        ...kept,
        date: `2026-12-01T00:0${mark}:00.000Z`,
        result: { ...result, machine, replayed: undefined, kind, ...more, rows: [one] },
      } as KeptFile['kept'],
      `${mark}.json`,
    )
  }
  const files = [
    booted(1, { lockdep: false, dynamic: false }, { replayed: [] }),
    booted(2, { lockdep: false, dynamic: false }),
    booted(3, { lockdep: true, dynamic: false }),
    booted(4, { lockdep: false, dynamic: true }),
    booted(5, { lockdep: true, dynamic: true }),
    booted(6, { lockdep: false, dynamic: false }, { machine: { ...machine, slots: 512 } }),
    booted(9, { arch: 'arm64', lockdep: false, dynamic: false }),
  ]
  const all = (more: readonly KeptFile[] = []): string =>
    makeBlock('boot-all', [...files, ...more], []) ?? ''

  test('of the letter is the newest whose run was replayed', () => {
    expect(makeBlock('letter-boot', files, [])).toContain('(results/1.json)')
  })

  test('of each way has a column, the newest of its kind', () => {
    expect(all()).toMatch(
      /^\| `reserve` \| never under, bounded over +\| 2 \/ 9 +\| 6 \/ 9 +\| 3 \/ 9 +\| 4 \/ 9 +\| 5 \/ 9 +\| 9 \/ 9 /m,
    )
    expect(all()).toContain('Of 6 boots: a promise kept in 6, broken in 0,')
    for (const file of [2, 3, 4, 5, 6, 9]) expect(all()).toContain(`(results/${file}.json)`)
  })

  test('that went wrong says so', () => {
    const pool = { nslabs: 512, used: 0, hiwater: 7, true_used: 0, true_hiwater: 9 }
    const grown = booted(
      7,
      { lockdep: false, dynamic: true },
      {},
      {
        before: pool,
        after: { ...pool, nslabs: 1024 },
        probes: { mappings: 12, mapped: 9, unmappings: 9, missed: 0, overrun: 0, left: 0 },
        alarms: { found: 2, read: 99 },
        alarmLines: ['[ 1.0] WARNING: one', 'two'],
      },
    )
    expect(all([grown])).toContain('| 7 / 9 **alarms: 2**')
    expect(all([grown])).toContain('With a complaint of the kernel: 1.')
    expect(all([grown])).toContain('- `reserve`, growing: `[ 1.0] WARNING: one`')
    expect(all()).not.toContain('What it complained of')
    expect(all([grown])).toContain('1 of 1 pools grew. In 1 of 1 boots maps found no room.')
    const broken = all([booted(8, { lockdep: true, dynamic: true }, {}, {}, 'broken')])
    expect(broken).toContain('| 8 / 9 **BROKEN**')
    expect(broken).toContain('Of 6 boots: a promise kept in 5, broken in 1,')
  })
})

describe('the hosts', () => {
  const hosts = (...files: KeptFile[]): string[] =>
    (blocks['hosts']?.(files) ?? '').split('\n').slice(2)
  const run = (file: string, date: string, more: Partial<KeptBench> = {}): KeptFile =>
    asFile(keptBench([], { date, ...more }), file)

  test('have their runs in the order of their dates, whatever the names', () => {
    const [row, ...more] = hosts(
      run('x-2026-01-02-2.json', '2026-01-02T12:00:00.000Z'),
      run('x-2026-01-02.json', '2026-01-02T08:00:00.000Z'),
    )
    expect(more).toEqual([])
    expect(row).toMatch(/x-2026-01-02\.json.*<br>.*x-2026-01-02-2\.json/)
    expect(row).toContain('hypervisor: KVM<br>Linux 6.12.1; gcc 12.2.0; Node v20.20.2 |')
  })

  test('name kernel and compiler of each run where they are not the same, and the tree', () => {
    const source = { commit: 'f'.repeat(40), dirty: true }
    const host = { ...epyc, kernel: '6.18.5', compiler: 'gcc 14.2.0' }
    const [row] = hosts(
      run('a.json', '2026-01-02T08:00:00.000Z'),
      run('b.json', '2026-01-03T08:00:00.000Z', { source, host }),
    )
    expect(row).toContain('commit 0123456789ab; Linux 6.12.1; gcc 12.2.0; Node v20.20.2<br>')
    expect(row).toContain(
      'commit ffffffffffff and changes that are in no commit; Linux 6.18.5; gcc 14.2.0; Node v20.20.2 |',
    )
    expect(row).toContain('hypervisor: KVM |')
  })

  test('are two where one is a guest and the other is not', () => {
    const date = '2026-01-02T08:00:00.000Z'
    const host = { ...epyc, cpus: 32, hypervisor: 'none' }
    expect(hosts(run('a.json', date), run('b.json', date, { host }))).toHaveLength(2)
  })
})

describe('the marks', () => {
  const fake = (name: string): string | undefined => (name === 'one' ? 'new' : undefined)

  test('hold what is put anew, and it stays when put again', () => {
    const text = 'a\n<!-- figures:one -->\nold\n<!-- /figures -->\nb'
    const once = fill('x.md', text, fake)
    expect(once).toBe('a\n<!-- figures:one -->\n\nnew\n\n<!-- /figures -->\nb')
    expect(fill('x.md', once, fake)).toBe(once)
  })

  test.each([
    ['a\n<!-- figures:two -->\n<!-- /figures -->', 'x.md:2: no block is called "two"'],
    ['<!-- figures:one -->\nold', 'x.md:1: the block "one" has no <!-- /figures -->'],
    [
      '<!-- figures:one -->\n<!-- figures:one -->\n<!-- /figures -->',
      'x.md:1: the block "one" has no <!-- /figures -->',
    ],
    ['a\n<!-- /figures -->', 'x.md:2: <!-- /figures --> without a begin'],
  ])('that are wrong are named by file and line: %#', (text, message) => {
    expect(() => fill('x.md', text, fake)).toThrow(message)
  })
})

describe('outside the blocks', () => {
  /** What may stand there, and why it is no result. */
  const allowed: Readonly<Record<string, readonly (readonly [words: RegExp, reason: string])[]>> = {
    'README.md': [
      [/first half of what it prints\. The second half replays/g, 'two halves of an output'],
      [/the 95 % interval/g, 'names a statistic'],
      [/the interval of the median, at least 95 %/g, 'names a statistic'],
      [/slots of 2 KiB/g, "the size of swiotlb's slot, by definition"],
    ],
    'docs/method.md': [
      [/is timed twice/g, 'how often something is done'],
      [
        /a quarter below to a quarter above|in place of a quarter/g,
        'how far the engine draws, by definition',
      ],
      [/the interval of the median, at least 95 %/g, 'names a statistic'],
    ],
    'docs/boot.md': [
      [/works out what was in use, twice/g, 'how often something is done'],
      [/which is 4 ms here/g, "the tick of the guest's kernel, by its configuration"],
    ],
    'docs/own-tracker.md': [
      [/a step takes 100 ns, whoever makes it/g, 'the time of serial runs, by definition'],
      [/up to 64 KiB for each area/g, 'limits of a tracker file'],
      [/may have 1 MiB, `struct tracker_area` 4 KiB/g, 'limits of a tracker file'],
      [/An area is 16 bytes and your words/g, 'a layout'],
      [/`areas of 24 bytes instead of 16 alone: off`/g, 'how a line begins'],
      [/counts a mapping twice that moves/g, 'how often something is counted'],
      [/must come out the same twice/g, 'how often something is done'],
      [/where the peak was 2 slots/g, 'the words of a finding'],
      [/did not return within 20 s/g, 'the words of a fault'],
      [
        /nothing for 20 seconds in its short runs|it is 60 seconds, or five/g,
        'limits of a process',
      ],
    ],
    'docs/swiotlb.md': [
      [/slot\*\* of 2 KiB/g, "the size of swiotlb's slot, by definition"],
      [/without it there are 32768 slots/g, "the kernel's default"],
      [/128 slots in a row are a \*\*segment\*\*/g, 'by definition'],
      [/larger than 256 KiB: a driver that wants to read 2 MiB/g, 'the largest mapping'],
    ],
    'docs/formats.md': [
      [/slots of 2 KiB/g, "the size of swiotlb's slot, by definition"],
      [/```json .*? ```/g, 'an example'],
    ],
    'docs/size.md': [
      [/```console .*? ```/g, 'what a command prints; test/house/blocks.test.ts holds it to that'],
      [/a segment of 128 slots/g, 'by definition'],
      [/Slots are of 2 KiB/g, "the size of swiotlb's slot, by definition"],
      [/the pool twice as large is tried/g, 'the next size that there is'],
      [/bear a quarter more: .* is made twice/g, 'what an option does'],
      [/`--enough 2MiB`/g, 'an example of an option'],
      [/half of the answer/g, 'the next smaller size that there is'],
      [/looking every second and every 15 seconds/g, 'periods'],
    ],
  }
  /** They tell addresses and formats; and what the types' own comments say. */
  const others = ['kernel-shim/README.md', 'docs/api.md']
  const papers = all.filter((file) => !others.includes(file))
  const FIGURE =
    /\d[\d.,_]*\s*(?:ns|us|µs|ms|s|sec\w*|min\w*|hours?|[KMGT]i?B|bytes|slots|millions?|thousands?|times|x|pairs\/s)\b|\d\s*%|\b\d+(?:\.\d+)?x\b|\b(?:twice|thrice|half|tenfold|a (?:tenth|third|quarter|minute))\b/g

  /** Papers for operators tell sizes that are asked for, and show what commands print of them. */
  const operators = ['capture', 'devices', 'explain', 'size', 'watch'].map(
    (name) => `docs/${name}.md`,
  )
  /** What an operation takes, or how often it can be done: measured, wherever it stands. */
  const COST = /\d[\d.,_]*\s*(?:ns|us|µs|times|x|(?:pairs|events|lines|maps)\/s)\b/g

  /** A line that is broken reads on. */
  const outside = (text: string): string =>
    text.replace(/^<!-- figures:\S+ -->$.*?^<!-- \/figures -->$/gms, '').replace(/\s+/g, ' ')

  const strays = (file: string, text: string): string[] =>
    (allowed[file] ?? [])
      .reduce((rest, [words]) => rest.replace(words, ''), outside(text))
      .match(operators.includes(file) ? COST : FIGURE) ?? []

  test.each(papers)('%s has no figure with a unit that is not on its list', (file) => {
    expect(strays(file, read(file))).toEqual([])
  })

  test('every entry of a list is needed', () => {
    for (const [file, entries] of Object.entries(allowed)) {
      for (const [words] of entries) expect(outside(read(file))).toMatch(words)
    }
  })

  test('would find a cost in a paper for operators', () => {
    expect(strays('docs/explain.md', 'reads 500,000 events/s, in 79 ns each')).toHaveLength(2)
  })

  test.each([
    'it costs 11 % of it',
    'in 79 ns',
    'in 79\nns',
    'about 335 times',
    'twice the map+unmap',
    '4.3x as much',
    'over 40.8 million operations',
    '14.36 MiB too high',
  ])('would find "%s"', (text) => {
    expect(strays('README.md', text)).not.toEqual([])
  })
})
