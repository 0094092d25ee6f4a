/** The blocks of a tracker file's code, from its assembly: what native/tracker-file/coverage.c notes. */
import { isInstruction, newWalk, place, type Walk } from './watched.js'

/** The call that the compiler puts where a block begins. */
const BLOCK = /^(?:callq?|bl)\s+_*sanitizer_cov_trace_pc\b/

/** A table of the places behind the calls: a return address says which block it was. */
const table = (blocks: number): string =>
  [
    '\t.section .data.rel.ro,"aw"',
    '\t.balign 8',
    ...['watched_block_places', 'watched_nr_blocks'].flatMap((name) => [
      `\t.globl ${name}`,
      `\t.hidden ${name}`,
    ]),
    'watched_nr_blocks:',
    `\t.quad ${blocks}`,
    'watched_block_places:',
    ...Array.from({ length: blocks }, (_, i) => `\t.quad watched_block_${i}`),
    '',
  ].join('\n')

/** Where an instruction comes from, as `0:12:3`: which of the files, line and column. */
function placeIn(files: readonly string[], { at }: Walk): string | undefined {
  const file = at === undefined ? -1 : files.indexOf(at.file)
  return at && file >= 0 && at.line > 0 ? `${file}:${at.line}:${at.column}` : undefined
}

/** @returns all places of an assembly that are in one of `files` */
export function placesOf(assembly: string, files: readonly string[]): Set<string> {
  const walk = newWalk()
  const places = new Set<string>()
  for (const line of assembly.split('\n')) {
    place(line.trim(), walk)
    const at = placeIn(files, walk)
    if (at) places.add(at)
  }
  return places
}

/**
 * @param assembly of native/tracker-file/watched.c with the user's file
 * @param files the user's file, and those that it includes
 * @returns the assembly with a table of its blocks, and the places in the files that each is of
 */
export function coverBlocks(
  assembly: string,
  files: readonly string[],
): { readonly assembly: string; readonly blocks: readonly (readonly string[])[] } {
  const walk = newWalk()
  const blocks: Set<string>[] = []
  const lines: string[] = []
  // What stands before a function's first call belongs to its first block.
  let waiting = new Set<string>()
  let block = waiting
  for (const line of assembly.split('\n')) {
    lines.push(line)
    const text = line.trim()
    if (text.startsWith('.cfi_endproc')) {
      waiting = new Set()
      block = waiting
      continue
    }
    if (BLOCK.test(text)) {
      lines.push(`watched_block_${blocks.length}:`)
      block = new Set(waiting)
      waiting = new Set()
      blocks.push(block)
    } else {
      place(text, walk)
      // A directive says where the next instruction comes from, which may begin a block.
      if (!isInstruction(text)) continue
    }
    const at = placeIn(files, walk)
    if (at) block.add(at)
  }
  const places = blocks.map((set) => [...set])
  return { assembly: `${lines.join('\n')}\n${table(blocks.length)}`, blocks: places }
}
