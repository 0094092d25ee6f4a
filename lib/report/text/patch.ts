/** What was put into a kernel, in words. */
import { countOf } from '../../data/units.js'
import type { PatchResult } from '../../patch/patch.js'
import { wrap } from '../words.js'

const kernelWords = ({ kernel, version }: PatchResult): string =>
  version === null ? kernel : `${kernel} (Linux ${version})`

const list = (title: string, lines: readonly string[]): string =>
  [title, ...lines.map((line) => `  ${line}`)].join('\n')

/** @returns lines without an end */
export function patchText(result: PatchResult): string {
  const { tracker, edited, added, out, written } = result
  const fits = wrap(`${tracker} fits ${kernelWords(result)}: every edit has found its place.`)
  const { lines, trackerLines } = result
  const size = wrap(
    `As a patch: ${countOf(lines.files, 'file')}, ${countOf(lines.added, 'line')} added, ` +
      `${lines.removed} removed; of these, ${trackerLines.added} in ` +
      `${countOf(trackerLines.files, 'file')} are the tracker's own. It is for trying a tracker, not for merging.`,
  )
  const files = [
    size,
    list(
      'Edited:',
      edited.flatMap((one) => [
        `${one.path}:`,
        `  ${countOf(one.edits, 'edit')}, ${countOf(one.added, 'line')} added, ${one.removed} removed`,
      ]),
    ),
    list('New:', added),
  ]
  if (out === null) return [fits, ...files, 'Nothing was written.'].join('\n\n')
  const what =
    written.length === 0
      ? `Nothing differs from what is in ${out}.`
      : `${countOf(written.length, 'file')} written in ${out}.`
  return [fits, ...files, what].join('\n\n')
}
