// `verify` with a real kernel source: that the port is alike, and that a changed kernel is not.
// KERNEL_SOURCE names one; without it, Debian's linux-source-6.12 is taken where it is installed.

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readTrace, verify } from '../../lib/index.js'
import { openKernel } from '../../lib/kernel/source.js'
import { cli } from '../cli/process.js'

const DEBIAN = '/usr/src/linux-source-6.12.tar.xz'
const source = process.env['KERNEL_SOURCE'] ?? (existsSync(DEBIAN) ? DEBIAN : undefined)
const title = 'the real kernel'
const withKernel = source === undefined ? describe.skip : describe
const why = `${title} (skipped: set KERNEL_SOURCE, or install linux-source-6.12)`
/** Far above what unpacking a kernel takes. */
const TIMEOUT_MS = 240_000

const scratch = mkdtempSync(join(tmpdir(), 'swiotlb-lab-kernel-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

withKernel(source === undefined ? why : title, () => {
  let kernel = ''
  let changed = ''

  beforeAll(async () => {
    const tree = await openKernel(source as string, scratch)
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
      expect(new Set(result.rows.map(({ variant }) => variant)).size).toBe(4)
      expect(result.operations).toBeGreaterThanOrEqual(4 * 30_000)
      expect(result).toMatchObject({ differences: 0, skipped: [], kernel: { otherRules: [] } })
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
      const { operations } = readTrace(readFileSync(out), { file: out })
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
