/** A kernel built for a guest, in a folder of its own beside the tree. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { InputError } from '../data/errors.js'
import { makeFolder } from '../system/folder.js'
import { runCommand } from '../system/process.js'
import { type Arch, archFacts, archNames, prefixOf } from './arch.js'
import { type KernelKind, kernelConfig, kindName } from './config.js'

/** Of a whole kernel on a busy machine with one CPU. */
const LIMIT_MS = 7_200_000

/** Of the machine itself: what builds a kernel needs programs of its own. */
const COMPILER = 'gcc'

/** Packages, by the command that each brings. */
export type Needs = readonly (readonly [command: string, packages: string])[]

function needsOf(arch: Arch): Needs {
  const { emulator, emulatorPackages, crossPackages } = archFacts(arch)
  const prefix = prefixOf(arch)
  return [
    ['make', 'make'],
    [COMPILER, 'gcc libc6-dev libelf-dev'],
    ...(prefix === '' ? [] : [[`${prefix}gcc`, crossPackages] as const]),
    ['flex', 'flex'],
    ['bison', 'bison'],
    ['bc', 'bc'],
    [emulator, emulatorPackages],
  ]
}

const inPath = (command: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** What a compiler must find: a header, and a library that programs are linked with. */
function filesOf(arch: Arch): readonly (readonly [compiler: string, ...Needs[number]])[] {
  const prefix = prefixOf(arch)
  return [
    // For tools of the kernel's own.
    [COMPILER, 'gelf.h', 'libelf-dev'],
    // For a program that brings all it needs.
    [`${prefix}gcc`, 'libc.a', prefix === '' ? 'libc6-dev' : archFacts(arch).crossPackages],
  ]
}

function compilerFinds(compiler: string, file: string): boolean {
  const args = file.endsWith('.h')
    ? ['-fsyntax-only', '-include', file, '-x', 'c', '/dev/null']
    : [`-print-file-name=${file}`]
  const { status, stdout } = spawnSync(compiler, args, {
    timeout: 60_000,
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
    env: process.env,
  })
  // Not found, a library's name is printed as it was given.
  return status === 0 && (file.endsWith('.h') || stdout.includes('/'))
}

/** @throws InputError that names what is missing, and the line that installs it */
export function checkTools(arch: Arch, more: Needs = []): void {
  const commands = [...needsOf(arch), ...more].filter(([command]) => !inPath(command))
  const files = filesOf(arch)
    .filter(([compiler, file]) => inPath(compiler) && !compilerFinds(compiler, file))
    .map(([, file, packages]) => [file, packages] as const)
  const missing = [...commands, ...files]
  if (missing.length === 0) return
  throw new InputError(
    `a guest takes ${missing.map(([name]) => name).join(', ')}, not found here: ` +
      `apt-get install --no-install-recommends ${missing.map(([, packages]) => packages).join(' ')}`,
  )
}

/** What is in a tree that was built, or begun, in itself; and what is in every whole one. */
const MADE = [
  '.config',
  'include/config',
  ...archNames.map((arch) => `arch/${archFacts(arch).make}/include/generated`),
]
const WHOLE = ['Makefile', 'Kconfig', 'scripts/kconfig', 'init', 'drivers/nvme']

/**
 * Before a copy of it is made, which takes a while.
 *
 * @throws InputError for a folder with a kernel that cannot be built beside itself
 */
export function checkTree(source: string): void {
  if (!existsSync(join(source, 'kernel/dma/swiotlb.c'))) return
  const lost = WHOLE.find((path) => !existsSync(join(source, path)))
  if (lost !== undefined) {
    throw new InputError(
      `--kernel-source: ${source} has no ${lost}; expected a whole kernel tree to build`,
    )
  }
  const made = MADE.find((path) => existsSync(join(source, path)))
  if (made !== undefined) {
    throw new InputError(
      `--kernel-source: ${source} was configured or built in itself (${made}); expected a clean ` +
        'tree: make mrproper there, or name the tar',
    )
  }
}

export interface Build {
  /** A patched tree, never built in itself. */
  readonly tree: string
  /** Where the build folders lie. */
  readonly work: string
  readonly kind: KernelKind
  readonly jobs: number
  readonly signal?: AbortSignal | undefined
  /** Called with the number of files compiled so far. */
  readonly onFile?: ((files: number) => void) | undefined
}

export interface Built {
  readonly folder: string
  readonly kernel: string
  /** Files that had to be compiled. */
  readonly files: number
  readonly wallSeconds: number
}

async function make({ tree, kind, signal, ...build }: Build, folder: string, args: string[]) {
  const prefix = prefixOf(kind.arch)
  const target = [
    `ARCH=${archFacts(kind.arch).make}`,
    ...(prefix === '' ? [] : [`CROSS_COMPILE=${prefix}`]),
  ]
  let files = 0
  const { code, stderr, timedOut } = await runCommand(
    'make',
    ['-C', tree, `O=${folder}`, ...target, ...args],
    {
      limitMs: LIMIT_MS,
      folder,
      signal,
      onLine: (line) => {
        if (!/^\s+(?:CC|AS)\s/.test(line)) return
        files++
        build.onFile?.(files)
      },
    },
  )
  if (code === 0) return files
  if (timedOut) throw new InputError(`the kernel was not built within ${LIMIT_MS / 1000} s`)
  const errors = stderr
    .split('\n')
    .filter((line) => /error:|Error \d|\bmissing\b|not found/.test(line))
  const said = errors.length > 0 ? errors : stderr.trim().split('\n')
  throw new InputError(
    `the kernel is not built:\n${said
      .slice(0, 8)
      .map((line) => `  ${line}`)
      .join('\n')}`,
  )
}

/** @throws InputError that names what the kernel left out of the configuration, without a word */
function checkConfig(asked: string, file: string): void {
  const made = new Set(readFileSync(file, 'utf8').split('\n'))
  const lost = asked.split('\n').filter((line) => line.endsWith('=y') && !made.has(line))
  if (lost.length === 0) return
  throw new InputError(`--kernel-source: this kernel cannot be configured with ${lost.join(', ')}`)
}

/**
 * Builds what has changed since the last time.
 *
 * @throws InputError with the compiler's words; the signal's reason when it was aborted
 */
export async function buildKernel(build: Build): Promise<Built> {
  const { work, kind, jobs } = build
  const { image, imagePath } = archFacts(kind.arch)
  const started = Date.now()
  const folder = join(work, kindName(kind))
  const wanted = join(work, `${kindName(kind)}.config`)
  const text = kernelConfig(kind)
  makeFolder(folder)
  const same = existsSync(wanted) && readFileSync(wanted, 'utf8') === text
  if (!same || !existsSync(join(folder, '.config'))) {
    // What was configured is known by its name only when that has succeeded.
    const next = `${wanted}.new`
    writeFileSync(next, text)
    await make(build, folder, [`KCONFIG_ALLCONFIG=${next}`, 'allnoconfig'])
    checkConfig(text, join(folder, '.config'))
    renameSync(next, wanted)
  }
  const files = await make(build, folder, [`-j${jobs}`, image])
  return {
    folder,
    kernel: join(folder, imagePath),
    files,
    wallSeconds: (Date.now() - started) / 1000,
  }
}
