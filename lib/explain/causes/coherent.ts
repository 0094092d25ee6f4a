/** Memory of a driver's own, for which old kernels tried swiotlb. */
import { isBefore } from '../../boot/family.js'
import { formatBytes, SLOT_BYTES } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import { type Context, sameDevice } from '../context.js'
import { byDevice } from '../events.js'
import { finding, sizeWords, who } from '../finding.js'

export function coherentFindings(context: Context): Reasoned[] {
  return byDevice(context.of('coherent')).flatMap((own) => {
    const [first] = [...own].sort((a, b) => b.said.bytes - a.said.bytes)
    if (!first) return []
    const { boot, said } = first
    // The other message of the same failure names the driver as well.
    const named = context.failures.find(
      (one) => one.boot === boot && one.device !== null && sameDevice(one.device, said.device),
    )
    const device = named?.device ?? said.device
    const version = context.versionOf(boot)
    const old = version !== undefined && isBefore(version, 4, 18)
    return [
      finding({
        cause: 'coherent',
        certain: true,
        device,
        requestBytes: said.bytes,
        neededSlots: Math.ceil(said.bytes / SLOT_BYTES),
        lines: own.flatMap(({ lines }) => lines),
        suppressed: 0,
        failuresAtLeast: own.reduce((sum, { times }) => sum + times, 0),
        reasons: [
          `${who(device)} asked for ${sizeWords(said.bytes)} of memory of its own (dma_alloc_coherent()), and got none. ` +
            `Old kernels${old ? `, as this one (${version.major}.${version.minor}),` : ''} then tried swiotlb, which ` +
            'serves 256 KiB at most.',
        ],
        advice: [
          `CMA is the place to look: \`grep -i cma /proc/meminfo\`, and cma= on the command line with more than ` +
            `${formatBytes(said.bytes)}, for example cma=${cmaFor(said.bytes)}M.`,
          'swiotlb= plays no part.',
        ],
        unknown: [
          'Whether the kernel has CMA for this: `zgrep CONFIG_DMA_CMA /proc/config.gz /boot/config-*`.',
        ],
      }),
    ]
  })
}

const cmaFor = (bytes: number): number => {
  let mib = 16
  while (mib * 1024 * 1024 < bytes * 2) mib *= 2
  return mib
}
