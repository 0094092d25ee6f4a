/** Compiles a tracker file into a shared object, with the flags of everything that is measured. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError } from '../data/errors.js'
import { packageRoot } from '../data/package.js'
import { coverBlocks } from './blocks.js'
import {
  type Compiler,
  EVERY_FUNCTION,
  INSTRUMENTED,
  LIMIT_MS,
  NATIVE,
  openCompiler,
  sizeIn,
} from './compiler.js'
import { faultOf } from './diagnose.js'
import { absentFunctions, sourcePaths } from './sources.js'
import type { BuiltTracker } from './types.js'
import { refusal, watchMemory } from './watched.js'

/** Of an area that no tracker has a word in. */
const PLAIN_AREA_BYTES = 16

const part = (name: string): string => join(NATIVE, 'tracker-file', name)

/** Every one of the lab's can be built: where it cannot, nothing is wrong with the user's. */
const REFERENCE = join(NATIVE, 'trackers/global_atomic.h')

/** About the user's file, whatever the lab's own are like: a line of it, or what it does to a compiler. */
const SURE = /^(?:the compiler |(?:does not compile, )?line \d+: (?!.*\(\w+\.[ch]:\d+\)))/

/** Somewhere in a file; a compiler that lacks an option has no line to tell. */
const AT_A_LINE = /\bline \d+|\.[ch]:\d+/

/** As after an update that not everything was built behind. */
function unfit(): InputError {
  const there = packageRoot === process.cwd() ? '' : ` in ${packageRoot}`
  return new InputError(`the lab's own files do not fit each other: npm run build${there}`)
}

/** @param assembly what the compiler made of native/tracker-file/sizes.c */
function areaWords(assembly: string): number {
  return (sizeIn(readFileSync(assembly, 'utf8'), 'tracker_file_area_bytes') - PLAIN_AREA_BYTES) / 8
}

/** Compiled as the tracker is: what it is measured against has areas of the same size. */
async function compileBaseline(
  assembly: string,
  into: string,
  { compile }: Compiler,
): Promise<string[]> {
  const source = [`-DOFF_AREA_WORDS=${areaWords(assembly)}`, part('baseline.c')]
  const made = await Promise.all(
    [[], [INSTRUMENTED]].map(async (defines, i) => {
      const object = join(into, `baseline-${i}.o`)
      const { code, stderr } = await compile(...defines, ...source, '-c', '-o', object)
      // Without a code it was ended from outside.
      if (code === null)
        throw new Error(`native/tracker-file/baseline.c is not compiled: ${stderr}`)
      if (code !== 0) throw unfit()
      return object
    }),
  )
  return made
}

/**
 * What is made of a file: all that a comparison needs, or only what schedules are searched with, which
 * takes a third of the time.
 */
type Purpose = 'compared' | 'searched'

type Built = Omit<BuiltTracker, 'name'> | { readonly fault: string }

async function build(
  source: string,
  into: string,
  purpose: Purpose,
  signal: AbortSignal | undefined,
): Promise<Built> {
  const compiler = await openCompiler({ limitMs: LIMIT_MS, folder: into, signal })
  const { compile, watch } = compiler
  const at = (name: string): string => join(into, name)
  const [plain, instrumented, watched] = [at('plain.o'), at('instrumented.o'), at('watched.s')]
  const first = ['-include', source]
  const rule = ['-MMD', '-MF', at('watched.d')]
  const [unoptimized, ...made] = await Promise.all([
    purpose === 'searched'
      ? compile(
          INSTRUMENTED,
          ...EVERY_FUNCTION,
          ...first,
          '-S',
          part('watched.c'),
          '-o',
          at('all.s'),
        )
      : undefined,
    compile(INSTRUMENTED, ...first, '-c', part('allocator.c'), '-o', instrumented),
    compile(INSTRUMENTED, ...watch, ...first, ...rule, '-S', part('watched.c'), '-o', watched),
    ...(purpose === 'compared'
      ? [
          compile(...first, '-c', part('allocator.c'), '-o', plain),
          compile(...first, '-S', part('sizes.c'), '-o', at('sizes.s')),
        ]
      : []),
  ])
  for (const ended of made) {
    const fault = faultOf(ended, source)
    if (fault) return { fault }
  }
  const unread = unoptimized && faultOf(unoptimized, source)
  if (unread) return { fault: unread }
  const assembly = readFileSync(watched, 'latin1')
  const refused = refusal(assembly, source)
  if (refused) return { fault: refused }
  const paths = sourcePaths(readFileSync(at('watched.d'), 'utf8'), source)
  const files = paths.map((path) => ({ path, text: readFileSync(path, 'utf8') }))
  const absent = unoptimized
    ? absentFunctions(files, readFileSync(at('all.s'), 'latin1'), unoptimized.stderr)
    : []
  const covered = coverBlocks(watchMemory(assembly), paths)
  writeFileSync(watched, covered.assembly, 'latin1')
  const path = at('tracker.so')
  const measured =
    purpose === 'compared'
      ? [plain, ...(await compileBaseline(at('sizes.s'), into, compiler))]
      : ['-DTRACKER_SEARCHED_ONLY=1']
  const parts = [
    ...[...measured, instrumented, watched],
    ...[part('entry.c'), part('watch.c'), part('coverage.c'), join(NATIVE, 'rcu.c')],
  ]
  const fault = faultOf(await compile('-shared', ...parts, '-o', path), source)
  return fault ? { fault } : { path, source, files, blocks: covered.blocks, absent }
}

/** For these the lab's own files were seen to fit: nothing changes them meanwhile. */
const fitting = new Set<Purpose>()

/** @throws InputError where a tracker of the lab's cannot be built, either */
async function checkFit(into: string, purpose: Purpose, signal?: AbortSignal): Promise<void> {
  if (fitting.has(purpose)) return
  const folder = join(into, 'reference')
  mkdirSync(folder)
  const made = await build(REFERENCE, folder, purpose, signal)
  if (!('fault' in made)) fitting.add(purpose)
  else if (AT_A_LINE.test(made.fault)) throw unfit()
}

/**
 * @param file the tracker file
 * @param into a folder for what is made
 * @returns the shared object; or what is wrong with the file
 * @throws InputError without a compiler, and where the lab's own files do not fit each other; the
 *   signal's reason when it was aborted
 */
export async function buildTracker(
  file: string,
  into: string,
  purpose: Purpose,
  signal?: AbortSignal,
): Promise<Built> {
  const made = await build(resolve(file), into, purpose, signal)
  if ('fault' in made && !SURE.test(made.fault)) await checkFit(into, purpose, signal)
  return made
}
