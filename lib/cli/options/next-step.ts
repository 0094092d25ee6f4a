/** How this program was called, so that what it tells to type next works. */
import { basename, relative } from 'node:path'
import type { TrackerFileReport } from '../../index.js'

/** What a shell knows this program by. */
export const NAME = 'swiotlb-lab'

/** A path as one would type it from here. */
export function shortest(path: string): string {
  const fromHere = relative(process.cwd(), path)
  return fromHere.length < path.length ? fromHere : path
}

/** A word as a shell takes it for one, whatever blanks and signs are in it. */
export function shellWord(text: string): string {
  return /^[\p{L}\p{N}@%+=:,./_-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** The name of a file likewise, in a place where a dash would begin an option. */
export const fileWord = (file: string): string => shellWord(/^-./.test(file) ? `./${file}` : file)

/** `swiotlb-lab`, or `node dist/cli/main.js` where it runs from its own folder. */
export function self(): string {
  const path = process.argv[1] ?? NAME
  return basename(path) === NAME ? NAME : `node ${shellWord(shortest(path))}`
}

/** The last line of a report on a file that is at fault; undefined where none is, or none compiles. */
export function nextCheck(
  own: readonly Pick<TrackerFileReport, 'file' | 'faults' | 'compiler'>[] = [],
): string | undefined {
  const wrong = own.find(({ faults, compiler }) => faults.length > 0 && compiler !== null)
  return wrong && nextLine('what is wrong with it, step by step', `check ${fileWord(wrong.file)}`)
}

/** The last line of a report: a command. */
export function nextLine(what: string, args: string): string {
  return `next, ${what}: ${self()} ${args}`
}
