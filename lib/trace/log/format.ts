/**
 * The operation log, our own plain format:
 *
 *     #! nslabs=2048 nareas=4 pool=40000000
 *     m <cpu> <id> <orig hex> <size> <alloc_align_mask hex> <min_align_mask hex> [seg_boundary_mask hex] [direction]
 *     u <cpu> <id> [nocopy]
 *     s <cpu> <id> <offset> <size> device|cpu
 *     z                      a reset of the high-water mark
 *     i <area> <index>       the next search of the area begins at this slot of it
 *     g                      what a growing pool put off is done
 *     a <cpu> <id> <size> <min_align_mask hex> [seg_boundary_mask hex]
 *     f <cpu> <id>
 *
 * m and u are a map and its unmap, a and f an alloc and its free (restricted pools only). s syncs a
 * part of a mapping, so that the device or the CPU sees what the other has written there. In a log
 * with a g, growth waits for it; in any other it is done after each operation.
 * A direction is to, from or both: the device reads what was copied to it at the map, writes what the
 * unmap copies back, or both. Without one, only the map copies; with nocopy, the unmap does not.
 * Numbers are decimal where not said otherwise; hex may have 0x in front. Empty lines and lines
 * that begin with # and a blank are skipped. Every line ends with a newline; a last one without is
 * left out.
 */
import { detectLayout } from '../events/lines.js'
import { Direction } from '../operations.js'
import { HEADER } from './header.js'

/** What stands behind each letter. */
export const forms = {
  m: 'm <cpu> <id> <orig_addr> <size> <alloc_align_mask> <min_align_mask> [seg_boundary_mask] [direction]',
  u: 'u <cpu> <id> [nocopy]',
  s: 's <cpu> <id> <offset> <size> device|cpu',
  z: 'z',
  i: 'i <area> <index>',
  g: 'g',
  a: 'a <cpu> <id> <size> <min_align_mask> [seg_boundary_mask]',
  f: 'f <cpu> <id>',
} as const
export type Letter = keyof typeof forms

/** Of a map, behind its masks: which way its data go. */
export const directions: ReadonlyMap<string, Direction> = new Map([
  ['both', Direction.bidirectional],
  ['to', Direction.toDevice],
  ['from', Direction.fromDevice],
])
/** Those for whom a sync is. */
export const targets = ['device', 'cpu'] as const
/** Behind an unmap: nothing is copied back. */
export const NO_COPY = 'nocopy'

/** Whether a file is an operation log, by its first line that is not empty or a comment. */
export function isOperationLog(head: Buffer): boolean {
  const [first = ''] = head
    .toString('latin1')
    .split('\n')
    .filter((line) => !/^\s*(?:#(?!!).*)?$/.test(line))
  // A task's name of one letter may begin a line of a trace.
  return first.startsWith(HEADER) || (/^[a-z](?:\s|$)/.test(first) && !detectLayout(first))
}
