/** Where the kernel's two files are: a tree, a tar, or a folder with Debian's tar. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { InputError } from '../data/errors.js'

const SOURCE = 'kernel/dma/swiotlb.c'
const HEADER = 'include/linux/swiotlb.h'
const TAR = /\.tar(?:\.(?:xz|gz|bz2|zst))?$|\.tgz$/
const DEBIAN_TAR = /^linux-source-.*\.tar(?:\.(?:xz|gz|bz2|zst))?$/

export interface KernelTree {
  /** Folder that holds kernel/dma/swiotlb.c. */
  readonly folder: string
  /** As the user named it, or the tar that was found there. */
  readonly name: string
  /** As 6.12.117, from the tree's Makefile; null where there is none. */
  readonly version: string | null
  /** Text of the two files. */
  readonly source: string
  readonly header: string
}

function stat(path: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new InputError(`--kernel-source: ${path} cannot be read (${code}); expected ${EXPECTED}`)
  }
}

/** Folders inside of each other that are looked into. */
const LEVELS = 2
const EXPECTED = 'a kernel tree, a tar of one, or a folder with linux-source-*.tar.xz'

/** The tar to unpack; undefined for a folder that is a tree itself, or holds none. */
function tarOf(path: string): string | undefined {
  if (!stat(path).isDirectory()) {
    if (TAR.test(path)) return path
    throw new InputError(`--kernel-source: ${path} is no tar by its name; expected ${EXPECTED}`)
  }
  if (isTree(path)) return undefined
  const tars = readdirSync(path).filter((name) => DEBIAN_TAR.test(name))
  const [tar, ...more] = tars
  if (more.length > 0) {
    throw new InputError(`--kernel-source: ${path} holds ${tars.join(', ')}; name one of them`)
  }
  return tar === undefined ? undefined : join(path, tar)
}

const isTree = (path: string) => existsSync(join(path, SOURCE)) || existsSync(join(path, HEADER))

/** The tree that a folder is, lies in, or holds; what is unpacked there counts as well. */
function treeAt(path: string): string {
  let above = resolve(path)
  if (isTree(above)) return path
  while (dirname(above) !== above) {
    above = dirname(above)
    if (isTree(above)) return above
  }
  const [tree, ...more] = treesIn(path)
  if (tree === undefined) {
    throw new InputError(
      `--kernel-source: neither ${SOURCE} nor linux-source-*.tar.xz is in ${path}, ` +
        `above it, or up to ${LEVELS} folders inside of it; expected ${EXPECTED}`,
    )
  }
  if (more.length > 0) {
    const trees = [tree, ...more].join(', ')
    throw new InputError(`--kernel-source: ${path} holds the trees ${trees}; name one of them`)
  }
  return tree
}

/** Unpacks the two files. tar stops reading once it has both. */
async function unpack(tar: string, into: string, signal?: AbortSignal): Promise<void> {
  const members = [`*${SOURCE}`, `*${HEADER}`]
  try {
    await promisify(execFile)(
      'tar',
      ['-x', '-f', tar, '-C', into, '--wildcards', '--occurrence=1', ...members],
      { ...(signal && { signal }) },
    )
  } catch (error) {
    signal?.throwIfAborted()
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string }
    if (code === 'ENOENT') {
      throw new InputError(`--kernel-source: unpacking ${tar} takes tar, which is not in PATH`)
    }
    const [words = String(error)] = (stderr ?? '').split('\n').filter(Boolean)
    throw new InputError(`--kernel-source: tar cannot get ${SOURCE} out of ${tar}: ${words}`)
  }
}

/** Folders inside of a folder that are trees. Those that may not be read are none. */
function treesIn(folder: string, levels = LEVELS): string[] {
  if (isTree(folder)) return [folder]
  if (levels === 0) return []
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? treesIn(join(folder, entry.name), levels - 1) : [],
    )
  } catch {
    return []
  }
}

function readText(folder: string, file: string): string {
  const path = join(folder, file)
  const other = join(folder, file === SOURCE ? HEADER : SOURCE)
  if (!existsSync(path) && existsSync(other)) {
    throw new InputError(
      `--kernel-source: ${path} is not there, and ${other} is; expected both of a kernel tree`,
    )
  }
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new InputError(
      `--kernel-source: ${path} cannot be read (${code}); expected a kernel tree`,
    )
  }
}

/** Throws InputError for a text that shows that its end is missing. */
function checkWhole(folder: string, file: string, text: string): void {
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0
  const open = count(/^\s*#\s*if/gm) - count(/^\s*#\s*endif/gm)
  const why =
    text !== '' && !text.endsWith('\n')
      ? 'its last line does not end'
      : open > 0
        ? `it ends inside of ${open === 1 ? 'an #if' : `${open} of its #if`}`
        : undefined
  if (why === undefined) return
  throw new InputError(
    `--kernel-source: ${join(folder, file)} is cut off: ${why}; expected the whole file`,
  )
}

/** A version as 6.12.117 from the first lines of a tree's Makefile, or from the name of a tar. */
function versionOf(folder: string, tar: string | undefined): string | null {
  const makefile = join(folder, 'Makefile')
  if (existsSync(makefile)) {
    const text = readFileSync(makefile, 'utf8').slice(0, 4096)
    const part = (name: string) => new RegExp(`^${name} = (\\d+)$`, 'm').exec(text)?.[1]
    const parts = [part('VERSION'), part('PATCHLEVEL'), part('SUBLEVEL')]
    if (parts.every((number) => number !== undefined)) return parts.join('.')
  }
  return /(\d+\.\d+(?:\.\d+)?)\D*\.t/.exec(basename(tar ?? ''))?.[1] ?? null
}

/**
 * Finds the two files of a kernel; what has to be unpacked goes into `scratch`.
 *
 * @throws InputError where there is no such tree or tar, naming what was looked for and where
 */
export async function openKernel(
  path: string,
  scratch: string,
  signal?: AbortSignal,
): Promise<KernelTree> {
  const tar = tarOf(path)
  if (tar !== undefined) await unpack(tar, scratch, signal)
  const [unpacked] = tar === undefined ? [] : treesIn(scratch)
  if (tar !== undefined && unpacked === undefined) {
    throw new InputError(`--kernel-source: ${tar} holds no ${SOURCE}; expected ${EXPECTED}`)
  }
  const folder = unpacked ?? treeAt(path)
  const source = readText(folder, SOURCE)
  const header = readText(folder, HEADER)
  checkWhole(folder, SOURCE, source)
  checkWhole(folder, HEADER, header)
  if (!/\bstruct io_tlb_area\b/.test(source)) {
    throw new InputError(
      `--kernel-source: ${join(folder, SOURCE)}: no areas (struct io_tlb_area), as before Linux ` +
        `6.0; expected Linux 6.0 or later`,
    )
  }
  return { folder, name: tar ?? folder, version: versionOf(folder, tar), source, header }
}
