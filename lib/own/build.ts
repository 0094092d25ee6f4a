/** Compiles a tracker file into a shared object, with the flags of everything that is measured. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measuredFlags } from '../cflags.js'
import { InputError } from '../scenario/errors.js'
import { diagnose } from './diagnose.js'
import { type Ended, type Limits, runCommand } from './process.js'

// lib/own/ and dist/own/ are both two levels below the package root.
const NATIVE = fileURLToPath(new URL('../../native', import.meta.url))
/** For a compiler that hangs, as on a file that has no end. */
const LIMIT_MS = 60_000

/** Of an area that no tracker has a word in. */
const PLAIN_AREA_BYTES = 16

/** What C allows, and nobody means. */
const STRICT = ['implicit-function-declaration', 'implicit-int', 'int-conversion'].map(
  (name) => `-Werror=${name}`,
)

const flags = (): string[] => [...measuredFlags(), ...STRICT, '-D_GNU_SOURCE', '-I', NATIVE]

async function compile(args: readonly string[], limits: Limits): Promise<Ended> {
  const compiler = process.env['CC'] ?? 'cc'
  try {
    return await runCommand(compiler, [...flags(), ...args], limits)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new InputError(
      `a tracker file needs a C compiler: looked for ${compiler} in PATH; install gcc, or name one in CC`,
    )
  }
}

function faultOf({ code, signal, stderr, timedOut }: Ended, file: string): string | undefined {
  if (timedOut) return `the compiler did not return within ${LIMIT_MS / 1000} s`
  if (signal) return `the compiler was ended by ${signal}`
  return code === 0 ? undefined : diagnose(stderr, file)
}

/** @param assembly what the compiler made of native/own/area.c */
function areaWords(assembly: string): number {
  const bytes = /\.size\s+own_area_bytes,\s*(\d+)/.exec(readFileSync(assembly, 'utf8'))?.[1]
  if (bytes === undefined) throw new Error(`${assembly} does not hold the size of an area`)
  return (Number(bytes) - PLAIN_AREA_BYTES) / 8
}

/** Compiled as the tracker is: what it is measured against has areas of the same size. */
async function compileBaseline(assembly: string, into: string, limits: Limits): Promise<string[]> {
  const source = [`-DOFF_AREA_WORDS=${areaWords(assembly)}`, join(NATIVE, 'own/baseline.c')]
  const made = await Promise.all(
    [[], ['-DLAB_INSTRUMENTED=1']].map(async (defines, i) => {
      const object = join(into, `baseline-${i}.o`)
      const { code, stderr } = await compile([...defines, ...source, '-c', '-o', object], limits)
      if (code !== 0) throw new Error(`native/own/baseline.c does not compile: ${stderr}`)
      return object
    }),
  )
  return made
}

/**
 * @param file the tracker file
 * @param into a folder for what is made
 * @returns the shared object; or what is wrong with the file
 * @throws InputError without a compiler; the signal's reason when it was aborted
 */
export async function buildTracker(
  file: string,
  into: string,
  signal?: AbortSignal,
): Promise<{ readonly path: string } | { readonly fault: string }> {
  const source = resolve(file)
  const limits = { limitMs: LIMIT_MS, folder: into, signal }
  const objects = { plain: join(into, 'plain.o'), instrumented: join(into, 'instrumented.o') }
  const allocator = ['-include', source, '-c', join(NATIVE, 'own/allocator.c'), '-o']
  const area = join(into, 'area.s')
  const made = await Promise.all([
    compile([...allocator, objects.plain], limits),
    compile(['-DLAB_INSTRUMENTED=1', ...allocator, objects.instrumented], limits),
    compile(['-include', source, '-S', join(NATIVE, 'own/area.c'), '-o', area], limits),
  ])
  const path = join(into, 'tracker.so')
  for (const ended of made) {
    const fault = faultOf(ended, source)
    if (fault) return { fault }
  }
  const baseline = await compileBaseline(area, into, limits)
  const parts = [...Object.values(objects), ...baseline, join(NATIVE, 'own/entry.c')]
  const linked = await compile(['-shared', ...parts, join(NATIVE, 'rcu.c'), '-o', path], limits)
  const fault = faultOf(linked, source)
  return fault ? { fault } : { path }
}
