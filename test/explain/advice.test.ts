// What to do, and how sure it is, where a wrong answer does harm.

import { describe, expect, test } from '@jest/globals'
import { freeBySpread, givenBackSince } from '../../lib/explain/arithmetic.js'
import { diagnose, explain } from '../../lib/explain/explain.js'
import { adviceOf, full, named, text, words } from './logs.js'

const MAPPED = 'software IO TLB: mapped [mem 0x00000000fbfff000-0x00000000fffff000] (64MB)'
const MADE = 'Reserved memory: created restricted DMA pool at 0x00000000f0000000, size 4 MiB'
const WIFI = 'mt7921e 0000:01:00.0'

describe("a pool of a device's own", () => {
  test.each([
    ['the line that makes it', [MADE, MAPPED, full(4096, 2048, 2048, WIFI)], /It is one .*line 1/],
    [
      'the node that its device is given, also where both pools are as large',
      [
        MADE.replace('size 4 MiB', 'size 64 MiB'),
        MAPPED,
        `${WIFI}: assigned reserved memory node wifi@f0000000`,
        full(4096, 32768, 32768, WIFI),
      ],
      /It is one .*line 1 makes it/,
    ],
    [
      'counters in a folder of its own',
      [
        '/sys/kernel/debug/swiotlb/io_tlb_nslabs:32768',
        '/sys/kernel/debug/swiotlb/wifi/io_tlb_nslabs:2048',
        full(4096, 2048, 2048, WIFI),
      ],
      /It is one .*wifi has its size/,
    ],
    ['a common pool that is larger', [MAPPED, full(4096, 2048, 2048, WIFI)], /It seems to be one/],
  ])('told by %s: swiotlb= is left alone', (_, lines, why) => {
    const log = text(...lines)
    expect(adviceOf(log, 'exhausted')).toMatch(/Leave swiotlb= as it is.*restricted-dma-pool/)
    expect(adviceOf(log, 'exhausted')).toMatch(why)
    expect(named(log)).toEqual([])
  })

  test('a node of another kind, and a device that is in the common pool, are none', () => {
    const log = text(
      MADE,
      MAPPED,
      `${WIFI}: assigned reserved memory node vpu@90000000`,
      full(4096, 32768, 32768, WIFI),
    )
    expect(named(log)).toEqual([65536])
  })

  const LARGE = MADE.replace('size 4 MiB', 'size 64 MiB')

  test('a pool that another device is given is none of this one', () => {
    const log = text(
      LARGE,
      `${WIFI}: assigned reserved memory node wifi@f0000000`,
      full(4096, 32768, 32768),
    )
    expect(named(log)).toEqual([65536])
    expect(adviceOf(log, 'exhausted')).not.toMatch(/Leave swiotlb=/)
  })

  test('where nothing tells the size of the common pool, and whose a pool is, it seems to be', () => {
    const log = text(LARGE, full(4096, 32768, 32768))
    expect(adviceOf(log, 'exhausted')).toMatch(/It seems to be one .*line 1 makes one of that size/)
    expect(named(log)).toEqual([])
    // A device that no line names may be the one that is given it.
    const unnamed = text(LARGE, `${WIFI}: assigned reserved memory node wifi@f0000000`)
    const full64 = full(4096, 32768, 32768).replace(/^nvme \S+: /, '')
    expect(adviceOf(text(unnamed, full64), 'exhausted')).toMatch(/It seems to be one /)
  })

  test.each([
    ['full', 2048, 'exhausted', /To make it larger/],
    ['nearly full', 2000, 'nearly-full', /To make it larger/],
    ['hardly used', 20, 'oversized', /To make it smaller/],
  ])('by its counters, %s', (_, mark, cause, advice) => {
    const log = ['nslabs:2048', `used:${mark}`, `used_hiwater:${mark}`]
      .map((one) => `/sys/kernel/debug/swiotlb/wifi/io_tlb_${one}`)
      .join('\n')
    expect(adviceOf(log, cause)).toMatch(advice)
    expect(adviceOf(log, cause)).toMatch(/these are the counters of wifi/)
    expect(named(log)).toEqual([])
  })
})

describe('a size that does harm is not named', () => {
  const BOOT = 'Linux version 6.8.0-1021-gcp (a@b)'

  test('none larger than the kernel could not have', () => {
    const log = text(
      BOOT,
      'Command line: BOOT_IMAGE=/vmlinuz swiotlb=2097152,32',
      'software IO TLB: mapped [mem 0x000000003f000000-0x000000007f000000] (1024MB)',
      full(131072, 524288, 524280),
    )
    expect(explain(log).findings.map(({ cause }) => cause)).toEqual(['reduced', 'exhausted'])
    expect(adviceOf(log, 'exhausted')).toMatch(/No larger swiotlb=.*see "reduced"/)
    expect(named(log)).toEqual([])
    expect(diagnose(log).findings.map(({ askSlots }) => askSlots)).toEqual([null, null])
  })

  test('what the command line was to say comes before twice the pool', () => {
    const log = text(
      'Linux version 6.12.9',
      'Command line: BOOT_IMAGE=/vmlinuz swiotlb=512M',
      'software IO TLB: area num 16.',
      'software IO TLB: mapped [mem 0x000000003f000000-0x000000003f400000] (4MB)',
      full(4096, 2048, 2048),
    )
    expect(new Set(named(log))).toEqual(new Set([262144]))
    expect(diagnose(log).findings.map(({ askSlots }) => askSlots)).toContain(262144)
  })

  test('none smaller than another pool of the text', () => {
    const other = text(
      '[    0.000000] Linux version 6.12.0 (a@b)',
      `[    5.5] ${full(524288, 262144, 4, 'b 1-2')}`,
    )
    for (const log of [
      text(full(4096, 32768, 32768), full(524288, 262144, 4, 'b 1-2')),
      text(`[  100.5] ${full(4096, 32768, 32768)}`, other),
    ]) {
      expect(named(log)).toEqual([])
      expect(adviceOf(log, 'exhausted')).toMatch(/262144 slots \(512 MiB\), which would become sm/)
    }
    // As large as that may be asked for.
    expect(named(text(full(4096, 32768, 32768), full(524288, 65536, 4, 'b 1-2')))).toEqual([65536])
  })

  test('another pool is called larger only where it is', () => {
    const [most, less] = [full(4096, 1048576, 1048576), full(4096, 600000, 600000)]
    const beside = (slots: number): string => full(524288, slots, 4, 'b 1-2')
    expect(adviceOf(text(most, beside(600000)), 'exhausted')).toMatch(/More than 1 GiB can seldom/)
    expect(adviceOf(text(most, beside(600000)), 'exhausted')).not.toMatch(/become smaller/)
    expect(adviceOf(text(less, beside(1048576)), 'exhausted')).toMatch(
      /1048576 slots \(2 GiB\), which would become smaller/,
    )
  })

  test('above 1 GiB it is a last resort, and up to it the next size', () => {
    const large = full(4096, 524288, 524288)
    expect(adviceOf(large, 'exhausted')).toMatch(
      /More than 1 GiB can seldom be had.*swiotlb=1048576/,
    )
    expect(diagnose(large).findings[0]).toMatchObject({ cause: 'exhausted', askSlots: null })
    expect(named(full(4096, 300000, 300000))).toEqual([524288])
  })

  test.each([
    ['5.15.0-1049-gcp', /else Linux 5\.15 makes none at all, and then this VM does not boot/],
    ['6.8.0-1021-gcp', /else the kernel halves it\./],
  ])('what becomes of one that cannot be had, on %s', (version, risk) => {
    const log = text(
      `Linux version ${version}`,
      'software IO TLB: SWIOTLB bounce buffer size adjusted to 128MB',
      'software IO TLB: mapped [mem 0x0000000077000000-0x000000007f000000] (128MB)',
      full(131072, 65536, 65530),
    )
    expect(adviceOf(log, 'exhausted')).toMatch(/swiotlb=131072 \(256 MiB\)/)
    expect(adviceOf(log, 'exhausted')).toMatch(risk)
  })

  test('it is said where the kernel is not known', () => {
    expect(adviceOf(full(4096, 32768, 32768), 'exhausted')).toMatch(/one before 6\.3 makes none/)
  })

  test('a pool of which nothing tells how full it was is none to shrink', () => {
    const counters = 'io_tlb_nslabs:32768\nio_tlb_used:12\nio_tlb_used_hiwater:20'
    const old = 'bcm2835-dma fe00700.dma: swiotlb buffer is full (sz: 1536 bytes)'
    expect(explain(text(old, counters)).findings.map(({ cause }) => cause)).not.toContain(
      'oversized',
    )
  })
})

describe('the count comes after the search', () => {
  test('how many mappings must have come back in between, and what random ones leave free', () => {
    expect(givenBackSince(1024, 262144, 7)).toBe(1)
    expect(givenBackSince(32768, 262144, 12)).toBe(244)
    // A mapping of a segment frees 64 places for a page at once.
    expect(givenBackSince(1024, 4096, 10)).toBe(8)
    expect(givenBackSince(1024, 4096, 512)).toBe(0)
    expect(freeBySpread(32768, 131072, 600)).toBeCloseTo(512 * (1 - 600 / 32768) ** 64)
  })

  test.each([
    ['one slot of half a million', 2048, 524288, 524287, 'exhausted', false],
    ['none', 2048, 524288, 524288, 'exhausted', true],
    ['the last place of eight', 262144, 1024, 7, 'misaligned', false],
    ['a place more than half', 262144, 32768, 129, 'misaligned', false],
    ['half of the places', 262144, 32768, 128, 'misaligned', true],
    ['as many used as places, next to nothing in use', 131072, 32768, 600, 'misaligned', false],
    ['a count just below them', 131072, 32768, 511, 'misaligned', false],
  ] as const)('%s', (_, bytes, total, used, cause, certain) => {
    const [finding] = explain(full(bytes, total, used)).findings
    expect(finding).toMatchObject({ cause, certain })
  })

  test('a border tells of both possibilities, and of no size', () => {
    for (const used of [511, 600]) {
      const log = full(131072, 32768, used)
      expect(adviceOf(log, 'misaligned')).toMatch(/until this is seen again/)
      expect(adviceOf(log, 'misaligned')).not.toMatch(/does not help: |there was room/)
      expect(words(log)).toMatch(/most likely not at the alignment.*a moment before: the kernel/)
      expect(named(log)).toEqual([])
    }
  })

  test('of several lines of one device one that was full makes it certain', () => {
    const lines = [32768, 32761, 32755].map((used) => full(1522, 32768, used))
    expect(explain(lines.join('\n')).findings[0]).toMatchObject({
      ...{ cause: 'exhausted', certain: true, usedSlots: 32768, lines: [1, 2, 3] },
    })
    expect(explain(lines.slice(1).join('\n')).findings).toMatchObject([
      { cause: 'exhausted', certain: false, usedSlots: 32761 },
    ])
  })
})

describe('first what works now', () => {
  test.each([
    ['exhausted', full(4096, 32768, 32768)],
    ['fragmented', full(262144, 32768, 28249)],
    ['nearly-full', 'io_tlb_nslabs:32768\nio_tlb_used:31000\nio_tlb_used_hiwater:31000'],
  ])('%s: a look without Node, then less load, and a reboot last', (cause, log) => {
    const advice = explain(log).findings.find((one) => one.cause === cause)?.advice ?? []
    expect(advice[0]).toMatch(/^First see whether it is a leak: (as root, `grep|read the counters)/)
    expect(advice[1]).toMatch(/without a reboot: .*max_sectors_kb.*ethtool/)
    expect(advice[2]).toMatch(/more slots.*swiotlb=65536/i)
  })

  test('kernels before 5.1 have no counters to look at', () => {
    const log = text(
      'Linux version 4.19.63-v8',
      '[    1.5] x 1-1: swiotlb buffer is full (sz: 4096 bytes), total 32768 (slots), used 32768 (slots)',
    )
    expect(adviceOf(log, 'exhausted')).toMatch(/before 5\.1 have no counter/)
    expect(adviceOf(log, 'exhausted')).not.toMatch(/grep \. /)
  })

  test('too large: not the pool, then what an operator can do, then the driver', () => {
    const [disk] = explain(full(524288, 32768, 4)).findings
    expect(disk?.advice[0]).toMatch(/^No swiotlb= for this/)
    expect(disk?.advice[1]).toMatch(/max_sectors_kb/)
    expect(disk?.advice[2]).toMatch(/^In the driver of/)
  })

  test.each([
    ['a card', 'virtio-pci 0000:00:05.0', /If it is a disk, or one hangs on it, .*max_sectors_kb/],
    ['what disks hang on', 'xhci_hcd 0000:00:14.0', /If it is a disk, or one hangs on it, /],
    ['none that is named', '(NULL device *)', /If it is a disk, or one hangs on it, /],
    ['disks', 'vmw_pvscsi 0000:03:00.0', /For a disk or a card, now .*max_segment_size/],
    ['a card reader', 'sdhci-pci 0000:00:1a.0', /For a disk or a card, now .*max_req_size/],
  ])('too large for %s: what is known of disks', (_, device, advice) => {
    expect(adviceOf(full(524288, 32768, 4, device), 'too-large')).toMatch(advice)
    expect(adviceOf(full(524288, 32768, 4, device), 'too-large')).not.toMatch(/No setting of the m/)
  })

  test.each([['vc4-drm gpu'], ['i915 0000:00:02.0'], ['amdgpu 0000:03:00.0']])(
    'too large for %s: no disk, and no setting',
    (device) => {
      const advice = adviceOf(full(524288, 32768, 4, device), 'too-large')
      expect(advice).toMatch(/No setting of the machine/)
      expect(advice).not.toMatch(/disk/)
    },
  )

  test('a full pool of small mappings is a possible leak, a trend a likely one', () => {
    expect(words(full(66, 256, 256, 'virtio-pci 0000:00:06.0'))).toMatch(
      /leak \(possible\): slots are perhaps .*so does a load of small mappings/,
    )
    expect(explain(full(66, 256, 256, 'virtio-pci 0000:00:06.0')).findings).toMatchObject([
      { cause: 'exhausted', certain: true, possible: false },
      { cause: 'leak', certain: false, possible: true },
    ])
    const trend = [31000, 31400, 31983].map(
      (used, i) => `[${i * 1000}.5] ${full(3776, 32768, used, 'mt7615e 0000:01:00.0')}`,
    )
    expect(words(trend.join('\n'))).toMatch(/leak \(likely\): slots are not given back/)
    expect(explain(trend.join('\n')).findings.at(-1)).toMatchObject({
      ...{ cause: 'leak', certain: false, possible: false },
    })
  })

  test('lines that two findings are told from are shown once', () => {
    const shown = words(full(4096, 1024, 1024))
    expect(shown.match(/1 \| nvme/g)).toHaveLength(1)
    expect(shown).toMatch(/told from the lines of 1/)
  })
})
