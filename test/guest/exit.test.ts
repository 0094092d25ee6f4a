// `boot` on the command line with stand-ins for the kernel, make, the compiler and the emulator: what each
// way to fail prints, and what it ends with.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { cli, type Ended } from '../cli/process.js'
import { scratchFolder } from '../scratch.js'
import {
  KEPT,
  says,
  standInFirst,
  standInKernel,
  standInPrograms,
  standInWork,
} from './stand-in.js'

jest.setTimeout(60_000)

const { folder: scratch } = scratchFolder()

describe('a boot ends', () => {
  const tree = standInKernel(join(scratch, 'linux'))
  const good = join(scratch, 'good.h')
  const bad = join(scratch, 'bad.h')

  async function booted(
    emulator: string,
    trackers: readonly string[],
    more: readonly string[] = [],
    programs = more.length > 0 ? standInFirst : standInPrograms,
  ): Promise<Ended> {
    const work = standInWork(scratch)
    const args = ['boot', '--kernel-source', tree, '--work', work, '--seconds', '1', ...more]
    return await cli([...args, '--tracker', trackers.join(',')], {
      // Only a trace takes others, to pack it.
      env: { PATH: programs(scratch, emulator) },
    })
  }

  beforeAll(() => {
    writeFileSync(good, '#include "trackers/tracker.h"\n')
    writeFileSync(bad, '#include "trackers/tracker.h"\n\nFAULT\n')
  })

  test('with 0 where the promise was kept, and with maps that found no room in words', async () => {
    const { code, stdout, stderr } = await booted(says(KEPT), [good])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^good\.h +exact +9 +9\.\.9 +9 +0 +kept +0/m)
    expect(stdout).toMatch(/^good\.h: 3 of 12 maps found no room\.$/m)
  })

  test('with 0 where the promise had ended when the pool grew', async () => {
    const told = KEPT.replace('hiwater=9 true_used', 'hiwater=8 true_used')
    const ended = told
      .replace('until=0', 'until=2')
      .replace('after nslabs=512', 'after nslabs=1024')
    const { code, stdout } = await booted(says(ended), [good])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^good\.h .* promise ended +0/m)
    expect(stdout.replace(/\s+/g, ' ')).toContain('but its promise ended with a transient pool')
  })

  test('on arm64 alike, with what an emulator does not show there', async () => {
    const { code, stdout } = await booted(says(KEPT), [good], ['--arch', 'arm64'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/ on arm64, static pool of 16384 slots/)
    expect(stdout).toMatch(/^good\.h +exact +9 +9\.\.9 +9 +0 +kept +0/m)
    expect(stdout.replaceAll('\n', ' ')).toContain(
      'a barrier that a tracker lacks on arm64 is not seen',
    )
    const wrong = await booted(says(KEPT), [good], ['--arch', 'arm'])
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--arch: ') })
  })

  test('with 1 where it was broken, or the kernel complained', async () => {
    const under = await booted(says(KEPT.replace('hiwater=9 true_used', 'hiwater=8 true_used')), [
      good,
    ])
    expect(under).toMatchObject({ code: 1, stdout: expect.stringContaining('BROKEN') })
    const alarm = 'LAB alarm WARNING: inconsistent lock state\nLAB alarms found=1'
    const loud = await booted(says(KEPT.replace('LAB alarms found=0', alarm)), [good])
    expect(loud.code).toBe(1)
    expect(loud.stdout).toMatch(/^good\.h: WARNING: inconsistent lock state$/m)
  })

  test('with 3 where its trace cannot be kept, behind its row', async () => {
    const folder = join(scratch, 'captures')
    mkdirSync(join(folder, 'good.h.tar.gz'), { recursive: true })
    const told = KEPT.replace('LAB done', 'LAB capture bytes=5\nLAB done')
    const { code, stdout, stderr } = await booted(says(told), [good], ['--capture', folder])
    expect(code).toBe(3)
    expect(stdout).toMatch(/^good\.h .*kept/m)
    expect(stderr).toMatch(/^swiotlb-lab: --capture: .*good\.h\.tar\.gz cannot be written: EISDIR/)
    expect(readdirSync(folder)).toEqual(['good.h.tar.gz'])
  })

  test('with 2 before it began, where nothing packs its trace', async () => {
    const more = ['--capture', join(scratch, 'unpacked')]
    const ended = await booted(says(KEPT), [good], more, standInPrograms)
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr.replace(/\s+/g, ' ')).toBe(
      'swiotlb-lab: a guest takes tar, gzip, not found here: ' +
        'apt-get install --no-install-recommends tar gzip ',
    )
  })

  test("with 2 and the compiler's line where no tracker was built", async () => {
    const { code, stdout, stderr } = await booted(says(KEPT), [bad])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.replace(/\s+/g, ' ')).toBe(
      `swiotlb-lab: the kernel is not built: ${bad}:3:1: error: unknown word `,
    )
  })

  test('with 1 and the rows of the others where one was', async () => {
    const { code, stdout } = await booted(says(KEPT), [bad, good])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^bad\.h .*VOID/m)
    expect(stdout).toMatch(/^good\.h .*kept/m)
    expect(stdout).toContain(`${bad}:3:1: error: unknown word`)
  })

  test.each([
    ['panics', says('[ 1.0] Kernel panic - not syncing: x'), 'the kernel panicked'],
    ['prints nothing', 'exit 0', 'it printed nothing'],
    ['is no machine', 'echo "no such machine" >&2; exit 1', 'no such machine'],
  ])('with 2 where the guest %s', async (_, emulator, words) => {
    const { code, stdout, stderr } = await booted(emulator, [good])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^swiotlb-lab: the boot failed: /)
    expect(stderr).toContain(words)
  })
})
