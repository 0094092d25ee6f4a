// `check` on code that runs rarely: it is reached, or named.

import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { checkTrackerFile, type TrackerFileRun, trackers } from '../../lib/index.js'
import { coverBlocks } from '../../lib/tracker-file/blocks.js'
import { coverageOf, coveredOf, joinCovered } from '../../lib/tracker-file/covered.js'
import { functionsOf } from '../../lib/tracker-file/functions.js'
import { absentFunctions, sourcePaths } from '../../lib/tracker-file/sources.js'
import { cli } from '../cli/process.js'
import { example, leavesNothing, plantedText, removeFolder, write } from './files.js'

jest.setTimeout(300_000)

leavesNothing()
afterAll(removeFolder)

const RARE = plantedText('rare.h')
const CARELESS = /(?<=\n\t)if \(maps .*?\n\t\}(?=\n)/s

/** A counter with a mark, exact but on one map of so many. */
const rarely = (careless: string): string => {
  expect(RARE).toMatch(CARELESS)
  return RARE.replace(CARELESS, careless)
}

const every = (maps: number): string => `#define CARELESS_EVERY ${maps}\n${RARE}`

const lineOf = (text: string, words: string): number =>
  text.slice(0, text.indexOf(words)).split('\n').length

describe('a map that raises the mark without care', () => {
  test.each([2, 64])('every %i maps is found, and shown again', async (maps) => {
    const file = write(`every${maps}.h`, every(maps))
    const { result } = await checkTrackerFile(file, { seeds: 20_000 })
    expect(result?.found).toMatchObject({ promiseBroken: true })
    expect(result?.found?.findings).toContain('under')
    expect(result?.coverage).toBeNull()
    // As few maps as do it come before; the rest is a handful.
    expect(result?.found?.operations).toBeLessThanOrEqual(8)
    expect(result?.found?.loadOperations).toBeLessThan(2 * maps)

    const log = write(`every${maps}.log`, result?.found?.log ?? '')
    const again = await cli(['check', file, '--replay', log])
    expect(again.code).toBe(1)
    expect(again.stdout).toContain('The promise is broken.')
  })
})

test('what takes more than a thousand schedules is found by itself, as by the trial', async () => {
  const file = write('late.h', every(64))
  const { result } = await checkTrackerFile(file)
  expect(result?.found?.seed).toBeGreaterThan(1000)
  const args = ['--tracker', file, '--steps', '2000', '--no-timing', '--json']
  const { stdout } = await cli(['run', 'uniform', ...args])
  expect((JSON.parse(stdout) as TrackerFileRun).found?.seed).toBe(result?.found?.seed)
})

describe('code that no schedule runs', () => {
  test('is named: lines, and the verdict says so', async () => {
    const text = every(1_000_000)
    const file = write('never.h', text)
    const line = lineOf(text, 'if (used > mark)\n')
    const { code, stdout } = await cli(['check', file])
    expect(code).toBe(0)
    const words = stdout.replaceAll('\n', ' ')
    expect(words).toContain('never.h kept its promise (exact) in 10000 schedules')
    expect(words).toContain(', as far as its code was run.')
    expect(words).toContain(
      `Not reached by any schedule: line ${line} of tracker_add and line ${line + 1} of tracker_add.`,
    )
    const asJson = JSON.parse((await cli(['check', file, '--json'])).stdout)
    expect(asJson.result.coverage).toEqual({
      known: true,
      unreached: [line, line + 1].map((at) => ({
        function: 'tracker_add',
        line: at,
        what: 'line',
      })),
    })
  })

  test('is named: a whole function, and part of a line', async () => {
    const text = rarely('if (maps == 1000000) { atomic_long_set(&t->mark, used); return; }')
    const { result } = await checkTrackerFile(write('part.h', text), { beside: ['reader'] })
    expect(result?.coverage).toEqual({
      known: true,
      unreached: [
        { function: 'tracker_add', line: lineOf(text, 'if (maps'), what: 'part' },
        { function: 'tracker_reset', line: lineOf(text, 'tracker_reset('), what: 'function' },
      ],
    })
  })

  test('is named where it ran only with nobody beside it', async () => {
    const text = rarely('')
    const { result } = await checkTrackerFile(write('alone.h', text), { beside: ['reset'] })
    expect(result?.coverage).toEqual({
      known: true,
      unreached: ['tracker_used', 'tracker_hiwater'].map((name) => ({
        function: name,
        line: lineOf(text, `${name}(`),
        what: 'function',
      })),
    })
  })

  test('is not there: that is said, too', async () => {
    const { stdout } = await cli(['check', write('all.h', example)])
    expect(stdout).toContain(
      'Every line of its code that the compiler kept apart ran in some schedule.',
    )
    expect(stdout).not.toContain('as far as its code was run')
  })

  /** What takes more areas than a schedule has, or a longer one; the tests in C reach it. */
  const beyond: Readonly<Record<string, RegExp>> = {
    tree: /Not reached by any schedule: part of line \d+ of tracker_init\./,
    // A log that is full, and a time of more than 31 bits.
    epochs: /Not reached by any schedule: epochs_thin \([^()]*\), epochs_melt /,
  }

  test.each(trackers.map(({ name }) => name))('none of %s', async (name) => {
    const { code, stdout } = await cli(['check', name, '--coverage', '--seeds', '5000'])
    expect(stdout).toMatch(
      beyond[name] ?? /Every line of its code that the compiler kept apart ran in some schedule\./,
    )
    expect(code).toBe(0)
  })

  test('of a tracker that is compiled in is not known, and the option is named', async () => {
    const { stdout } = await cli(['check', 'reserve'])
    const words = stdout.replaceAll('\n', ' ')
    expect(words).toContain('Which of its code ran is not known')
    expect(words).toContain('--coverage')
  })

  test('an unknown tracker is refused', async () => {
    const { code, stderr } = await cli(['check', 'resreve', '--coverage'])
    expect(code).toBe(2)
    expect(stderr).toContain('Did you mean reserve?')
  })
})

describe('a tracker that is written in several files', () => {
  test('is not run in the other where a line is named there', async () => {
    const text = every(1_000_000)
    write('common.h', text)
    const line = lineOf(text, 'if (used > mark)\n')
    const { result } = await checkTrackerFile(
      write('thin.h', '#define FAST 1\n#include "common.h"\n'),
    )
    expect(result?.coverage).toEqual({
      known: true,
      unreached: [line, line + 1].map((at) => ({
        function: 'tracker_add',
        line: at,
        what: 'line',
        file: 'common.h',
      })),
    })
  })

  test('is not known where all of it is the lab’s', async () => {
    const { stdout } = await cli([
      'check',
      write('bare.h', '#include "trackers/global_atomic.h"\n'),
    ])
    expect(stdout).toContain('Which of its code ran is not known: none that was compiled is of its')
    expect(stdout).not.toContain('Every line')
  })

  test('names them as make is told, whatever is in a name', () => {
    const rule = 'watched.o: /a/native/own.c /tmp/my\\ one.h \\\n  /tmp/x/../two.h /tmp/$$3.h\n'
    expect(sourcePaths(rule, '/tmp/my one.h')).toEqual([
      '/tmp/my one.h',
      '/a/native/own.c',
      '/tmp/two.h',
      '/tmp/$3.h',
    ])
  })
})

describe('a function that is never compiled', () => {
  const verb = `
static KIND void tracker_smaple(struct io_tlb_mem *mem)
{
	WRITE_ONCE(mem_tracker(mem)->hiwater, 0);
}
`
  test.each([
    ['misspelt', verb.replace('KIND', 'inline')],
    ['misspelt, not inline', verb.replace('KIND ', '')],
    [
      'misspelt, announced',
      `#define tracker_smaple tracker_smaple${verb.replace('KIND', 'inline')}`,
    ],
    ['behind a condition', `#ifdef NEVER${verb.replace('KIND', 'inline')}#endif\n`],
  ])('is named: %s', async (what, added) => {
    const text = example + added
    const { code, stdout } = await cli(['check', write(`${what.replace(/\W/g, '-')}.h`, text)])
    const words = stdout.replaceAll('\n', ' ')
    const line = lineOf(text, 'void tracker_smaple')
    expect(words).toContain(
      `Never compiled in: tracker_smaple (line ${line}): is its #define missing?`,
    )
    expect(words).toContain(', as far as its code was run.')
    expect(words).not.toContain('Every line of its code')
    expect(code).toBe(0)
  })

  test('is none that is empty, constant, or written for two conditions', async () => {
    const added = `
static inline unsigned long one(void) { return 1; }
#ifdef NEVER
static inline unsigned long two(void) { return 3; }
#else
static inline unsigned long two(void) { return 2; }
#endif
#define tracker_sample tracker_sample
static inline void tracker_sample(struct io_tlb_mem *mem) { }
#define tracker_sub tracker_sub
static inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	(void)(one() + two());
}
`
    const { result } = await checkTrackerFile(write('constant.h', example + added))
    expect(result?.coverage).toEqual({ known: true, unreached: [] })
  })

  test('is one without a place, or one that the compiler calls unused', () => {
    const files = [{ path: '/tmp/mine.h', text: 'void a(void)\n{\n}\nvoid b(void)\n{\n}\n' }]
    const assembly = '\t.file 1 "/tmp/mine.h"\n\t.loc 1 2 1\n'
    const absentOf = (stderr: string): string[] =>
      absentFunctions(files, assembly, stderr).map(({ function: name }) => name)
    expect(absentOf('')).toEqual(['b'])
    expect(absentOf("x: warning: 'a' defined but not used [-Wunused-function]")).toEqual(['a', 'b'])
    const absent = absentFunctions(files, assembly, '')
    expect(coverageOf(coveredOf(files, [[]], [1], absent))).toEqual({
      known: true,
      unreached: [{ function: 'b', line: 4, what: 'absent' }],
    })
    expect(coverageOf(coveredOf(files, [[]], [1], []))).toMatchObject({ known: false })
  })
})

describe('the blocks of an assembly', () => {
  const SOURCE = '/tmp/mine.h'
  const assembly = [
    '\t.file 1 "/tmp/mine.h"',
    'watched_add:',
    '\t.loc 1 3 1',
    '\tpushq %rbp',
    '\t.loc 1 4 2',
    '\tcall\t__sanitizer_cov_trace_pc@PLT',
    '\tmovq %rax, %rbx',
    '\t.loc 1 5 3',
    '\tbl __sanitizer_cov_trace_pc',
    '\tret',
    '\t.cfi_endproc',
    'watched_sub:',
    '\t.loc 1 9 1',
    '\tcallq __sanitizer_cov_trace_pc',
    '',
  ].join('\n')

  test('have the places of their instructions, and a label each', () => {
    const covered = coverBlocks(assembly, [SOURCE])
    expect(covered.blocks).toEqual([['0:3:1', '0:4:2'], ['0:5:3'], ['0:9:1']])
    expect(covered.assembly.match(/^watched_block_\d+:$/gm)).toHaveLength(3)
    expect(covered.assembly).toContain('watched_nr_blocks:\n\t.quad 3\n')
  })

  test('without a call there are none', () => {
    const covered = coverBlocks('\tret\n', [SOURCE])
    expect(covered.blocks).toEqual([])
    expect(covered.assembly).toContain('watched_nr_blocks:\n\t.quad 0\n')
  })

  const text = `/* int commented(void) { } */
#define MACRO(x) do { f(x); } while (0)
struct s { int a; };
static inline int
one(int a)
{
	if (a) { return 1; }
	return 2; /* } */
}
static int array[] = { 1, 2 };
static void two(char *s) __attribute__((noinline)) { s[0] = '{'; }
`

  test('lie in functions, however these are written', () => {
    expect(functionsOf(text)).toEqual([
      { name: 'one', from: 5, to: 9 },
      { name: 'two', from: 11, to: 11 },
    ])
  })

  test('a function that nobody entered is one word, a line that two share is not', () => {
    const blocks = [['0:7:2'], ['0:7:11'], ['0:8:2'], ['0:11:50']]
    const files = [{ path: SOURCE, text }]
    const ran = (...blocksRan: number[]) => coveredOf(files, blocks, blocksRan, [])
    expect(coverageOf(ran(1, 0, 0, 0))).toEqual({
      known: true,
      unreached: [
        { function: 'one', line: 7, what: 'part' },
        { function: 'one', line: 8, what: 'line' },
        { function: 'two', line: 11, what: 'function' },
      ],
    })
    const all = { known: true, unreached: [] }
    expect(coverageOf(ran(1, 1, 1, 1))).toEqual(all)
    // What one search left another may have run; neither need have run a whole line.
    expect(coverageOf(joinCovered(ran(1, 0, 1, 0), ran(0, 1, 0, 1)))).toEqual(all)
  })
})
