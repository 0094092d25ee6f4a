/** Files that somebody asked for: whole under their name, or not there. */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** Written, and known to have room: some disks say only then that they are full. */
function fill(path: string, flag: string, text: string): void {
  const fd = openSync(path, flag)
  try {
    writeFileSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/**
 * Writes beside the file and renames: a reader finds what was there before, or all of this. What is
 * no plain file, as a pipe or a device, takes it as it comes. A link stays one.
 *
 * @param options.fresh refuses a name that is taken, with EEXIST
 * @throws the system's error; nothing is left then
 */
export function writeWhole(file: string, text: string, options: { readonly fresh?: boolean } = {}) {
  const there = statSync(file, { throwIfNoEntry: false })
  if (there && !there.isFile() && !options.fresh) return writeFileSync(file, text)
  const target = there ? realpathSync(file) : file
  const part = join(dirname(target), `.swiotlb-lab-${process.pid}.part`)
  try {
    fill(part, 'wx', text)
    if (options.fresh) {
      linkSync(part, target)
      rmSync(part)
    } else {
      if (there) chmodSync(part, there.mode)
      renameSync(part, target)
    }
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
}
