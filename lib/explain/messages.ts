/** The wordings of all kernels since 3.0, a row each: what fits first has the line. */
import { deviceOf } from './device.js'
import type { Count, Said } from './events.js'
import { parseCount, parseHex, parseWhole } from './numbers.js'

export interface Wording {
  readonly pattern: RegExp
  /** What it says; undefined where its numbers make no sense. */
  readonly read: (found: RegExpExecArray) => Said | undefined
}

const MIB = 1024 * 1024

const before = (found: RegExpExecArray): string => found.input.slice(0, found.index)
const after = (found: RegExpExecArray): string =>
  found.input.slice(found.index + found[0].length).trim()

const whole = (text: string | undefined): number | null =>
  text === undefined ? null : (parseWhole(text) ?? null)

/** Rows that hold numbers: nothing is said where one of them is none. */
function numbered(
  pattern: RegExp,
  make: (numbers: readonly number[], found: RegExpExecArray) => Said,
): Wording {
  return {
    pattern,
    read: (found) => {
      const numbers = found.slice(1).flatMap((text) => {
        const value = text === undefined ? undefined : parseWhole(text)
        return value === undefined ? [] : [value]
      })
      return numbers.length === found.length - 1 ? make(numbers, found) : undefined
    },
  }
}

const plain = (pattern: RegExp, said: Said): Wording => ({ pattern, read: () => said })

/** As a kernel says that a mapping failed; the numbers came with the years. */
const FULL =
  /swiotlb buffer is full(?:\s*\(\s*sz:\s*(\d+)\s+bytes\s*\))?(?:\s*,?\s*total\s+(\d+)\s*\(slots\))?(?:\s*,?\s*used\s+(\d+)\s*\(slots\))?/i

function readFull(found: RegExpExecArray): Said {
  const [, size, totalText, usedText] = found
  const bytes = whole(size)
  const total = whole(totalText)
  const used: Count | null = usedText === undefined ? null : (parseCount(usedText) ?? null)
  const left = after(found)
  const device = deviceOf(before(found))
  const numbers = [size, totalText, usedText].some((text) => text !== undefined)
  // A number that began and did not end is worse than none.
  const unfinished = /^[,(]|^(?:total|used)\b|\bslots\b/i.test(left)
  const senseless =
    (size !== undefined && (bytes === null || bytes === 0)) ||
    (totalText !== undefined && total === null) ||
    (usedText !== undefined && used === null) ||
    (totalText !== undefined) !== (usedText !== undefined)
  const inSentence =
    !numbers && !unfinished && (left !== '' || (device === null && before(found).trim() !== ''))
  if (inSentence) return { kind: 'sentence' }
  return {
    ...{ kind: 'full', device, total, used },
    bytes: bytes === 0 ? null : bytes,
    cut: unfinished || senseless,
    bare: device === null && !numbers,
  }
}

/** What ends in the middle of the address range is inclusive in some kernels and not in others. */
function spanOf(start: string, end: string): number | undefined {
  const bytes = parseHex(end) - parseHex(start)
  const whole = bytes & 1n ? bytes + 1n : bytes
  return whole > 0n && whole < 2n ** 46n ? Number(whole) : undefined
}

function readMapped(found: RegExpExecArray): Said | undefined {
  const [, start = '', end = '', mib] = found
  const bytes = spanOf(start, end)
  return bytes === undefined ? undefined : { kind: 'mapped', bytes, saidMib: whole(mib) }
}

const HEX = '(?:0x)?([0-9a-f]{1,16})'

const full: readonly Wording[] = [
  plain(/swiotlb buffer is full.*%(?:z|l)/i, { kind: 'program-text' }),
  { pattern: FULL, read: readFull },
  numbered(/(?:DMA: )?Out of SW-IOMMU space for (\d+) bytes/i, ([bytes = 0], found) => {
    const at = /^at device ([\w.:/-]+?)[.,]?(?:\s|$)/.exec(after(found))
    return { kind: 'space', device: at?.[1] ?? deviceOf(before(found)), bytes }
  }),
  numbered(
    /swiotlb: coherent allocation failed for device \S+ size=(\d+)/,
    ([bytes = 0], found) => ({
      kind: 'coherent',
      device: /device (\S+)/.exec(found[0])?.[1] ?? null,
      bytes,
    }),
  ),
  {
    pattern: /([\w.]+): (\d{1,12}) (?:callbacks|messages) suppressed/,
    read: ([, name = '', count = '']) => ({ kind: 'suppressed', name, count: Number(count) }),
  },
  numbered(/^(?:last )?message repeated (\d+) times/i, ([count = 0]) => ({
    kind: 'repeated',
    count,
  })),
  {
    pattern:
      /\bMissed \d+ kernel messages|printk messages dropped|Suppressed \d+ messages from (?:\S*\s)?kernel|\d+ messages (?:lost|dropped)/i,
    read: (found) => ({ kind: 'lost', words: found[0] }),
  },
]

const NO_POOL = /Can ?not allocate SWIOTLB buffer earlier and can'?t now provide you with/i

const failures: readonly Wording[] = [
  {
    pattern: NO_POOL,
    read: (found) => {
      const panic = /panic/i.test(before(found))
      return { kind: 'no-pool', device: panic ? null : deviceOf(before(found)), panic }
    },
  },
  {
    pattern: new RegExp(
      `swiotlb addr ${HEX}\\+(\\d+) overflow \\(mask ${HEX},? bus (?:limit|mask) ${HEX}`,
      'i',
    ),
    read: (found) => {
      const [, address = '', size = '', mask = '', limit = ''] = found
      const bytes = parseWhole(size)
      if (bytes === undefined) return undefined
      return {
        ...{ kind: 'unreachable', device: deviceOf(before(found)), bytes },
        ...{ address: parseHex(address), mask: parseHex(mask), limit: parseHex(limit) },
      }
    },
  },
  numbered(/\bDMA addr 0x[0-9a-f]+\+(\d+) overflow \(mask/i, ([bytes = 0], found) => ({
    ...{ kind: 'direct-overflow', device: deviceOf(before(found)), bytes },
  })),
  {
    pattern: /\boverflow 0x[0-9a-f]+\+(\d+) of DMA mask ([0-9a-f]{1,16})/i,
    read: (found) => {
      const bytes = parseWhole(found[1] ?? '')
      if (bytes === undefined) return undefined
      const mask = parseHex(found[2] ?? '')
      return { kind: 'reach', device: deviceOf(before(found)), bytes, mask }
    },
  },
  {
    pattern: /Cannot do DMA to address/i,
    read: (found) => ({ kind: 'not-allowed', device: deviceOf(before(found)) }),
  },
  {
    pattern:
      /(?:Access before mapping start detected|Buffer overflow detected\. Allocation size|DMA map on device without dma_mask|Alloc alignment may prevent fulfilling)/,
    read: (found) => ({ kind: 'driver-bug', device: deviceOf(before(found)), words: found[0] }),
  },
  plain(/software IO TLB: Failed to allocate new pool/, { kind: 'growth-failed' }),
]

const xen = (pattern: RegExp): Wording => ({
  pattern,
  read: (found) => ({ kind: 'xen', words: found[0] }),
})

const others: readonly Wording[] = [
  xen(/\bxen[:_-]\s*swiotlb[_-]?xen\b.*|swiotlb[_-]xen: .*/i),
  xen(/Failed to get contiguous memory for DMA from Xen.*/i),
  xen(/Could not setup SWIOTLB/),
  xen(/Cannot allocate Xen-SWIOTLB buffer/i),
  plain(/\bcma(?:_alloc)?: .*(?:alloc(?:ation)? failed|Failed to reserve)/i, {
    kind: 'other',
    pool: 'cma',
  }),
  plain(
    /atomic DMA coherent pool is too small|DMA coherent pool depleted|Failed to get suitable pool for|failed to allocate \d+ [KM]iB .*pool for atomic|please increase it with coherent_pool/i,
    { kind: 'other', pool: 'coherent-pool' },
  ),
  plain(/PCI-DMA: Out of IOMMU space|DMAR: .*iova.*failed|Allocating \d+-page iova.*failed/i, {
    kind: 'other',
    pool: 'iommu',
  }),
]

const boot: readonly Wording[] = [
  {
    pattern: new RegExp(
      `software IO TLB(?:: mapped)? ?\\[mem ${HEX}\\s*-\\s*${HEX}\\](?:\\s*\\((\\d+)\\s*MB\\))?`,
      'i',
    ),
    read: readMapped,
  },
  { pattern: new RegExp(`software IO TLB at phys ${HEX} - ${HEX}`, 'i'), read: readMapped },
  numbered(/Placing (\d+)MB software IO TLB between/i, ([mib = 0]) => ({
    ...{ kind: 'mapped', bytes: mib * MIB, saidMib: mib },
  })),
  numbered(/bounce buffer size adjusted (\d+) ?-> ?(\d+) slabs/i, ([from = 0, to = 0]) => ({
    ...{ kind: 'halved', from, to },
  })),
  numbered(/bounce buffer size adjusted to (\d+) ?MB/i, ([mib = 0]) => ({ kind: 'adjusted', mib })),
  numbered(/bounce buffer size round ?up to (\d+) ?MB/i, ([mib = 0]) => ({ kind: 'roundup', mib })),
  numbered(/software IO TLB: area num (\d+)/i, ([areas = 0]) => ({ kind: 'areas', areas })),
  numbered(/only able to allocate (\d+) MB/i, ([mib = 0]) => ({ kind: 'only-able', mib })),
  numbered(/nslabs = (\d+) too small/, ([slots = 0]) => ({ kind: 'too-small-panic', slots })),
  numbered(
    /Failed to (?:allocate|remap) (\d+) bytes(?: tlb structure)?\s*$/,
    ([bytes = 0], found) =>
      /software IO TLB|swiotlb/i.test(before(found)) || /tlb structure/.test(found[0])
        ? { kind: 'piece-failed', bytes }
        : { kind: 'sentence' },
  ),
  {
    pattern:
      /software IO TLB: (?:Cannot allocate buffer|No low mem)|Cannot allocate SWIOTLB (?:overflow )?buffer/i,
    read: (found) => ({ kind: 'no-pool-at-boot', panic: /panic/i.test(before(found)) }),
  },
  plain(/software IO TLB: tearing down default memory pool/i, { kind: 'torn-down' }),
  {
    pattern:
      /\b(?:Memory encryption|SEV|SME) is active and system is using DMA bounce buffers|Memory Encryption Features active:.*\bSEV|Secure Encrypted Virtualization \(SEV\S*\) active|\btdx: Guest detected/i,
    read: (found) => ({ kind: 'encrypted', guest: /SEV|tdx/i.test(found[0]) }),
  },
  {
    pattern: new RegExp(`created restricted DMA pool at ${HEX}, size (\\d{1,9}) MiB`, 'i'),
    read: ([, start = '', mib = '']) => ({
      ...{ kind: 'restricted', at: parseHex(start), bytes: Number(mib) * MIB },
    }),
  },
  {
    pattern: new RegExp(`assigned reserved memory node \\S+@${HEX}`, 'i'),
    read: (found) => ({
      ...{ kind: 'assigned', device: deviceOf(before(found)), at: parseHex(found[1] ?? '') },
    }),
  },
  {
    pattern: /(?:^|\b(?:Kernel ))command line: (.*)$/i,
    read: ([, text = '']) => ({ kind: 'command-line', text: text.trim(), printed: true }),
  },
  {
    pattern: /\bLinux version (\d+\.\d+\S*)/,
    read: ([, text = '']) => ({ kind: 'version', text }),
  },
  {
    pattern: /\b(?:Not tainted|Tainted: [A-Z ]+?)\s+(\d+\.\d+\.\S+)/,
    read: ([, text = '']) => ({ kind: 'version', text }),
  },
  plain(/^-- (?:Boot|Reboot)\b|^Booting Linux on physical CPU/, { kind: 'boot' }),
  numbered(/(?:smpboot: Allowing |nr_cpu_ids[:=])\s*(\d+)/, ([cpus = 0]) => ({
    kind: 'cpus',
    cpus,
  })),
  {
    pattern: new RegExp(`^node\\s+\\d+: \\[mem ${HEX}-${HEX}\\]`),
    read: ([, start = '', end = '']) => {
      const bytes = spanOf(start, end)
      return bytes === undefined ? undefined : { kind: 'memory-range', bytes }
    },
  },
  numbered(/^Memory: \d+K\/(\d+)K available/, ([kib = 0]) => ({
    kind: 'memory',
    bytes: kib * 1024,
  })),
]

const traces: readonly Wording[] = [
  {
    pattern: new RegExp(
      `swiotlb_bounced:\\s+dev_name: (\\S.*?) dma_mask=${HEX} dev_addr=${HEX} size=(\\d+)`,
      'i',
    ),
    read: ([, device = '', mask = '', address = '', size = '']) => {
      const bytes = parseWhole(size)
      if (bytes === undefined) return undefined
      return { kind: 'bounced', device, mask: parseHex(mask), address: parseHex(address), bytes }
    },
  },
  plain(/\[\d{3,5}\]\s+(?:\S{4,6}\s+)?\d+\.\d+:\s+(?:dma:)?dma_(?:map|unmap|alloc|free)\w*:/, {
    kind: 'trace-event',
  }),
]

/** What a shell says where counters cannot be read. */
const refusal = (words: string, why: 'not-permitted' | 'denied' | 'missing'): Wording =>
  plain(new RegExp(`kernel/debug(?:/swiotlb\\S*)?['\u2018\u2019"]?: ${words}`, 'i'), {
    kind: 'refused',
    why,
  })

const refusals: readonly Wording[] = [
  refusal('Operation not permitted', 'not-permitted'),
  refusal('Permission denied', 'denied'),
  refusal('No such file or directory', 'missing'),
]

export const wordings: readonly Wording[] = [
  ...full,
  ...failures,
  ...others,
  ...traces,
  ...boot,
  ...refusals,
]
