/** Where the kernel's two files are: a tree, a tar, or a folder with Debian's tar. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { basename, join } from 'node:path'
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

const EXPECTED = 'a kernel tree, a tar of one, or a folder with linux-source-*.tar.xz'

/** The tar to unpack; undefined where the folder is a tree itself. */
function tarOf(path: string): string | undefined {
  if (!stat(path).isDirectory()) {
    if (TAR.test(path)) return path
    throw new InputError(`--kernel-source: ${path} is no tar by its name; expected ${EXPECTED}`)
  }
  if (existsSync(join(path, SOURCE)) || existsSync(join(path, HEADER))) return undefined
  const tars = readdirSync(path).filter((name) => DEBIAN_TAR.test(name))
  const [tar, ...more] = tars
  if (tar === undefined) {
    throw new InputError(
      `--kernel-source: neither ${SOURCE} nor linux-source-*.tar.xz is in ${path}; ` +
        `expected ${EXPECTED}`,
    )
  }
  if (more.length > 0) {
    throw new InputError(`--kernel-source: ${path} holds ${tars.join(', ')}; name one of them`)
  }
  return join(path, tar)
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

/** The folder that holds the file, at most two levels down. */
function find(folder: string, levels = 2): string | undefined {
  if (existsSync(join(folder, SOURCE))) return folder
  if (levels === 0) return undefined
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const found = entry.isDirectory() ? find(join(folder, entry.name), levels - 1) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

function readText(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new InputError(
      `--kernel-source: ${join(folder, file)} cannot be read (${code}); expected a kernel tree`,
    )
  }
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
  const folder = tar === undefined ? path : find(scratch)
  if (folder === undefined) {
    throw new InputError(`--kernel-source: ${tar} holds no ${SOURCE}; expected ${EXPECTED}`)
  }
  return {
    folder,
    name: tar ?? path,
    version: versionOf(folder, tar),
    source: readText(folder, SOURCE),
    header: readText(folder, HEADER),
  }
}
