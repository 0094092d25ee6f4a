/** What a tracker takes of a kernel's memory, by the sizes that a compiler gives its structures. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError } from '../data/errors.js'
import { checkOptions, option, optionsOf, textArgument } from '../data/options.js'
import { withFolder } from '../system/folder.js'
import { type Compiler, LIMIT_MS, NATIVE, openCompiler, sizeIn } from '../tracker-file/compiler.js'
import { faultOf } from '../tracker-file/diagnose.js'
import { TRACKER_WORDS } from './edits.js'
import { trackerSource } from './files.js'

/** What a kernel may be configured for: CONFIG_NR_CPUS of 1 to the 8192 of x86-64. */
const CPUS: readonly number[] = Array.from({ length: 14 }, (_, i) => 2 ** i)

/** Of the kernels that trackers go into: 64 bits. */
const WORD_BYTES = 8

export interface TrackerMemory {
  /** As in the list, or the name of the file. */
  readonly tracker: string
  readonly area: {
    /** Bytes of struct io_tlb_area with the tracker's words in it. */
    readonly bytes: number
    /** And without any. */
    readonly plainBytes: number
    /** Bytes allocated beside each area of a pool that stays; 0 for none. */
    readonly allocatedBytes: number
  }
  /** Bytes of struct io_tlb_mem that are there for a tracker's words, whatever it needs of them. */
  readonly roomBytes: number
  /** What the tracker has once in an allocator, for each CONFIG_NR_CPUS. */
  readonly allocator: readonly {
    readonly cpus: number
    readonly bytes: number
    /** Bytes allocated, as they have no room in struct io_tlb_mem; 0 where they have. */
    readonly allocatedBytes: number
    /** All that the tracker takes in a pool with an area for each of the CPUs. */
    readonly totalBytes: number
  }[]
  /**
   * Bytes of the allocator's for each further so many CPUs of CONFIG_NR_CPUS; null where they change
   * nothing, and where no such number explains the sizes.
   */
  readonly perCpus: { readonly cpus: number; readonly bytes: number } | null
}

/** What one compilation says. */
interface Sizes {
  readonly area: number
  readonly plainArea: number
  readonly mem: number
  readonly cold: number
}

function sizesOf(assembly: string): Sizes {
  const bytes = (name: string): number => sizeIn(assembly, `kernel_${name}_bytes`)
  return {
    area: bytes('area'),
    plainArea: bytes('plain_area'),
    mem: bytes('mem') - 1,
    cold: bytes('cold') - 1,
  }
}

async function compiled(
  { compile }: Compiler,
  path: string,
  cpus: number,
  folder: string,
): Promise<Sizes> {
  const assembly = join(folder, `${cpus}.s`)
  const source = resolve(path)
  const ended = await compile(
    ...[`-DNR_CPUS=${cpus}`, '-include', source, '-S', join(NATIVE, 'tracker-file/sizes.c')],
    ...['-o', assembly],
  )
  const fault = faultOf(ended, source)
  if (fault) throw new InputError(`${path}: ${fault}`)
  return sizesOf(readFileSync(assembly, 'utf8'))
}

/** How many CPUs take how much more, where each so many take the same. */
function perCpusOf(mems: readonly number[]): TrackerMemory['perCpus'] {
  const [least = 0] = mems
  const first = mems.findIndex((bytes) => bytes !== least)
  if (first < 0) return null
  const cpus = CPUS[first - 1] ?? 1
  const bytes = (mems[first] ?? 0) - least
  const explained = CPUS.every((nr, i) => mems[i] === least + bytes * (Math.ceil(nr / cpus) - 1))
  return explained ? { cpus, bytes } : null
}

const schema = optionsOf<{ signal?: AbortSignal | undefined }>({ signal: option.signal })

/**
 * What a tracker takes of the memory of a 64-bit kernel whose locks are not checked, as it asks for
 * it: an allocator may round that up.
 *
 * @param tracker a name of the list, or the path of a file, as ./mine.h
 * @throws InputError as patch() does for a tracker, for a file that cannot be compiled in the lab's
 * words, and without a compiler; the signal's reason when it was aborted
 */
export async function trackerMemory(
  tracker: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<TrackerMemory> {
  checkOptions(schema, options)
  const { name, path } = trackerSource(textArgument('tracker', tracker, 'a name or a path'))
  const { signal } = options
  return await withFolder('memory', async (folder) => {
    const compiler = await openCompiler({ limitMs: LIMIT_MS, folder, signal })
    const sizes: Sizes[] = []
    // One after the other: they are short.
    for (const cpus of CPUS) sizes.push(await compiled(compiler, path, cpus, folder))
    const [{ area, plainArea, cold }] = sizes as [Sizes, ...Sizes[]]
    if (sizes.some((one) => one.area !== area || one.cold !== cold)) {
      throw new InputError(
        `${path}: the words of an area take more with a larger NR_CPUS, and that is not told here`,
      )
    }
    const roomBytes = TRACKER_WORDS * WORD_BYTES
    return {
      tracker: name,
      area: { bytes: area, plainBytes: plainArea, allocatedBytes: cold },
      roomBytes,
      allocator: CPUS.map((cpus, i) => {
        const bytes = sizes[i]?.mem ?? 0
        const allocatedBytes = bytes > roomBytes ? bytes : 0
        const perArea = area - plainArea + cold
        return {
          cpus,
          bytes,
          allocatedBytes,
          totalBytes: roomBytes + allocatedBytes + cpus * perArea,
        }
      }),
      perCpus: perCpusOf(sizes.map(({ mem }) => mem)),
    }
  })
}
