/** A high-water mark that is not kept. */
import { isBefore } from '../../boot/family.js'
import type { Reasoned } from '../../results/explain.js'
import { type Context, numberOf } from '../context.js'
import { finding, fullness } from '../finding.js'

/** The mark reads 0 while something is in use. */
export function notTrackedFindings(context: Context): Reasoned[] {
  return context.samples.flatMap((sample) => {
    const used = numberOf(sample, 'used')
    const mark = numberOf(sample, 'used_hiwater')
    if (mark !== 0 || used === null || used === 0) return []
    const version = context.versionOf(sample.boot)
    const line = context.commandLines.findLast(({ boot }) => boot === sample.boot)
    const since = version !== undefined && !isBefore(version, 7, 3)
    const tracked = line?.told.trackHiwater ?? false
    const total = numberOf(sample, 'nslabs')
    return [
      finding({
        cause: 'not-tracked',
        certain: since && line !== undefined && !tracked,
        ...fullness(total, used),
        lines: sample.lines,
        reasons: [
          `The high-water mark reads 0 while ${used} ${used === 1 ? 'slot is' : 'slots are'} in use: it is not a peak of 0. Linux 7.3 ` +
            'and later keep the mark only when booted with track_hiwater.',
        ],
        advice: [
          'To have a mark: put track_hiwater last, as in swiotlb=65536,8,force,track_hiwater or swiotlb=track_hiwater, and ' +
            'reboot. Linux before 7.3 does not know the word, and then drops force as well.',
        ],
        unknown: [
          'What the peak was: it was not kept.',
          ...(since && line === undefined
            ? [
                'Whether it was booted with track_hiwater, and the mark set to 0 since: `cat /proc/cmdline`.',
              ]
            : []),
          ...(since
            ? []
            : [
                'Whether it is that, or a mark that somebody has just set to 0 (kernels from 6.4 on): `uname -r`, and read ' +
                  'it again after some load.',
              ]),
        ],
      }),
    ]
  })
}
