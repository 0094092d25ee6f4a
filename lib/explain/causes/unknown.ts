/** The numbers are not there that would tell. */
import type { Reasoned } from '../../results/explain.js'
import type { Context } from '../context.js'
import { askedWords, type Group, lookAtCounters, who } from '../finding.js'
import { groupFinding, groupsWith, withoutTotals } from '../group-words.js'

/** Needs of this many slots and less do not fail for want of a run while there is room. */
const SMALL_SLOTS = 2

function unknown(context: Context, group: Group): Reasoned {
  const { device, chosen, failures } = group
  const asked = askedWords(group)
  const small = chosen.needed !== null && chosen.needed <= SMALL_SLOTS
  const cut = failures.some((one) => one.cut)
  return groupFinding(context, group, {
    certain: false,
    reasons: [
      asked === undefined
        ? `A mapping of ${who(device)} failed. ` +
          (cut ? 'The line does not hold its numbers whole.' : 'This wording tells no size.')
        : `${who(device)} asks for ${asked}, which needs ` +
          `${chosen.needed === 1 ? '1 slot' : `${chosen.needed} slots in a row`}, and got none. Its size does not rule it ` +
          'out: it would fit in a pool with room.',
      ...(cut && asked !== undefined ? ['The line does not hold all of its numbers.'] : []),
      ...(small
        ? [
            'So small a mapping fails only when next to nothing is free: the pool is exhausted, or it leaks.',
          ]
        : []),
    ],
    advice: [
      'Look before you change the size of the pool: what is written under "cannot be known" decides it.',
    ],
    unknown: [
      ...(cut
        ? [`How full the pool was: the line is cut off. Paste it whole, or ${lookAtCounters}.`]
        : withoutTotals(context, group)),
      ...(asked === undefined
        ? [
            'How much was asked for: above 256 KiB no pool size helps. A kernel of 3.14 or later prints the size.',
          ]
        : []),
      'Whether the pool is full, fragmented, or not reached for another reason: `dmesg | grep -i "IO TLB"` ' +
        'tells its size.',
    ],
  })
}

export const unknownFindings = (context: Context): Reasoned[] =>
  groupsWith(context, 'unknown', 'full').map((group) => unknown(context, group))
