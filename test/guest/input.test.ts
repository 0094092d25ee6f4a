// `boot` with what it cannot use: each is one message and exit 2, before anything is built.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type Arch, archFacts, prefixOf } from '../../lib/guest/arch.js'
import { boot } from '../../lib/guest/boot.js'
import { buildKernel, checkTools, checkTree } from '../../lib/guest/build.js'
import { loaded } from '../../lib/guest/machine.js'
import { buildTracker } from '../../lib/guest/prepare.js'
import { bootTrackers } from '../../lib/index.js'
import { cli } from '../cli/process.js'
import { MAKE_WORDS, standInKernel } from './stand-in.js'

const scratch = mkdtempSync(join(tmpdir(), 'swiotlb-lab-test-guest-'))
const kind = { arch: 'x86-64', lockdep: false, dynamic: false } as const
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

const booted = (limitMs: number, arch: Arch = 'x86-64') =>
  boot({
    arch,
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
      expect(() => checkTools('x86-64')).toThrow(
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
      expect(() => checkTools('x86-64')).toThrow(
        `a guest takes ${name}, not found here: apt-get install --no-install-recommends ${packages}`,
      )
    })
    await withPath({ ...others, gcc: 'echo /lib/libc.a' }, async () => checkTools('x86-64'))
  })

  test('of another processor takes the compiler and the emulator of that', async () => {
    const gcc = 'echo /lib/libc.a'
    const here = { make: '', gcc, flex: '', bison: '', bc: '', 'qemu-system-x86_64': '' }
    const prefix = prefixOf('arm64')
    await withPath(here, async () => {
      const compiler = prefix === '' ? '' : `${prefix}gcc, `
      expect(() => checkTools('arm64')).toThrow(`a guest takes ${compiler}qemu-system-aarch64, not`)
    })
    const there = { 'qemu-system-aarch64': '', [`${prefix}gcc`]: 'echo libc.a' }
    await withPath({ ...here, ...there }, async () => {
      const packages = prefix === '' ? 'libc6-dev' : archFacts('arm64').crossPackages
      expect(() => checkTools('arm64')).toThrow(
        `a guest takes libc.a, not found here: apt-get install --no-install-recommends ${packages}`,
      )
    })
  })

  test('of another processor boots in the emulator of that', async () => {
    const file = join(scratch, 'arguments')
    const emulator = `echo "$*" >${file}; echo "LAB done seconds=1"`
    await withPath({ 'qemu-system-aarch64': emulator }, () => booted(30_000, 'arm64'))
    const said = readFileSync(file, 'utf8')
    expect(said).toMatch(/^-machine virt .*-kernel vmlinux .*-append console=ttyAMA0 /)
    expect(said).toContain('swiotlb=16384,2,force')
    await withPath({}, async () => {
      await expect(booted(30_000, 'arm64')).rejects.toThrow(
        'a boot takes qemu-system-aarch64, which is not in PATH: apt-get install qemu-system-arm',
      )
    })
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

    test.each([
      '.config',
      'include/config',
      'arch/x86/include/generated',
      'arch/arm64/include/generated',
    ])('is not where %s is left of a build in it', (path) => {
      mkdirSync(join(tree, path), { recursive: true })
      expect(() => checkTree(tree)).toThrow(
        `--kernel-source: ${tree} was configured or built in itself (${path}); expected a clean tree`,
      )
      rmSync(join(tree, path), { recursive: true })
    })

    test('is not where a part is missing', () => {
      rmSync(join(tree, 'scripts'), { recursive: true })
      expect(() => checkTree(tree)).toThrow(
        `--kernel-source: ${tree} has no scripts/kconfig; expected a whole kernel tree to build`,
      )
    })
  })

  test('is built for its processor, in a folder of its own', async () => {
    const asked = join(scratch, 'asked')
    const make = `echo "$*" >>${asked}${MAKE_WORDS}
[ -z "\${config:-}" ] || while read -r line; do echo "$line"; done <"$config" >"$out/.config"`
    const work = mkdtempSync(join(scratch, 'arm64-'))
    await withPath({ make }, async () => {
      const tree = mkdtempSync(join(scratch, 'tree-'))
      const arm64 = { arch: 'arm64', lockdep: true, dynamic: false } as const
      const { folder, kernel } = await buildKernel({ tree, work, kind: arm64, jobs: 1 })
      expect(folder).toBe(join(work, 'arm64-static-lockdep'))
      expect(kernel).toBe(join(folder, 'arch/arm64/boot/Image'))
    })
    const [, build] = readFileSync(asked, 'utf8').trim().split('\n')
    const cross = prefixOf('arm64') === '' ? '' : `CROSS_COMPILE=${prefixOf('arm64')} `
    expect(build).toMatch(new RegExp(` ARCH=arm64 ${cross}-j1 Image$`))
    const config = readFileSync(join(work, 'arm64-static-lockdep.config'), 'utf8')
    expect(config).toContain('CONFIG_SERIAL_AMBA_PL011=y\n')
    expect(config).not.toContain('X86')
  })

  describe('whose kernel leaves options out without a word', () => {
    /** A make that configures without these, where it was asked to, and says what it was asked for. */
    const leavesOut = (options: string, asked: string): string => `echo "$*" >>${asked}${MAKE_WORDS}
[ -z "\${config:-}" ] || while read -r line; do
	case $line in
	${options}) ;;
	*) echo "$line" ;;
	esac
done <"$config" >"$out/.config"`
    const tree = mkdtempSync(join(scratch, 'tree-'))

    test('is refused by all of them, and not built', async () => {
      const work = mkdtempSync(join(scratch, 'lost-'))
      const asked = join(work, 'asked')
      const lockdep = { ...kind, lockdep: true }
      const options = 'CONFIG_PROVE_LOCKING=y|CONFIG_DEBUG_FS=y'
      const build = (make: string) =>
        withPath({ make }, () => buildKernel({ tree, work, kind: lockdep, jobs: 1 }))
      await expect(build(leavesOut(options, asked))).rejects.toThrow(
        '--kernel-source: this kernel cannot be configured with CONFIG_DEBUG_FS=y, CONFIG_PROVE_LOCKING=y',
      )
      expect(readFileSync(asked, 'utf8').trim().split('\n')).toEqual([
        expect.stringMatching(/ allnoconfig$/),
      ])
      // What was configured so is not taken for what was asked for: the next one is configured anew.
      await build(leavesOut('none', asked))
      expect(readFileSync(asked, 'utf8').trim().split('\n').slice(1)).toEqual([
        expect.stringMatching(/ allnoconfig$/),
        expect.stringMatching(/ vmlinux$/),
      ])
    })

    test('is built where it turns off what was to be off', async () => {
      const work = mkdtempSync(join(scratch, 'off-'))
      const make = leavesOut('CONFIG_SWIOTLB_DYNAMIC=n', join(work, 'asked'))
      await withPath({ make }, async () => {
        const { folder } = await buildKernel({ tree, work, kind, jobs: 1 })
        expect(readFileSync(join(folder, '.config'), 'utf8')).not.toContain('DYNAMIC')
      })
    })

    test('is no row of a table', async () => {
      const make = leavesOut('CONFIG_KPROBES=y', join(scratch, 'asked-by-boot'))
      const kernelSource = standInKernel(mkdtempSync(join(scratch, 'kernel-')))
      const { code, stdout, stderr } = await withPath(
        { make, gcc: 'echo /lib/libc.a', flex: '', bison: '', bc: '', 'qemu-system-x86_64': '' },
        () =>
          cli([
            ...['boot', '--tracker', 'off', '--kernel-source', kernelSource],
            ...['--work', join(scratch, 'lost-by-boot')],
          ]),
      )
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain('this kernel cannot be configured with CONFIG_KPROBES=y')
    }, 60_000)
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
        arch: 'x86-64',
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
