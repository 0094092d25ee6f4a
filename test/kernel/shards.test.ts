// A comparison with a kernel in shards is what one run gives.

import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import { openKernel } from '../../lib/kernel/source.js'
import { cli } from '../cli/process.js'
import { scratchFolder } from '../scratch.js'
import { TIMEOUT_MS, withKernel } from './real.js'

const scratch = scratchFolder()

withKernel('verify --shard', (source) => {
  /** The kernel's, and one with segments of half the length. */
  let kernel: string
  let changed: string

  beforeAll(async () => {
    const { folder } = await openKernel(source, scratch.folder)
    kernel = folder
    changed = join(scratch.folder, 'changed')
    for (const file of ['kernel/dma/swiotlb.c', 'include/linux/swiotlb.h']) {
      cpSync(join(folder, file), join(changed, file))
    }
    // Segments of half the length.
    const header = join(changed, 'include/linux/swiotlb.h')
    const text = readFileSync(header, 'utf8')
    const other = text.replace(/(IO_TLB_SEGSIZE\s+)128\b/, '$164')
    expect(other === text).toBe(false)
    writeFileSync(header, other)
  }, TIMEOUT_MS)

  /** What the shards give, joined, and what one run gives; without the time that it took. */
  async function both(tree: string) {
    const which = [
      '--variants',
      'static,dynamic',
      '--profiles',
      'plain,nearly-full',
      '--operations',
      '800',
    ]
    const args = ['verify', '--kernel-source', tree, ...which]
    const files: string[] = []
    for (const i of [1, 2, 3]) {
      const { code, stdout, stderr } = await cli([...args, '--shard', `${i}/3`])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      files.push(scratch.file(`${i}.jsonl`, stdout))
    }
    const out = ['--out', join(scratch.folder, 'log')]
    const merged = await cli(['merge', ...files, '--json', ...out])
    const log = merged.code === 1 ? readFileSync(out[1] as string, 'utf8') : null
    const whole = await cli([...args, '--json', ...out])
    const parsed = [merged, whole].map(({ code, stdout }) => {
      const { made, seconds, ...rest } = JSON.parse(stdout)
      expect(seconds).toBeGreaterThan(0)
      return { code, ...rest }
    })
    expect(parsed[0]).toEqual(parsed[1])
    return { ...parsed[0], log }
  }

  test(
    'where both are alike',
    async () => {
      expect(await both(kernel)).toMatchObject({ code: 0, differences: 0, log: null })
    },
    TIMEOUT_MS,
  )

  test(
    'where they differ: one log, the shortest',
    async () => {
      const { code, rows, log } = await both(changed)
      const shrunk = rows.flatMap(
        (row: { difference: { shrunk: { log: string } | null } | null }) =>
          row.difference?.shrunk ? [row.difference.shrunk.log] : [],
      )
      expect({ code, shrunk }).toEqual({ code: 1, shrunk: [log] })
    },
    TIMEOUT_MS,
  )
})
