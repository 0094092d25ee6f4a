/** A kernel built for a guest, in a folder of its own beside the tree. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { InputError } from '../data/errors.js'
import { runCommand } from '../system/process.js'
import { type KernelKind, kernelConfig, kindName } from './config.js'

/** Of a whole kernel on a busy machine with one CPU. */
const LIMIT_MS = 7_200_000

/** By the command that each brings. */
const PACKAGES: readonly (readonly [command: string, packages: string])[] = [
  ['make', 'make'],
  ['gcc', 'gcc libc6-dev'],
  ['flex', 'flex'],
  ['bison', 'bison'],
  ['bc', 'bc'],
  ['qemu-system-x86_64', 'qemu-system-x86 seabios'],
]

const inPath = (command: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** @throws InputError that names what is missing, and the line that installs it */
export function checkTools(): void {
  const missing = PACKAGES.filter(([command]) => !inPath(command))
  if (missing.length === 0) return
  const names = missing.map(([command]) => command).join(', ')
  throw new InputError(
    `a guest takes ${names}, not in PATH: apt-get install --no-install-recommends ` +
      `${missing.map(([, packages]) => packages).join(' ')} libelf-dev`,
  )
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

async function make({ tree, signal, ...build }: Build, folder: string, args: readonly string[]) {
  let files = 0
  const { code, stderr, timedOut } = await runCommand(
    'make',
    ['-C', tree, `O=${folder}`, ...args],
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
 * @throws InputError with the compiler's words, for a tree that was built in itself, or without a
 * compiler; the signal's reason when it was aborted
 */
export async function buildKernel(build: Build): Promise<Built> {
  const { tree, work, kind, jobs } = build
  if (existsSync(join(tree, '.config'))) {
    throw new InputError(
      `${tree} was configured in itself (.config); expected a clean tree: make mrproper there`,
    )
  }
  const started = Date.now()
  const folder = join(work, kindName(kind))
  const wanted = join(work, `${kindName(kind)}.config`)
  const text = kernelConfig(kind)
  mkdirSync(folder, { recursive: true })
  const same = existsSync(wanted) && readFileSync(wanted, 'utf8') === text
  if (!same || !existsSync(join(folder, '.config'))) {
    // What was configured is known by its name only when that has succeeded.
    const next = `${wanted}.new`
    writeFileSync(next, text)
    await make(build, folder, [`KCONFIG_ALLCONFIG=${next}`, 'allnoconfig'])
    checkConfig(text, join(folder, '.config'))
    renameSync(next, wanted)
  }
  const files = await make(build, folder, [`-j${jobs}`, 'bzImage'])
  return {
    folder,
    kernel: join(folder, 'arch/x86/boot/bzImage'),
    files,
    wallSeconds: (Date.now() - started) / 1000,
  }
}
