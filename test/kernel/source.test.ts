// `verify` with a real kernel source: that the port is alike, and that a changed kernel is not.

import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import { parseTrace, verify } from '../../lib/index.js'
import { openKernel } from '../../lib/kernel/source.js'
import { cli } from '../cli/process.js'
import { scratchFolder } from '../scratch.js'
import { TIMEOUT_MS, withKernel } from './real.js'

const { folder: scratch } = scratchFolder()

withKernel('the real kernel', (source) => {
  let kernel = ''
  let changed = ''

  beforeAll(async () => {
    const tree = await openKernel(source, scratch)
    kernel = tree.folder
    changed = join(scratch, 'changed')
    for (const file of ['kernel/dma/swiotlb.c', 'include/linux/swiotlb.h']) {
      cpSync(join(kernel, file), join(changed, file))
    }
    // Segments of half the length.
    const header = join(changed, 'include/linux/swiotlb.h')
    const text = readFileSync(header, 'utf8').replace(/(IO_TLB_SEGSIZE\s+)128\b/, '$164')
    writeFileSync(header, text)
  }, TIMEOUT_MS)

  test(
    'the port is alike in every variant',
    async () => {
      const result = await verify({ kernelSource: kernel, operations: 30_000, seed: 5 })
      expect(result.rows.filter(({ difference }) => difference !== null)).toEqual([])
      // All but the two that need a choice at boot, which 6.12 has not.
      const names = new Set(result.rows.map(({ variant }) => variant))
      expect([...names].sort()).toEqual(
        ['static', 'static-no-debugfs', 'dynamic', 'restricted', 'copies', 'copies-dynamic'].sort(),
      )
      expect(result.operations).toBeGreaterThanOrEqual(6 * 30_000)
      expect(result).toMatchObject({ differences: 0, notBuilt: [], kernel: { otherRules: [] } })
      expect(result.skipped.map(({ variant }) => variant)).toEqual([
        'static-untracked',
        'dynamic-untracked',
      ])
    },
    TIMEOUT_MS,
  )

  test.each([
    { slotIndex: 'bitmap' },
    { areaLayout: 'padded', counterLayout: 'own-line' },
  ] as const)(
    'and with %j',
    async (layout) => {
      const variants = ['static', 'restricted']
      const result = await verify({ kernelSource: kernel, operations: 20_000, variants, layout })
      expect(result.differences).toBe(0)
    },
    TIMEOUT_MS,
  )

  test(
    'the same seed compares the same',
    async () => {
      const options = { kernelSource: kernel, operations: 2000, variants: ['dynamic'] }
      const [first, again] = [await verify(options), await verify(options)]
      expect(again?.rows).toEqual(first?.rows)
    },
    TIMEOUT_MS,
  )

  test(
    'what differs is shrunk to a log that differs, too',
    async () => {
      const out = join(scratch, 'shortest.log')
      const args = ['verify', '--kernel-source', changed, '--variants', 'static', '--json']
      const first = await cli([...args, '--operations', '5000', '--out', out])
      expect(first).toMatchObject({ code: 1, stderr: '' })
      const report = JSON.parse(first.stdout)
      expect(report.differences).toBeGreaterThan(0)
      expect(report.written).toBe(out)
      const shrunk = report.rows.find((row: never) => row['difference']?.['shrunk']).difference
        .shrunk
      expect(shrunk.minimal).toBe(true)
      expect(readFileSync(out, 'utf8')).toBe(shrunk.log)
      const { operations } = parseTrace(readFileSync(out), { file: out })
      expect(operations.length).toBeLessThanOrEqual(5)

      const again = await cli([...args, '--log', out, '--out', join(scratch, 'again.log')])
      expect(again.code).toBe(1)
      const [row] = JSON.parse(again.stdout).rows
      expect(row.difference).toMatchObject({ port: shrunk.port, kernel: shrunk.kernel, seed: null })

      const alike = await cli(['verify', '--kernel-source', kernel, '--log', out])
      expect(alike).toMatchObject({ code: 0, stderr: '' })
      expect(alike.stdout).toContain('Identical over')
    },
    TIMEOUT_MS,
  )

  /** A copy of the tree with this put behind its header, or with its source changed. */
  function copyOfTree(
    name: string,
    {
      behind = '',
      change = (text: string) => text,
    }: { behind?: string; change?(text: string): string },
  ): string {
    const folder = join(scratch, name)
    for (const file of ['kernel/dma/swiotlb.c', 'include/linux/swiotlb.h']) {
      cpSync(join(kernel, file), join(folder, file))
    }
    const [header, file] = ['include/linux/swiotlb.h', 'kernel/dma/swiotlb.c'].map((path) =>
      join(folder, path),
    ) as [string, string]
    writeFileSync(header, `${readFileSync(header, 'utf8')}${behind}`)
    writeFileSync(file, change(readFileSync(file, 'utf8')))
    return folder
  }

  /** Put in place of taking a lock: at the hundredth one this happens. */
  const atLock = (what: string) => `
static inline void hundredth(void)
{
	static int locks;

	if (++locks == 100)
		${what};
}
#undef spin_lock_irqsave
#define spin_lock_irqsave(lock, flags) ((flags) = 0, hundredth(), spin_lock(lock))
`

  test(
    'a kernel whose copies are one byte short differs in its data, and in nothing else',
    async () => {
      const kernelSource = copyOfTree('short', {
        change: (text) => text.replace(/(\bmemcpy\(.*), size\)/g, '$1, size - 1)'),
      })
      const options = { kernelSource, operations: 5000 }
      const { rows } = await verify({ ...options, variants: ['copies', 'copies-dynamic'] })
      expect(rows.map(({ difference }) => difference?.field)).toEqual(rows.map(() => 'data'))
      const { shrunk } = rows.find(({ difference }) => difference?.shrunk)?.difference ?? {}
      expect(shrunk).toMatchObject({ operations: 1, minimal: true, field: 'data' })
      expect((await verify({ ...options, variants: ['static'] })).differences).toBe(0)
    },
    TIMEOUT_MS,
  )

  test.each([
    ['crashes', '*(volatile int *)0 = 1', 'it crashed'],
    ['aborts', '__builtin_trap()', 'it crashed'],
    ['comes to a BUG', 'BUG()', 'it came to a BUG or a panic'],
    [
      'does not come back',
      'for (;;) __asm__ volatile("")',
      'it did not come back within 10 seconds',
    ],
  ])(
    'a kernel that %s leaves its log',
    async (name, what, words) => {
      const kernelSource = copyOfTree(name, { behind: atLock(what) })
      const out = join(scratch, `${name}.log`)
      const args = ['--kernel-source', kernelSource, '--variants', 'static', '--profiles', 'plain']
      const ended = await cli(['verify', ...args, '--operations', '1000', '--out', out])
      expect(ended).toMatchObject({ code: 1, stderr: '' })
      expect(ended.stdout).toContain(words)
      expect(ended.stdout.replace(/\s+/g, ' ')).toContain(`written to ${out}`)
      const { operations } = parseTrace(readFileSync(out), { file: out })
      expect(operations.length).toBeGreaterThan(10)
      const again = ['verify', ...args.slice(0, 4), '--log', out, '--out']
      expect(await cli([...again, out])).toMatchObject({ code: 2, stdout: '' })
      const other = await cli([...again, join(scratch, `${name}-again.log`)])
      expect(other.stdout).toContain(words)
      // What is to be typed next works, whatever the folder is called.
      expect(ended.stdout).toContain(`--log ${/ /.test(out) ? `'${out}'` : out}`)
    },
    TIMEOUT_MS,
  )

  test(
    'a search that never ends is told without a clock, and shrunk',
    async () => {
      // No step is counted any more, so that a search ends only where it finds something.
      const kernelSource = copyOfTree('circle', {
        change: (text) => text.replace(/\bslots_checked(\+\+| \+= stride);/g, ';'),
      })
      const options = { variants: ['static'], profiles: ['plain'], operations: 5000 }
      const { rows, unexplained } = await verify({ kernelSource, ...options })
      expect(unexplained).toBe(1)
      expect(rows[0]?.difference).toMatchObject({ hung: false, again: true, rules: [] })
      const { shrunk } = rows[0]?.difference ?? {}
      expect(shrunk).toMatchObject({
        ...{ minimal: true, field: 'search:' },
        kernel: 'it looked at a slot a second time, and so never ends',
      })
    },
    TIMEOUT_MS,
  )

  test(
    'a tree is found from inside of it and from above, in folders with blanks and other letters',
    async () => {
      const folder = copyOfTree('ein Baum, größer – ü/a tree', {})
      for (const kernelSource of [folder, join(folder, 'kernel/dma'), join(folder, '..')]) {
        const options = { operations: 500, variants: ['static', 'copies'], profiles: ['plain'] }
        const result = await verify({ kernelSource, ...options })
        expect(result).toMatchObject({ differences: 0, kernel: { source: folder } })
      }
    },
    TIMEOUT_MS,
  )

  test('two trees in one folder: which?', async () => {
    const two = join(scratch, 'two trees')
    copyOfTree('two trees/a', {})
    copyOfTree('two trees/b', {})
    await expect(verify({ kernelSource: two })).rejects.toThrow(
      /holds the trees \S.*a, \S.*b; name one of them/,
    )
  })

  test(
    'options that do not compile are named, and the others compared',
    async () => {
      const kernelSource = copyOfTree('vendor', {
        behind: '#ifdef CONFIG_SWIOTLB_DYNAMIC\nvendor_word_t vendor;\n#endif\n',
      })
      const result = await verify({ kernelSource, operations: 500, profiles: ['plain'] })
      expect(result.differences).toBe(0)
      expect(result.notBuilt).toEqual([
        {
          variant: 'dynamic',
          reason: expect.stringMatching(/error: unknown type name .vendor_word_t/),
        },
        { variant: 'copies-dynamic', reason: expect.stringMatching(/vendor_word_t/) },
      ])
      expect(new Set(result.rows.map(({ variant }) => variant)).size).toBe(4)
      const args = ['verify', '--kernel-source', kernelSource, '--operations', '500']
      const ended = await cli([...args, '--profiles', 'plain'])
      expect(ended).toMatchObject({ code: 1, stderr: '' })
      expect(ended.stdout).toMatch(/not built: dynamic: .*does not compile/)
      const named = await cli([...args, '--variants', 'dynamic'])
      expect(named).toMatchObject({ code: 2, stdout: '' })
    },
    TIMEOUT_MS,
  )

  test(
    'a run that is interrupted leaves nothing behind',
    async () => {
      const abort = new AbortController()
      const run = verify({
        kernelSource: kernel,
        operations: 50_000_000,
        signal: abort.signal,
        onProgress: ({ done }) => done > 0 && abort.abort(),
      })
      await expect(run).rejects.toMatchObject({ name: 'AbortError' })
    },
    TIMEOUT_MS,
  )
})
