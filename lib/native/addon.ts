/** The addon, loaded when it is first needed: what needs no C runs without it. */
import { createRequire } from 'node:module'
import { packageRoot } from '../data/package.js'

interface Handle {
  readonly promise: Promise<unknown>
  cancel(): void
}

interface Addon {
  /** runNative() knows which plans there are, and what each gives. */
  start(plan: { readonly kind: string }, onProgress: (done: number, total: number) => void): Handle
  liveRuns(): number
  compiler(): string
  /** What time stamps are made of: `tsc`, `cntvct_el0` or `clock_gettime`. */
  clock(): string
  trackers(): string[]
  /**
   * Adds the tracker of a shared object to trackers(), for the whole process and for good.
   *
   * @returns the compiler that made it
   * @throws Error with the loader's words
   */
  loadTracker(path: string, name: string): string
  /**
   * Bits: what can happen beside this tracker's maps, and what its promise ends with; what it
   * promises to a reader; and by how many slots its mark may be off, Infinity for any.
   */
  trackerTraits(
    number: number,
  ): [beside: number, until: number, reads: boolean, under: number, over: number]
  /**
   * For each block of a loaded tracker's code 1 if a search of this process ran it, or 0; empty where
   * that is not known.
   */
  trackerBlocks(number: number): Uint8Array
  /**
   * What a tracker is measured against in a layout: an `off` whose areas lie as far apart, made by
   * the same compiler.
   *
   * @param number its place in trackers()
   * @returns the number that a variant names it by, the same for all trackers that share it; how far
   *   apart the areas are in bytes; and the compiler
   */
  baseline(number: number, layout: number): [number: number, areaBytes: number, compiler: string]
  adjustSize(slots: number, areas: number): [number, number]
}

/** The addon is not there or cannot be loaded: `message` names the command that builds it. */
export class AddonError extends Error {
  override readonly name: string = 'AddonError'
}

/**
 * What a run needs could not be had: memory (`code` is ENOMEM), a thread (EAGAIN), room for a
 * temporary file (ENOSPC, EFBIG or EDQUOT), or stacks of its own where the processor guards the one
 * there is (ENOTSUP).
 */
export class ResourceError extends Error {
  override readonly name: string = 'ResourceError'
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

const resourceCodes = new Set(['ENOMEM', 'EAGAIN', 'ENOSPC', 'EFBIG', 'EDQUOT', 'ENOTSUP'])

/** What the addon threw or rejected with, as it is thrown on. */
export function kindOf(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  return code !== undefined && resourceCodes.has(code) ? new ResourceError(message, code) : error
}

/** @throws ResourceError where the addon could not have what it needs */
export function asked<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw kindOf(error)
  }
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const none = /^No native build was found .*\barch=(\S+) .*\blibc=(\S+)/.exec(text)
  if (none) return `is neither built nor shipped for linux ${none[1]} with ${none[2]}`
  return `cannot be loaded (${text.trim().replace(/\s*[\r\n]+\s*/g, ' ')})`
}

let loaded: Addon | undefined

/** @throws AddonError */
export function addon(): Addon {
  if (loaded) return loaded
  const require = createRequire(import.meta.url)
  const load = require('node-gyp-build') as (root: string) => Addon
  try {
    loaded = load(packageRoot)
  } catch (error) {
    const there = packageRoot === process.cwd() ? '' : ` in ${packageRoot}`
    throw new AddonError(
      `the addon, which runs the C code, ${reason(error)}; to build it: npm run build:native${there}`,
    )
  }
  return loaded
}

/** Native runs under way in this thread's environment; none before the first. */
export function liveRuns(): number {
  return loaded?.liveRuns() ?? 0
}
