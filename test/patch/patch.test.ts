// `patch` on Debian's kernel: every tracker finds its place, the diff makes the same tree, and a kernel
// that has it otherwise is refused by the name of the edit.

import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { InputError, patch } from '../../lib/index.js'
import { openKernel } from '../../lib/kernel/source.js'
import { MAX_STRETCH } from '../../lib/native/inputs.js'
import { defaultStretch, kernelTrackers, newFiles, trackerSource } from '../../lib/patch/files.js'
import { standInKernel, standInOnePool } from '../guest/stand-in.js'
import { TIMEOUT_MS, withKernel } from '../kernel/real.js'
import { scratchFolder } from '../scratch.js'

const HEADER = 'include/linux/swiotlb.h'
const SOURCE = 'kernel/dma/swiotlb.c'
const { folder: scratch } = scratchFolder()
let kernel = ''

/** The two files in a folder of their own, the second changed. */
function changed(name: string, change: (text: string) => string, file = SOURCE): string {
  const folder = join(scratch, name)
  for (const path of [HEADER, SOURCE]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    const text = readFileSync(join(kernel, path), 'utf8')
    writeFileSync(join(folder, path), path === file ? change(text) : text)
  }
  return folder
}

const refusal = (options: Partial<Parameters<typeof patch>[0]>): Promise<string> =>
  patch({ kernelSource: kernel, tracker: 'reserve', ...options }).then(
    () => 'was not refused',
    (error: unknown) => (error instanceof InputError ? error.message : String(error)),
  )

withKernel('a tracker in a kernel', (source) => {
  beforeAll(async () => {
    const unpacked = mkdtempSync(join(scratch, 'tar-'))
    const tree = await openKernel(source, unpacked)
    kernel = join(scratch, 'kernel')
    for (const path of [HEADER, SOURCE]) cpSync(join(tree.folder, path), join(kernel, path))
  }, TIMEOUT_MS)

  test.each(kernelTrackers)(
    '%s finds every place, and its file is the same byte for byte',
    async (name) => {
      const out = join(scratch, `out-${name}`)
      const result = await patch({ kernelSource: kernel, tracker: name, out })
      const own = readFileSync(`native/trackers/${name.replaceAll('-', '_')}.h`)
      expect(readFileSync(join(out, result.trackerFile)).equals(own)).toBe(true)
      expect(result.edited.map(({ path }) => path)).toEqual([HEADER, SOURCE])
      expect(result.written).toEqual([HEADER, SOURCE, ...result.added])
      const bare = readFileSync(join(out, SOURCE), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
      expect(bare).not.toMatch(/total_used|[^_]used_hiwater\)|inc_used|dec_used/)
    },
  )

  test('the diff makes the same tree', async () => {
    const out = join(scratch, 'by-copy')
    const { diff, lines, trackerLines, edited } = await patch({
      ...{ kernelSource: kernel, tracker: 'reserve', truth: true, out },
    })
    const byDiff = join(scratch, 'by-diff')
    cpSync(kernel, byDiff, { recursive: true })
    execFileSync('git', ['apply', '-p1'], { cwd: byDiff, input: diff })
    const counted = execFileSync('git', ['apply', '--numstat', '-p1'], {
      input: diff,
      encoding: 'utf8',
    })
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'))
    const sum = (rows: typeof counted, column: 0 | 1): number =>
      rows.reduce((all, row) => all + Number(row[column]), 0)
    expect(lines).toEqual({
      files: counted.length,
      added: sum(counted, 0),
      removed: sum(counted, 1),
    })
    expect(edited.map(({ path, added, removed }) => [`${added}`, `${removed}`, path])).toEqual(
      counted.filter(([, , path]) => path === HEADER || path === SOURCE),
    )
    const own = counted.filter(([, , path = '']) => /swiotlb_tracker|reserve/.test(path))
    expect(trackerLines).toEqual({ files: own.length, added: sum(own, 0) })
    const files = readdirSync(byDiff, { recursive: true, encoding: 'utf8' }).filter((path) =>
      statSync(join(byDiff, path)).isFile(),
    )
    expect(files.length).toBeGreaterThan(2)
    for (const path of files) {
      expect(readFileSync(join(byDiff, path), 'utf8')).toBe(readFileSync(join(out, path), 'utf8'))
    }
  })

  test("the diff's hunks begin with the names that git gives them", async () => {
    const out = join(scratch, 'by-git')
    const { diff } = await patch({ kernelSource: kernel, tracker: 'global-atomic', out })
    const attributes = join(scratch, 'attributes')
    // As a kernel tree has it: labels are no names.
    writeFileSync(attributes, '*.[ch] diff=cpp\n')
    const heads = (text: string): string[] => text.match(/^@@ -[1-9].*/gm) ?? []
    const said = [HEADER, SOURCE].flatMap((path) => {
      const files = [join(kernel, path), join(out, path)]
      const args = ['-c', `core.attributesFile=${attributes}`, 'diff', '--no-index', ...files]
      return heads(spawnSync('git', args, { encoding: 'utf8' }).stdout)
    })
    expect(said.length).toBeGreaterThan(10)
    expect(said.filter((head) => / @@ static /.test(head)).length).toBeGreaterThan(5)
    expect(heads(diff)).toEqual(said)
  })

  test('the diff leaves no comment on what it takes away, and brings nothing without a use', async () => {
    const out = join(scratch, 'clean')
    const { added } = await patch({ kernelSource: kernel, tracker: 'reserve', out })
    const text = (path: string): string => readFileSync(join(out, path), 'utf8')
    expect(readFileSync(join(kernel, SOURCE), 'utf8')).toContain('Track the total used slots')
    expect(text(SOURCE)).not.toContain('Track the total used slots')
    const told = [...text(HEADER).matchAll(/^ \* @(\w+):/gm)].map(([, name]) => name)
    expect(told).toEqual(expect.arrayContaining(['tracker_words', 'tracker_ready']))
    expect(told).not.toContain('total_used')
    expect(told).not.toContain('used_hiwater')
    expect(added.filter((path) => path.includes('truth'))).toEqual([])
    expect(added.map(text).join('')).not.toMatch(/\b[Ll]ab\b|[Ll]aboratory|docs\/\w+\.md/)
    const glue = added.filter((path) => !path.includes('reserve')).map(text)
    expect(glue.join('')).not.toMatch(
      /instrument_|truth|swiotlb_stretch|\.stretch_ns|#ifndef CONFIG_DEBUG_FS|\n\n\n/,
    )
  })

  test('what a tracker is written in is there for those that say it', async () => {
    const out = join(scratch, 'words')
    await patch({ kernelSource: kernel, tracker: 'epochs', truth: true, out })
    const text = (path: string): string => readFileSync(join(out, 'kernel/dma', path), 'utf8')
    expect(text('trackers/tracker.h')).toMatch(
      /#define instrument_write\([\s\S]*u64 ns_to_cycles\(/,
    )
    expect(text('swiotlb/instance.h').match(/truth_\w+\(/g)).toHaveLength(5)
    expect(text('swiotlb/instance.h').match(/\bswiotlb_stretch\b|\.stretch_ns\b/g)).toHaveLength(2)
    expect(text('swiotlb/truth.h')).toContain('truth_attach')
  })

  test('another tracker in the same copy writes its file alone', async () => {
    const out = join(scratch, 'exchanged')
    await patch({ kernelSource: kernel, tracker: 'per-area', out })
    const before = statSync(join(out, SOURCE)).mtimeMs
    const { written, trackerFile } = await patch({ kernelSource: kernel, tracker: 'off', out })
    expect(written).toEqual([trackerFile])
    expect(statSync(join(out, SOURCE)).mtimeMs).toBe(before)
    expect((await patch({ kernelSource: kernel, tracker: 'off', out })).written).toEqual([])
  })

  test.each([
    ['a map, under the lock of its area', /area->used \+= nslots;/, 'area->used += n;'],
    ['struct io_tlb_area', /\tunsigned long used;\n/, '\tunsigned int used;\n'],
    [
      'the mark, read from its file',
      /atomic_long_read\(&mem->used_hiwater\);\n\treturn/,
      '0;return',
    ],
    ['a pool that joins', /static void add_mem_pool\(/, 'static int add_mem_pool('],
  ])('a kernel without a place for %s is refused by it', async (name, find, by) => {
    const text = readFileSync(join(kernel, SOURCE), 'utf8')
    expect(text).toMatch(find)
    const source = changed(`without ${name}`, (one) => one.replace(find, by))
    const out = join(scratch, `not made ${name}`)
    const said = await refusal({ kernelSource: source, out })
    expect(said).toContain(`no place in ${SOURCE} for ${name}`)
    expect(existsSync(out)).toBe(false)
  })

  test('a kernel of before there were counters is refused in one line', async () => {
    const counters = /\tatomic_long_t (?:total_used|used_hiwater);\n/g
    expect(readFileSync(join(kernel, HEADER), 'utf8').match(counters)).toHaveLength(2)
    const source = changed('as 6.1', (text) => text.replace(counters, ''), HEADER)
    expect(await refusal({ kernelSource: source })).toBe(
      `--kernel-source: ${source}: no place in ${HEADER} for the tracker's words in struct io_tlb_mem, ` +
        'in place of the two counters (found 0 times, not 1); expected Linux 6.1, or 6.6 to 7.3, as ' +
        'released, without a tracker in it',
    )
  })

  test('a copy knows each file that it was made of', async () => {
    const source = changed('with more', (text) => text)
    writeFileSync(join(source, 'Makefile'), 'VERSION = 6\n')
    const out = join(scratch, 'of-more')
    await patch({ kernelSource: source, tracker: 'off', out })
    expect(await refusal({ kernelSource: source, out })).toBe('was not refused')
    writeFileSync(join(source, 'Makefile'), 'VERSION = 66\n')
    expect(await refusal({ kernelSource: source, out })).toContain('was made of another kernel')
  })

  test('a kernel that counts in one more place is refused', async () => {
    const source = changed('one more', (text) => `${text}\nvoid f(void) { dec_used(NULL, 1); }\n`)
    expect(await refusal({ kernelSource: source })).toContain('counts in a place that is not known')
  })

  test('a folder that is something else, another kernel, or the kernel itself is left alone', async () => {
    const full = join(scratch, 'full')
    mkdirSync(full)
    writeFileSync(join(full, 'mine'), '1')
    expect(await refusal({ out: full })).toMatch(/is not empty; expected a new folder/)
    expect(readdirSync(full)).toEqual(['mine'])
    const out = join(scratch, 'of-one')
    await patch({ kernelSource: kernel, tracker: 'off', out })
    const other = changed('other', (text) => text.replace('swiotlb', 'SWIOTLB'))
    expect(await refusal({ kernelSource: other, out })).toContain('was made of another kernel')
    expect(await refusal({ out: join(kernel, 'in') })).toContain('lies in the kernel')
  })

  test('a place where no folder can be is refused', async () => {
    expect(await refusal({ out: '/proc/swiotlb-lab/in' })).toContain(
      '--out: /proc/swiotlb-lab/in cannot be written (ENOENT)',
    )
  })

  test.each([
    ['nosuch', 'unknown "nosuch"'],
    ['boot-switch', 'is what Linux 7.3 does by itself; expected one of off, '],
    ['switchable', 'a kernel keeps no list of them'],
    ['funnel', 'an interrupt would wait for itself'],
    ['./nosuch.h', './nosuch.h cannot be read (ENOENT)'],
  ])('the tracker %s is refused', async (tracker, words) => {
    expect(await refusal({ tracker })).toContain(words)
  })

  test('a tracker file that includes another is refused by its line', async () => {
    const file = join(scratch, 'mine.h')
    writeFileSync(file, '#include "trackers/tracker.h"\n#include "more.h"\n')
    expect(await refusal({ tracker: file })).toContain('line 2: includes more.h')
  })
})

describe('a kernel of before there were pools', () => {
  test('has a place for all, and gets the file of a mark', async () => {
    const source = standInOnePool(join(scratch, 'one-pool'), (text) => text)
    const out = join(scratch, 'one-pool-patched')
    await patch({ kernelSource: source, tracker: 'reserve', out })
    expect(readFileSync(join(out, HEADER), 'utf8')).toContain('#define io_tlb_pool io_tlb_mem\n')
    const text = readFileSync(join(out, SOURCE), 'utf8').replace(/\t/g, '')
    expect(text).toContain('tracker_attach(mem, mem);\ntracker_attached(mem, mem);\nfor (i = 0;')
    expect(text).toMatch(
      /used \+= nslots;\ntoken = tracker_mapped_locked\(.*\nspin_unlock.*\ntracker_mapped\(mem, nslots, token\);\nreturn slot_index/,
    )
    expect(text).toMatch(
      /used -= nslots;\ntoken = tracker_unmapped_locked\(.*\nspin_unlock.*\ntracker_unmapped\(mem, nslots, token\);\n\}/,
    )
    expect(text.match(/^unsigned long token;$/gm)).toHaveLength(2)
    expect(text).toContain('return tracker_used(mem);')
    const glue = readFileSync(join(out, 'kernel/dma/swiotlb/instance.h'), 'utf8')
    expect(glue).toContain('debugfs_create_file("io_tlb_used_hiwater"')
  })

  test('and one that does not count the slots of transient pools have them counted', async () => {
    const source = standInKernel(join(scratch, 'no-transient'))
    const { diff } = await patch({ kernelSource: source, tracker: 'reserve' })
    expect(diff).toContain(
      '+\tatomic_long_t transient_nslabs;\n+#define TRACKER_COUNTS_TRANSIENT\n',
    )
    expect(diff.match(/^\+#ifdef TRACKER_COUNTS_TRANSIENT$/gm)).toHaveLength(2)
    // Not where it is made: without room for the mapping it goes, and nobody takes it off.
    expect(diff).toMatch(/pool->transient = true;\n(?:-.*\n)*\+\ttracker_count_transient\(/)
  })

  test('is refused where it counts as none that is known', async () => {
    const twice = (text: string): string =>
      text.replace(/static unsigned long mem_used[^}]*\}\n/, '$&$&')
    const source = standInOnePool(join(scratch, 'one-pool-twice'), twice)
    expect(await refusal({ kernelSource: source })).toBe(
      `--kernel-source: ${source}: no place in ${SOURCE} for what is in use (mem_used) (found 2 times, ` +
        'not 1); expected Linux 6.1, or 6.6 to 7.3, as released, without a tracker in it',
    )
  })
})

describe('the boot parameter of a stretch', () => {
  /** What is taken for what was asked for, compiled without a kernel. */
  function taken(asked: readonly string[]): number[] {
    const file = (end: string): string =>
      newFiles(trackerSource('epochs'), false).find(({ path }) => path.endsWith(end))?.text ?? ''
    const paragraph = file('swiotlb/instance.h')
      .split('\n\n')
      .filter((text) => text.includes('core_param('))
    expect(paragraph).toHaveLength(1)
    const source = join(scratch, 'stretch.c')
    const program = join(scratch, 'stretch')
    const code = (paragraph[0] ?? '').replace('#include <linux/moduleparam.h>\n', '')
    writeFileSync(
      source,
      `#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#define core_param(name, variable, type, mode) struct unused_##name
#define min(a, b) ((a) < (b) ? (a) : (b))
${file('trackers/promise.h')}
${code}
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		tracker_stretch = strtoul(argv[i], NULL, 10);
		unsigned long first = tracker_stretch_taken();
		printf("%lu\\n", first == tracker_stretch ? first : 0);
	}
}
`,
    )
    execFileSync('cc', ['-Wall', '-Werror', source, '-o', program])
    return execFileSync(program, asked, { encoding: 'utf8' }).trim().split('\n').map(Number)
  }

  test('takes what the lab takes, 0 for the default, and the most for more', () => {
    const least = [0, 1, 4000, MAX_STRETCH, MAX_STRETCH + 1].map(String)
    expect(taken([...least, `${2n ** 64n - 1n}`])).toEqual([
      ...[defaultStretch(), 1, 4000],
      ...[MAX_STRETCH, MAX_STRETCH, MAX_STRETCH],
    ])
  })
})

test('the compilation of several kernels goes on behind one that is refused', () => {
  const folder = join(scratch, 'refused')
  mkdirSync(folder)
  const kernels = ['one', 'two'].map((name) => join(folder, name))
  const { status, stdout } = spawnSync('sh', ['kernel-patch/compile.sh', ...kernels], {
    encoding: 'utf8',
    env: { ...process.env, TRACKERS: 'off' },
  })
  expect({ status, lines: stdout.trim().split('\n') }).toEqual({
    status: 1,
    lines: [
      ...kernels.map((kernel) => `${kernel}: FAILED: it could not be patched`),
      '0 passed, 2 failed',
    ],
  })
})
