/** Larger than any pool can serve. */
import { formatBytes, SEGMENT_SLOTS } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import { LARGEST_BYTES } from '../arithmetic.js'
import { type Context, sameDevice } from '../context.js'
import { askedWords, type Group, sizeWords, useWords, who, whose } from '../finding.js'
import { groupFinding, groupsWith, isNamed, withoutTotals } from '../group-words.js'

/** Padding that Linux 6.10 and later count in; a mapping with the usual alignment has no more. */
const USUAL_PADDING = 4096

/** Smaller than what fits, so that an offset which the device keeps has room as well. */
const DISK_KIB = 128
/** Disks, and adapters with nothing but disks behind them. A virtio disk is named by its bus, as a card is. */
const DISKS =
  /^(?:nvme|hv_storvsc|vmw_pvscsi|ahci|ata|sd |scsi|megaraid|mpt3sas|hpsa|smartpqi|aacraid|qla2xxx|lpfc|ufshcd)/i
const CARDS = /mmc|sdhci|bcm2835-dma/i
const GRAPHICS = /^(?:nvidia|amdgpu|radeon|i915|vc4)\b/i

/** What an operator can do without another driver. */
const untilThen = (device: string | null): string =>
  isNamed(DISKS, device) || isNamed(CARDS, device)
    ? `For a disk or a card, now and until the next boot: \`echo ${DISK_KIB} > /sys/block/DISK/queue/max_sectors_kb\` for each ` +
      'disk behind it (lsblk tells them): requests are then no larger.'
    : isNamed(GRAPHICS, device)
      ? 'No setting of the machine is known that helps: it takes a newer kernel or driver, or a report to those who maintain it.'
      : 'If it is a disk, or one hangs on it, now and until the next boot: ' +
        `\`echo ${DISK_KIB} > /sys/block/DISK/queue/max_sectors_kb\`. Of other devices no setting of the machine is known ` +
        'that helps: it takes a newer kernel or driver that maps less, or a report to those who maintain it.'

function forDriver(device: string | null): string[] {
  if (isNamed(/^nvidia\b/i, device)) {
    return [
      'In a confidential VM a graphics card without confidential-computing mode cannot take system memory in ' +
        'such pieces: use one that has this mode, with a driver that knows it.',
    ]
  }
  if (isNamed(CARDS, device) || isNamed(/dma-controller/i, device)) {
    return ['For a card reader that is max_req_size and max_seg_size of its mmc host.']
  }
  if (isNamed(DISKS, device)) {
    return ['For a disk: `cat /sys/block/*/queue/max_segment_size` shows what its driver allows.']
  }
  return []
}

function tooLarge(context: Context, group: Group): Reasoned {
  const { device, chosen, failures } = group
  const bytes = chosen.bytes ?? 0
  const coherent = context
    .of('coherent', chosen.boot)
    .some(({ said }) => said.device !== null && sameDevice(device, said.device))
  const use = useWords(group)
  const padded = failures.every((one) => (one.bytes ?? 0) <= LARGEST_BYTES + USUAL_PADDING)
  return groupFinding(context, group, {
    certain: true,
    reasons: [
      `${who(device)} asks for ${askedWords(group)} in one mapping. A mapping cannot be larger than ` +
        `${SEGMENT_SLOTS} slots (${formatBytes(LARGEST_BYTES)}), in a pool of any size` +
        `${(chosen.needed ?? 0) > SEGMENT_SLOTS ? `; this one needs ${chosen.needed} slots` : ''}.`,
      ...(use === undefined ? [] : [`${use}: an empty one would not have served it either.`]),
    ],
    advice: coherent
      ? [
          'This mapping is memory for dma_alloc_coherent(): see the finding "coherent". The size of the pool ' +
            'plays no part.',
        ]
      : [
          `No swiotlb= for this: no size of the pool serves ${sizeWords(bytes)}.`,
          untilThen(device),
          `In ${whose(device)}: map at most ${formatBytes(LARGEST_BYTES)} at once (less, where ` +
            'dma_max_mapping_size() says so): a smaller segment size, transfer or buffer.',
          ...(padded
            ? [
                `Linux 6.10 and later print the size with padding: the driver may have asked for ` +
                  `${formatBytes(LARGEST_BYTES)} or less, and a device that must keep an offset can have ` +
                  `only ${formatBytes(LARGEST_BYTES - USUAL_PADDING)}. dma_max_mapping_size() is the limit.`,
              ]
            : []),
          ...forDriver(device),
          'If the hardware reaches all memory: let the driver say so (dma_set_mask_and_coherent()), then ' +
            'nothing is bounced. In a confidential VM that does not help: all is bounced there.',
        ],
    unknown: [
      ...withoutTotals(context, group),
      ...(group.total === null
        ? ['Why another pool size may have seemed to help: the size of the pool cannot explain it.']
        : []),
      ...(device === null
        ? [
            'Which device it was: `dmesg | grep -B 5 "swiotlb buffer is full"` may show a neighbour.',
          ]
        : []),
    ],
  })
}

export const tooLargeFindings = (context: Context): Reasoned[] =>
  groupsWith(context, 'too-large', 'empty').map((group) => tooLarge(context, group))
