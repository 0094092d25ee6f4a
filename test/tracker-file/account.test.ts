// What a schedule that was found shows of itself: who did what to which word, in which line.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals'
import { checkTrackerFile, type Finding, trackers } from '../../lib/index.js'
import { fitTo } from '../../lib/report/fit.js'
import { accountText } from '../../lib/report/text/account.js'
import {
  fieldAt,
  placeIn,
  type Words,
  wordsOf,
  wordsOfTracker,
} from '../../lib/tracker-file/words.js'
import { example, leavesNothing, plantedFile, plantedText, removeFolder, write } from './files.js'

jest.setTimeout(300_000)

leavesNothing()
afterAll(removeFolder)
afterEach(() => fitTo(() => undefined))

const NATIVE = join(__dirname, '../../native')

async function foundIn(file: string): Promise<Finding> {
  const { result } = await checkTrackerFile(file)
  if (!result?.found) throw new Error(`nothing was found in ${file}`)
  return result.found
}

/** The line in which a text stands alone. */
function lineOf(text: string, code: string): number {
  const lines = text.split('\n').flatMap((line, i) => (line.trim() === code ? [i + 1] : []))
  expect([code, lines.length]).toEqual([code, 1])
  return lines[0] as number
}

test('a column for each CPU, in the order of the accesses, with the lines of the file', async () => {
  const text = plantedText('lost-mark.h')
  const file = write('lost.h', text)
  const found = await foundIn(file)
  const add = lineOf(text, 'long used = atomic_long_add_return(nslots, &t->used);')
  const look = lineOf(text, 'if (used > LOAD(t->mark))')
  const raise = lineOf(text, 'STORE(t->mark, used);')
  const blank = ' '.repeat(39)
  const left = (what: string): string => `${what.padEnd(39)}|`
  const right = (what: string): string => `${blank}| ${what}`
  // The CPUs of the shrunk schedule, their areas, and which of them comes first, hang on the seed.
  const areas = [
    ...new Set(
      found.steps.map(({ word }) => word).filter((word) => /^area\[\d\]\.used$/.test(word ?? '')),
    ),
  ]
  expect(areas).toHaveLength(2)
  const [one, other] = [...new Set(found.steps.map(({ cpu }) => cpu))].sort()
  const first = found.steps[0]?.cpu === one ? left : right
  const second = first === left ? right : left
  expect(accountText(found).slice(0, 18)).toEqual([
    `${`CPU ${one}`.padEnd(38)} | CPU ${other}`,
    `${'-'.repeat(38)}-+-${'-'.repeat(38)}`,
    ...[
      'map of 1 slot',
      `${areas[0]} 0 -> 1`,
      `lost.h:${add} atomic t->used 0 -> 1`,
      `lost.h:${look} read t->mark: 0`,
    ].map(first),
    ...[
      'map of 1 slot',
      `${areas[1]} 0 -> 1`,
      `lost.h:${add} atomic t->used 1 -> 2`,
      `lost.h:${look} read t->mark: 0`,
      `lost.h:${raise} write t->mark 0 -> 2`,
    ].map(second),
    first(`lost.h:${raise} write t->mark 2 -> 1`),
    '',
    `lost.h:${add}  long used = atomic_long_add_return(nslots, &t->used);`,
    `lost.h:${look}  if (used > LOAD(t->mark))`,
    `lost.h:${raise}  STORE(t->mark, used);`,
    '',
    expect.stringMatching(/^Left out: \d+ steps with locks, where no two CPUs meet/),
  ])
  // It tells what came out.
  const marks = found.steps.filter(({ word, does }) => word === 't->mark' && does === 'write')
  expect(marks.at(-1)?.after).toBe(found.reportedSlots)
})

test('the account of the documentation is that of its example', async () => {
  const exact = example
    .replace('.under = TRACKER_UNBOUNDED', '.under = 0')
    .replace('.over = TRACKER_UNBOUNDED', '.over = 0')
    .replace('TRACKER_UNTIL_TRANSIENT', 'TRACKER_UNTIL_RESET | TRACKER_UNTIL_TRANSIENT')
  const told = accountText(await foundIn(write('exact.h', exact)))
  const page = readFileSync(join(__dirname, '../../docs/own-tracker.md'), 'utf8')
  expect(told.at(-2)).toBe('')
  expect(page).toContain(`\n\`\`\`text\n${told.slice(0, -2).join('\n')}\n\`\`\`\n`)
})

test('rows where there is no room for columns, and nothing is lost', async () => {
  const found = await foundIn(plantedFile('stale-sum.h'))
  const words = (lines: readonly string[]): string[] =>
    lines
      .flatMap((line) => line.match(/[\w>[\].:-]{4,}/g) ?? [])
      .filter((word) => !/^-+$/.test(word))
  const wide = accountText(found)
  fitTo(() => 50)
  const narrow = accountText(found)
  expect(wide[1]).toMatch(/^-+\+-+$/)
  expect(narrow.join('\n')).not.toContain('|')
  expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(50)
  expect(words(narrow).sort()).toEqual(words(wide).sort())
  expect(narrow.filter((line) => /^CPU \d /.test(line)).length).toBeGreaterThan(2)
})

test('who waits for ever, for what, and who holds it', async () => {
  const [first, second] = ['spin_lock(&t->first);', 'spin_lock(&t->second);']
  const file = write(
    'dead.h',
    `#include "trackers/tracker.h"
struct tracker_area {
};
struct tracker_mem {
	spinlock_t first, second;
	unsigned long used;
};
#include "swiotlb/types.h"
#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	${first}
	${second}
	t->used += nslots;
	spin_unlock(&t->second);
	spin_unlock(&t->first);
}
#define tracker_sub tracker_sub
static inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	${second} /* the other way round */
	${first} /* likewise */
	t->used -= nslots;
	spin_unlock(&t->first);
	spin_unlock(&t->second);
}
static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return READ_ONCE(mem_tracker(mem)->used);
}
static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return 0;
}
static inline void tracker_reset(struct io_tlb_mem *mem)
{
}
static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = TRACKER_UNBOUNDED, .over = TRACKER_UNBOUNDED };
}
`,
  )
  const found = await foundIn(file)
  expect(found.findings).toEqual(['deadlock'])
  const stuck = found.steps.filter(({ does }) => does === 'stuck')
  expect(stuck.map(({ word }) => word).sort()).toEqual(['t->first', 't->second'])
  // Each waits for what the other has taken before.
  expect(stuck.map(({ before }) => before)).toEqual(stuck.map(({ cpu }) => cpu).reverse())
  const text = accountText(found)
    .join('\n')
    .replace(/[\s|]+/g, ' ')
  for (const { word, before } of stuck) {
    expect(text).toContain(`waits for ever for ${word}, held by CPU ${before}`)
  }
})

describe('the names of words', () => {
  const structures = ['tracker_mem', 'tracker_area', 'tracker_cold'] as const
  const named = (words: Words): number =>
    structures.reduce((sum, name) => sum + words[name].length, 0)

  test('are those that the compiler has at these places, in every tracker', () => {
    const files = trackers.map(({ name }) => `trackers/${name.replaceAll('-', '_')}.h`)
    const all = trackers.map(({ name }) => wordsOfTracker(name))
    for (const [i, words] of all.entries()) {
      const asserts = structures.flatMap((structure) =>
        words[structure].map(
          ({ name, at, bytes }) =>
            `_Static_assert(offsetof(struct ${structure}, ${name}) == ${at} && ` +
            `sizeof(((struct ${structure} *)0)->${name}) == ${bytes}, "${structure} ${name}");`,
        ),
      )
      const source = `#include "${files[i]}"\n${asserts.join('\n')}\n`
      const args = ['-x', 'c', '-std=gnu11', '-D_GNU_SOURCE', '-I', NATIVE, '-fsyntax-only', '-']
      execFileSync('cc', args, { input: source, stdio: ['pipe', 'pipe', 'pipe'] })
    }
    // Off has none, and most have all that a reader asks for.
    expect(all.filter((words) => named(words) > 0).length).toBeGreaterThan(trackers.length / 2)
  })

  test('know a sign where the compiler has one', () => {
    const types = ['u8', 'bool', 'char', 'unsigned char', 'u16', 'short', 'unsigned short']
    types.push('u32', 'int', 'unsigned', 'unsigned int')
    const fields = types.map((type, i) => `${type} f${i}[2];`).join('\n')
    const words = wordsOf([`struct tracker_mem {\n${fields}\n};`]).tracker_mem
    expect(words).toHaveLength(types.length)
    const asserts = words.map(
      ({ signed }, i) =>
        `_Static_assert(((${types[i]})-1 < (${types[i]})1) == ${Number(signed)}, "${types[i]}");`,
    )
    const source = `#include "kernel.h"\n${asserts.join('\n')}\n`
    const args = ['-x', 'c', '-std=gnu11', '-D_GNU_SOURCE', '-I', NATIVE, '-fsyntax-only', '-']
    execFileSync('cc', args, { input: source, stdio: ['pipe', 'pipe', 'pipe'] })
    expect(words.filter(({ signed }) => signed).length).toBeGreaterThanOrEqual(2)
  })

  test('end where the file is not understood', () => {
    const mem = (fields: string): Words['tracker_mem'] =>
      wordsOf([`struct tracker_mem {\n${fields}\n};`]).tracker_mem
    const ends = 'long a; /* long x; */\nunsigned int b[3], c;'
    expect(mem(ends).map(({ name, at }) => [name, at])).toEqual([
      ['a', 0],
      ['b', 8],
      ['c', 20],
    ])
    for (const unknown of ['struct list l;', 'long l[SIZE];', '#ifdef X\nlong l;', 'mine_t l;'])
      expect(mem(`${ends}\n${unknown}\nlong d;`)).toHaveLength(3)
    const twice = 'struct tracker_mem {\nlong a;\n};\n'
    expect(wordsOf([twice + twice]).tracker_mem).toEqual([])
    const placeAt = (at: number): string | undefined => {
      const field = fieldAt(mem(ends), at)
      return field && placeIn(field, at)
    }
    expect([4, 8, 14, 20, 24].map(placeAt)).toEqual(['a+4', 'b[0]', 'b[1]+2', 'c', undefined])
  })
})
