/** Files that somebody asked for: whole under their name, or not there. */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** A file that is being written. */
export interface WholeFile {
  /** Behind what was written before. */
  write(text: string): void
  /** All is written: it has its name from here on. */
  finish(): void
  /** Nothing is left of it. */
  abandon(): void
}

/** Parts of this process, each with a name of its own. */
let parts = 0

/**
 * Writes beside the file and renames: a reader finds what was there before, or all of this. What is
 * no plain file, as a pipe or a device, takes it as it comes. A link stays one.
 *
 * @throws the system's error, as write() and finish() do; nothing is left then
 */
export function openWhole(file: string): WholeFile {
  const there = statSync(file, { throwIfNoEntry: false })
  const plain = !there || there.isFile()
  const target = there && plain ? realpathSync(file) : file
  const part = plain ? join(dirname(target), `.swiotlb-lab-${process.pid}-${++parts}.part`) : target
  const fd = openSync(part, plain ? 'wx' : 'w')
  let open = true
  const close = (): void => {
    if (open) closeSync(fd)
    open = false
  }
  const abandon = (): void => {
    close()
    if (plain) rmSync(part, { force: true })
    process.off('exit', abandon)
  }
  // The process may be left before it is whole.
  process.once('exit', abandon)
  const orNothing = (what: () => void): void => {
    try {
      what()
    } catch (error) {
      abandon()
      throw error
    }
  }
  return {
    write: (text) => orNothing(() => writeFileSync(fd, text)),
    finish: () =>
      orNothing(() => {
        // Some disks say only then that they are full.
        if (plain) fsyncSync(fd)
        close()
        if (plain) {
          if (there) chmodSync(part, there.mode)
          renameSync(part, target)
        }
        abandon()
      }),
    abandon,
  }
}

/**
 * All of a file at once, as openWhole() does it.
 *
 * @throws the system's error; nothing is left then
 */
export function writeWhole(file: string, text: string): void {
  const whole = openWhole(file)
  whole.write(text)
  whole.finish()
}
