/** The kernel's own benchmark of mappings, in a copy of its tree: made to count nanoseconds. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../data/errors.js'
import { applyEdits } from './apply.js'
import type { EditedFile } from './edits.js'
import { writeChanged } from './tree.js'

/** It divides by a hundred nanoseconds and drops the rest, where a tracker costs a few. */
const benchmarkEdits: EditedFile = {
  path: 'kernel/dma/map_benchmark.c',
  edits: [
    {
      name: 'the two divisors that drop what is below 100 ns',
      forms: [
        {
          find: /div64_ul\((map|unmap)_delta,\s+100\)/g,
          times: 2,
          put: 'div64_ul($1_delta, 1)',
        },
        { find: /div64_ul\((?:map|unmap)_delta, 1\)/g, times: 2, put: '$&' },
      ],
    },
  ],
  gone: [/_delta,\s+100\)/],
}

/**
 * A copy that has it so already is left as it is.
 *
 * @param out the folder of a copy that patch() has made
 * @throws InputError for a kernel whose benchmark has no such divisors, or that has none
 */
export function countNanoseconds(out: string): void {
  const { path } = benchmarkEdits
  let text: string
  try {
    text = readFileSync(join(out, path), 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new InputError(
      `--kernel-source: ${path} cannot be read (${code}); expected a whole tree of Linux 6.6 to 7.3`,
    )
  }
  writeChanged(out, [{ path, text: applyEdits(text, benchmarkEdits, out).text }])
}
