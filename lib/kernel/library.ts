/** Compiles the kernel's file, unmodified, into libraries that can be timed beside the port. */

import { join } from 'node:path'
import { textArgument } from '../data/options.js'
import { buildShim, countingOptions, findCompiler } from './build.js'
import { measuredFlags } from './cflags.js'
import { openKernel } from './source.js'

/** The kernel's allocator as it can be timed. */
export interface KernelLibraries {
  /** The tree or the tar. */
  readonly name: string
  readonly version: string | null
  readonly compiler: string
  /** What decides the machine code: those of the addon. */
  readonly flags: readonly string[]
  /** Without DEBUG_FS. */
  readonly uncounted: KernelLibrary
  /** With DEBUG_FS, and track_hiwater where that is a choice; null for one that counts nothing. */
  readonly counted: KernelLibrary | null
}

/**
 * Compiles the allocator of a kernel with the port's flags, without its counters and with them.
 *
 * @param source a kernel tree, a tar of one, or a folder with Debian's tar
 * @param into a folder for the libraries, which must be there as long as they are timed
 * @throws InputError without a compiler, for what is no kernel tree, and with the compiler's words
 *   for one that it refuses
 */
export async function buildKernelLibraries(
  source: string,
  into: string,
  signal?: AbortSignal,
): Promise<KernelLibraries> {
  textArgument('source', source, 'the path of a kernel tree')
  textArgument('into', into, 'a folder')
  const compiler = await findCompiler(signal)
  const tree = await openKernel(source, into, signal)
  const flags = measuredFlags()
  const build = async (file: string, options: readonly string[], counters: boolean) => {
    const path = join(into, file)
    await buildShim('library', tree, options, path, flags, signal)
    return { path, counters }
  }
  return {
    name: tree.name,
    version: tree.version,
    compiler,
    flags,
    uncounted: await build('uncounted.so', [], false),
    counted: /\btotal_used;/.test(tree.header)
      ? await build('counted.so', countingOptions(tree), true)
      : null,
  }
}

/** The kernel's own allocator, compiled into a shared library. */
export interface KernelLibrary {
  /** It holds one allocator at a time, and so can be one variant of a run only. */
  readonly path: string
  /** Whether it counts used slots and the high-water mark, as with DEBUG_FS. */
  readonly counters: boolean
}
