// `boot` with what it cannot use: each is one message and exit 2, before anything is built.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { boot } from '../../lib/guest/boot.js'
import { buildKernel, checkTools, checkTree } from '../../lib/guest/build.js'
import { loaded } from '../../lib/guest/machine.js'
import { buildTracker } from '../../lib/guest/prepare.js'
import { bootTrackers } from '../../lib/index.js'
import { cli } from '../cli/process.js'

const scratch = mkdtempSync(join(tmpdir(), 'swiotlb-lab-test-guest-'))
const kind = { lockdep: false, dynamic: false }
const machine = { cpus: 2, slots: 16384, areas: 2, readers: 4, seconds: 1, kib: 64 }

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Programs of these names, and nothing else to be found; puts PATH back. */
async function withPath<T>(programs: Readonly<Record<string, string>>, use: () => Promise<T>) {
  const folder = mkdtempSync(join(scratch, 'bin-'))
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  }
  const before = process.env['PATH']
  process.env['PATH'] = folder
  try {
    return await use()
  } finally {
    process.env['PATH'] = before
  }
}

const booted = (limitMs: number) =>
  boot({
    kernel: 'vmlinux',
    image: 'guest.cpio',
    machine: loaded(machine),
    folder: scratch,
    limitMs,
  })

describe('a guest', () => {
  test('names what is missing, and the line that installs it', async () => {
    const gcc = 'echo /lib/libc.a'
    await withPath({ make: '', gcc, flex: '', bc: '' }, async () => {
      expect(checkTools).toThrow(
        'a guest takes bison, qemu-system-x86_64, not found here: apt-get install ' +
          '--no-install-recommends bison qemu-system-x86 seabios',
      )
    })
  })

  test.each([
    ['a header', 'case "$*" in *gelf.h*) exit 1 ;; *) echo /lib/libc.a ;; esac', 'gelf.h'],
    ['a library', 'echo libc.a', 'libc.a'],
  ])('names %s that the compiler does not find', async (_, gcc, name) => {
    const others = { make: '', flex: '', bison: '', bc: '', 'qemu-system-x86_64': '' }
    await withPath({ ...others, gcc }, async () => {
      const packages = name === 'gelf.h' ? 'libelf-dev' : 'libc6-dev'
      expect(checkTools).toThrow(
        `a guest takes ${name}, not found here: apt-get install --no-install-recommends ${packages}`,
      )
    })
    await withPath({ ...others, gcc: 'echo /lib/libc.a' }, async () => checkTools())
  })

  describe('in a tree', () => {
    const tree = mkdtempSync(join(scratch, 'whole-'))
    for (const path of ['kernel/dma', 'scripts/kconfig', 'init', 'drivers/nvme']) {
      mkdirSync(join(tree, path), { recursive: true })
    }
    for (const path of ['Makefile', 'Kconfig', 'kernel/dma/swiotlb.c']) {
      writeFileSync(join(tree, path), '')
    }

    test('is built where it is whole and clean', () => checkTree(tree))

    test.each(['.config', 'include/config', 'arch/x86/include/generated'])(
      'is not where %s is left of a build in it',
      (path) => {
        mkdirSync(join(tree, path), { recursive: true })
        expect(() => checkTree(tree)).toThrow(
          `--kernel-source: ${tree} was configured or built in itself (${path}); expected a clean tree`,
        )
        rmSync(join(tree, path), { recursive: true })
      },
    )

    test('is not where a part is missing', () => {
      rmSync(join(tree, 'scripts'), { recursive: true })
      expect(() => checkTree(tree)).toThrow(
        `--kernel-source: ${tree} has no scripts/kconfig; expected a whole kernel tree to build`,
      )
    })
  })

  test("gives the compiler's words for a build that failed", async () => {
    const said = 'kernel/dma/swiotlb_tracker.h:7:2: error: unknown type name'
    await withPath({ make: `echo "${said}" >&2; exit 2` }, async () => {
      const tree = mkdtempSync(join(scratch, 'tree-'))
      await expect(buildKernel({ tree, work: scratch, kind, jobs: 1 })).rejects.toThrow(said)
    })
  })

  test("gives them under the name that the user's file has", async () => {
    const file = join(scratch, 'mine.h')
    writeFileSync(file, '#include "trackers/tracker.h"\n')
    const said = "kernel/dma/swiotlb_tracker.h:7:2: error: implicit declaration of function 'sleep'"
    await withPath({ make: `echo "../linux/${said}" >&2; exit 2` }, async () => {
      const options = { kernelSource: '.', trackers: [file], work: join(scratch, 'named') }
      await expect(buildTracker(file, kind, true, options)).rejects.toThrow(
        `the kernel is not built:\n  ${file}:7:2: error: implicit declaration of function 'sleep'`,
      )
    })
  })

  test.each([
    [
      'panics',
      'echo; echo "[    1.0] Kernel panic - not syncing: x"; echo more',
      'the kernel panicked',
    ],
    ['says nothing', 'exit 1', 'ended with 1 before the guest was done; it printed nothing'],
    ['says why not', 'echo "no such machine" >&2; exit 1', 'no such machine'],
    ['hangs', 'echo "[    0.1] last line"; while :; do :; done', 'did not end within 1 s'],
  ])('that %s is refused with the last of its console', async (_, program, words) => {
    await withPath({ 'qemu-system-x86_64': program }, async () => {
      await expect(booted(1000)).rejects.toThrow(words)
    })
  })

  test('shows the lines behind a panic, and the last before a hang', async () => {
    const hangs = 'echo "[    0.1] last line"; while :; do :; done'
    await withPath({ 'qemu-system-x86_64': hangs }, async () => {
      await expect(booted(1000)).rejects.toThrow('the console said last:\n  [    0.1] last line')
    })
  })

  test('ends with what asked for it', async () => {
    const abort = new AbortController()
    await withPath({ 'qemu-system-x86_64': 'while :; do :; done' }, async () => {
      const running = boot({
        kernel: '',
        image: '',
        machine: loaded(machine),
        folder: scratch,
        limitMs: 60_000,
        signal: abort.signal,
      })
      setTimeout(() => abort.abort(new Error('enough')), 50)
      await expect(running).rejects.toThrow('enough')
    })
  })

  test('needs a tracker', async () => {
    const options = { kernelSource: '.', trackers: [], work: scratch, kind, machine }
    await expect(bootTrackers(options)).rejects.toThrow('--tracker: expected at least one')
  })

  describe('on the command line', () => {
    const gcc = 'echo /lib/libc.a'
    const tools = { make: '', gcc, flex: '', bison: '', bc: '', 'qemu-system-x86_64': '' }
    const ended = (args: readonly string[]) =>
      withPath(tools, () => cli(['boot', '--tracker', 'off', ...args]))

    test('leaves no folder where there is no kernel', async () => {
      const work = join(scratch, 'not', 'made')
      const { code, stderr } = await ended(['--kernel-source', './nosuch', '--work', work])
      expect(code).toBe(2)
      expect(stderr).toContain('./nosuch')
      expect(existsSync(join(scratch, 'not'))).toBe(false)
    })

    test.each(['--work', '--capture'])('refuses %s where no folder can be', async (option) => {
      const others = ['--kernel-source', './nosuch', '--work', join(scratch, 'w')]
      const { code, stderr } = await ended([...others, option, '/proc/swiotlb-lab/in'])
      expect(code).toBe(3)
      expect(stderr).toContain(`${option}: /proc/swiotlb-lab/in cannot be made (ENOENT)`)
    })
  })

  test('on the command line: a misspelt tracker ends it with 2', async () => {
    const work = join(scratch, 'w')
    const args = ['boot', '--tracker', 'reserv', '--kernel-source', '.', '--work', work]
    const { code, stderr } = await cli(args)
    expect(code).toBe(2)
    expect(stderr).toMatch(/unknown "reserv".*Did you mean reserve\?/)
  })
})
