/** Compiles the kernel's file, unmodified, into a driver. */
import { execFile } from 'node:child_process'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { InputError } from '../data/errors.js'
import { inPackage } from '../data/package.js'
import { runCommand } from '../system/process.js'
import type { KernelTree } from './source.js'

const SCRIPT = inPackage('kernel-shim/build.sh')
/** build.sh: the compiler refused the tree. */
const REFUSED = 3
/** For a compiler that hangs. */
const LIMIT_MS = 300_000

/** What is compiled of a tree. */
export interface KernelBuild {
  readonly name: string
  /** Kernel options, without CONFIG_; and words of the boot parameter. */
  readonly options: readonly string[]
}

/** Words of the boot parameter that may stand among the options. */
const BOOT_WORDS: readonly string[] = ['track_hiwater']

interface Failure {
  readonly code?: number | string
  readonly stderr?: string
}

/** @throws InputError without a compiler */
export async function findCompiler(signal?: AbortSignal): Promise<string> {
  const compiler = process.env['CC'] ?? 'cc'
  try {
    const { stdout } = await promisify(execFile)(compiler, ['--version'], {
      ...(signal && { signal }),
    })
    return stdout.split('\n', 1)[0] ?? compiler
  } catch (error) {
    signal?.throwIfAborted()
    const { code, stderr = '' } = error as Failure
    if (code !== 'ENOENT') {
      const words = compilerWords(stderr) || `it ended with ${code}, and said nothing`
      throw new InputError(`verify needs a C compiler: ${compiler} --version failed: ${words}`)
    }
    throw new InputError(
      `verify needs a C compiler: looked for ${compiler} in PATH; install gcc, or name one in CC`,
    )
  }
}

/** The lines of a compiler that say what is wrong. */
function compilerWords(stderr: string): string {
  const lines = stderr.split('\n').filter(Boolean)
  const errors = lines.filter((line) => /\berror\b|undefined reference/.test(line))
  return (errors.length > 0 ? errors : lines).slice(0, 3).join('; ')
}

/** Options that this tree does not know, as the kernel writes them. */
export function unknownOptions({ source }: KernelTree, { options }: KernelBuild): string[] {
  return options
    .map((option) => (BOOT_WORDS.includes(option) ? option : `CONFIG_${option}`))
    .filter((name) => !new RegExp(`\\b${name}\\b`).test(source))
}

/** Whether the counters of this tree are chosen at boot, by a word of its parameter. */
export const choosesAtBoot = ({ source }: KernelTree): boolean => /"track_hiwater"/.test(source)

/** The options with which this tree counts what it can count with DEBUG_FS. */
export const countingOptions = (tree: KernelTree): readonly string[] =>
  choosesAtBoot(tree) ? ['DEBUG_FS', 'track_hiwater'] : ['DEBUG_FS']

/** A tree that the compiler refused. */
export class RefusedError extends InputError {}

/**
 * Compiles a tree's file into a program or a shared library.
 *
 * @param options of the kernel, without CONFIG_
 * @param flags for the compiler, behind those that the kernel's language needs
 * @throws RefusedError with the compiler's words when it refuses the tree
 */
export async function buildShim(
  what: 'driver' | 'library',
  { folder }: KernelTree,
  options: readonly string[],
  output: string,
  flags: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const {
    code,
    signal: killedBy,
    stderr,
    timedOut,
  } = await runCommand('sh', [SCRIPT, what, folder, output, ...options], {
    limitMs: LIMIT_MS,
    folder: dirname(output),
    ...(flags.length > 0 && { env: { CFLAGS: flags.join(' ') } }),
    signal,
  })
  if (code === 0) return
  const words = compilerWords(stderr)
  if (code === REFUSED) {
    const cut = /at end of input/.test(stderr) ? '; it may be cut off' : ''
    throw new RefusedError(
      `${join(folder, 'kernel/dma/swiotlb.c')} does not compile against the shim headers ` +
        `(${basename(output)}): ${words}${cut}`,
    )
  }
  const how = timedOut
    ? `it did not return within ${LIMIT_MS / 1000} s`
    : `it ended with ${killedBy ?? code}`
  throw new InputError(`--kernel-source: ${SCRIPT}: ${words || how}`)
}

/** Compiles the driver of a variant into a folder. */
export async function buildDriver(
  tree: KernelTree,
  { name, options }: KernelBuild,
  into: string,
  signal?: AbortSignal,
): Promise<string> {
  const program = join(into, name)
  await buildShim('driver', tree, options, program, [], signal)
  return program
}
