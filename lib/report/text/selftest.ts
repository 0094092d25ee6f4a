/** What was laid out for a kernel tree, in words. */
import { countOf } from '../../data/units.js'
import type { SelftestResult } from '../../results/selftest.js'
import { wrap } from '../words.js'

/** A sentence, and the files that it is about; nothing without any. */
const about = (what: string, files: readonly string[]): string[] =>
  files.length === 0 ? [] : [[wrap(what), ...files.map((file) => `  ${file}`)].join('\n')]

/** @returns lines without an end */
export function selftestText(result: SelftestResult): string {
  const { folder, version, files, written, replaced, removed, left } = result
  const what =
    written.length === 0
      ? `${folder} is as swiotlb-lab ${version} makes it: ${countOf(files.length, 'file')}.`
      : `${folder} has ${countOf(files.length, 'file')} of swiotlb-lab ${version}; ` +
        `${countOf(written.length, 'file')} written.`
  return [
    wrap(what),
    ...about('Replaced, though changed since the folder was made:', replaced),
    ...about('Removed, as this version does not have them:', removed),
    ...about('Left, as somebody has changed them; this version does not have them:', left),
  ].join('\n\n')
}
