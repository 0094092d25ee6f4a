/** The C compiler that tracker files are made with: what `CC` names, or cc. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../data/errors.js'
import { inPackage } from '../data/package.js'
import { measuredFlags } from '../kernel/cflags.js'
import { type Ended, type Limits, runCommand } from '../system/process.js'

export const NATIVE = inPackage('native')

/** For one that hangs, as on a file that has no end. */
export const LIMIT_MS = 60_000

/** What C allows, and nobody means. */
const STRICT = ['implicit-function-declaration', 'implicit-int', 'int-conversion'].map(
  (name) => `-Werror=${name}`,
)

/** The flag of the build that tells an engine of each access. */
export const INSTRUMENTED = '-DLAB_INSTRUMENTED=1'

/** Asked for by these names, compilers write accesses of their own, which no hook tells of. */
const BUILTINS = [
  ...['memcpy', 'memmove', 'memset', 'memcmp', 'memchr', 'bcmp', 'bcopy', 'bzero', 'mempcpy'],
  ...['strlen', 'strcmp', 'strncmp', 'strcpy', 'strncpy', 'stpcpy', 'strcat', 'strchr'],
]

/** What makes a compiler call a hook before each access; see native/tracker-file/watch.h. */
const WATCH = [
  '-DLAB_WATCHED=1',
  '-fsanitize=thread',
  // For lines in words, and a return address that lies in the tracker's own code.
  '-g1',
  '-fno-optimize-sibling-calls',
  // Every word of the C library is a call, which is seen: none is turned into accesses that are not.
  '-fno-builtin',
  '-U_FORTIFY_SOURCE',
  ...BUILTINS.map((name) => `-D__builtin_${name}=${name}`),
]

/** Each function that is used has code of its own, to find those that are not. */
export const EVERY_FUNCTION = [
  '-DLAB_WATCHED=1',
  '-O0',
  '-g1',
  '-U_FORTIFY_SOURCE',
  '-Wunused-function',
]

/** What makes it call a hook where each block of code begins; see native/tracker-file/coverage.c. */
const COVER = '-fsanitize-coverage=trace-pc'

/** What the two compilers call differently. */
const dialects = {
  gcc: {
    measured: (flag: string): string => flag,
    // Volatile accesses are told apart from plain ones.
    watch: [...WATCH, COVER, '--param', 'tsan-distinguish-volatile=1'],
  },
  clang: {
    // Its assembler is built in.
    measured: (flag: string): string => flag.replace(/^-Wa,-mbranches/, '-mbranches'),
    // The same, and a read is told although a write to the same place follows.
    watch: [
      ...WATCH,
      `${COVER},bb,no-prune`,
      ...['tsan-distinguish-volatile', 'tsan-instrument-read-before-write'].flatMap((name) => [
        '-mllvm',
        `-${name}=1`,
      ]),
    ],
  },
} as const

async function run(args: readonly string[], limits: Limits): Promise<Ended> {
  const compiler = process.env['CC'] ?? 'cc'
  try {
    return await runCommand(compiler, args, limits)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new InputError(
      `a tracker file needs a C compiler: looked for ${compiler} in PATH; install gcc, or name one in CC`,
    )
  }
}

export interface Compiler {
  /** Runs it with the flags of everything that is measured, and with `args`. */
  compile(...args: string[]): Promise<Ended>
  /** More flags, for a file whose accesses are to be seen. */
  readonly watch: readonly string[]
}

/**
 * @throws InputError where there is none; the signal's reason when it was aborted
 */
export async function openCompiler(limits: Limits): Promise<Compiler> {
  const macros = join(limits.folder, 'macros')
  await run(['-x', 'c', '-dM', '-E', '/dev/null', '-o', macros], limits)
  const clang = existsSync(macros) && readFileSync(macros, 'utf8').includes('__clang__')
  const { measured, watch } = clang ? dialects.clang : dialects.gcc
  const flags = [...measuredFlags().map(measured), ...STRICT, '-D_GNU_SOURCE', '-I', NATIVE]
  return { compile: (...args) => run([...flags, ...args], limits), watch }
}

/** Bytes of what a compiler made under this name, by its assembly. */
export function sizeIn(assembly: string, name: string): number {
  const found = new RegExp(String.raw`\.size\s+${name},\s*(\d+)`).exec(assembly)?.[1]
  if (found === undefined) throw new Error(`the compiler said no size of ${name}`)
  return Number(found)
}
