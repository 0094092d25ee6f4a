/** Messages of other pools than swiotlb's. */
import type { Reasoned } from '../../results/explain.js'
import type { Context } from '../context.js'
import { finding } from '../finding.js'

const OTHER = {
  cma: {
    reason:
      'These lines are of CMA, the memory that drivers take for themselves, and not of swiotlb.',
    advice: 'More of it: cma= on the command line; `grep -i cma /proc/meminfo` shows what is left.',
  },
  'coherent-pool': {
    reason:
      'These lines are of the pool for atomic coherent allocations, and not of swiotlb, whose size does not matter here.',
    advice: 'More of it: coherent_pool= on the command line, for example coherent_pool=4M.',
  },
  iommu: {
    reason: 'These lines are of an IOMMU that ran out of addresses, and not of swiotlb.',
    advice:
      'Look at the IOMMU: a leak of its mappings, or iommu= options that make its space small.',
  },
} as const

export function otherPoolFindings(context: Context): Reasoned[] {
  const xen = context.of('xen')
  const others = (['cma', 'coherent-pool', 'iommu'] as const).flatMap((pool) => {
    const own = context.of('other').filter(({ said }) => said.pool === pool)
    if (own.length === 0) return []
    return [
      finding({
        cause: 'other-pool',
        certain: true,
        lines: own.flatMap(({ lines }) => lines),
        reasons: [OTHER[pool].reason],
        advice: [OTHER[pool].advice],
      }),
    ]
  })
  if (xen.length === 0) return others
  return [
    finding({
      cause: 'other-pool',
      certain: true,
      lines: xen.flatMap(({ lines }) => lines),
      reasons: [
        "These lines are of Xen's own swiotlb: a guest that is given a PCI device asks Xen for memory that is contiguous in " +
          'the machine and lies below 4 GiB.',
        ...(xen.some(({ said }) => /contiguous|Could not|Cannot/.test(said.words))
          ? ['Xen had none to give.']
          : []),
      ],
      advice: [
        "See to free memory of the host below 4 GiB: start this guest before others, or limit the host's own memory " +
          '(dom0_mem=).',
        "swiotlb= of the guest is not the matter: the memory is Xen's.",
      ],
      unknown: [
        'How much Xen has left there: `xl info` and `xl debug-keys q; xl dmesg` on the host.',
      ],
    }),
    ...others,
  ]
}
