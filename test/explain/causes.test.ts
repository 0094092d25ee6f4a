// Each cause from the evidence that it needs, and not from less.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { placesFor, verdictOf } from '../../lib/explain/arithmetic.js'
import { diagnose, explain } from '../../lib/explain/explain.js'
import { explainText } from '../../lib/report/text/explain.js'
import { full } from './logs.js'

const causesOf = (text: string): string[] => explain(text).findings.map(({ cause }) => cause)
const said = (text: string): string => JSON.stringify(explain(text))

describe('the arithmetic of places', () => {
  test('disjoint places, within segments, at pages for requests of a page and more', () => {
    expect(placesFor(32768, 262144)).toBe(256)
    expect(placesFor(32768, 2048)).toBe(32768)
    // 3 slots begin at every second slot: 32 of them in a segment.
    expect(placesFor(32768, 6144)).toBe(256 * 32)
    // Less than a page may begin anywhere.
    expect(placesFor(32768, 4000)).toBe(256 * 64)
    // A restricted pool may end within a segment.
    expect(placesFor(1000, 262144)).toBe(7)
    expect(placesFor(1000, 4096)).toBe(7 * 64 + 52)
  })

  // The proof of it: with one used slot fewer than places no pattern can spoil them all, and with as many
  // one can, so the figure is neither too high nor too low.
  test.each([2, 4, 7, 16, 64, 128])(
    '%i slots: as many used slots as places can spoil all',
    (needed) => {
      const bytes = needed * 2048
      const total = 512
      const places = placesFor(total, bytes)
      const step = needed + (needed % 2)
      const used = new Set<number>()
      for (let segment = 0; segment < total / 128; segment++) {
        for (let place = 0; place < Math.floor(128 / step); place++) {
          used.add(segment * 128 + place * step + needed - 1)
        }
      }
      expect(used.size).toBe(places)
      const free = (slots: ReadonlySet<number>): boolean => {
        for (let slot = 0; slot < total; slot += 2) {
          if ((slot % 128) + needed > 128) continue
          if (Array.from({ length: needed }, (_, i) => slot + i).every((one) => !slots.has(one)))
            return true
        }
        return false
      }
      // One of them given back: its place is free.
      const [first] = used
      expect(free(new Set([...used].filter((one) => one !== first)))).toBe(true)
      if (128 % step === 0 && needed % 2 === 0) expect(free(used)).toBe(false)
      expect(verdictOf(bytes, total, places - 1)).toBe('misaligned')
      // Half of the pool, at least, is in use where that is taken for likely.
      const half = Math.max(places, total / 2)
      expect(verdictOf(bytes, total, half)).toBe('fragmented')
    },
  )

  test.each([
    [262144, 32768, 0, 'misaligned'],
    [262144, 32768, 255, 'misaligned'],
    [262144, 32768, 256, 'misaligned'],
    [262144, 32768, 1300, 'misaligned'],
    [262144, 32768, 1500, 'fragmented'],
    [2048, 524288, 524287, 'exhausted'],
    [2048, 524288, 471860, 'exhausted'],
    [2048, 524288, 471859, 'misaligned'],
    [4096, 32768, 16384, 'fragmented'],
    [262144, 32768, 32641, 'exhausted'],
    [262145, 32768, 0, 'too-large'],
    [4096, 0, 0, 'no-pool'],
    [4096, 32768, 32767, 'exhausted'],
    [4096, 1024, 1025, 'counter-bug'],
    [4096, null, null, 'unknown'],
    [null, 32768, 5, 'unknown'],
  ] as const)('%s bytes, %s slots, %s used: %s', (bytes, total, used, verdict) => {
    expect(verdictOf(bytes, total, used)).toBe(verdict)
  })
})

describe('failed mappings', () => {
  test('too large, and apart from that the pool is nearly full', () => {
    const text = full(2097152, 524288, 515875, '[ 5.5] ')
    const { findings } = explain(text)
    expect(findings).toMatchObject([
      { cause: 'too-large', certain: true, neededSlots: 1024 },
      { cause: 'exhausted', certain: false, freeSlots: 8413 },
    ])
    expect(findings[1]?.advice.join()).toMatch(/First the size of the mapping/)
    expect(causesOf(full(2097152, 524288, 400000))).toEqual(['too-large'])
    expect(explain(full(2097152, 524288, 524200)).findings[1]).toMatchObject({ certain: true })
  })

  test('nearly full is each pool by its own size, whichever the device met last', () => {
    const small = full(524288, 65536, 60000, 'a 1-1')
    const large = full(524288, 131072, 62000, 'a 1-1')
    for (const text of [`${small}\n${large}`, `${large}\n${small}`]) {
      const [, finding] = diagnose(text).findings
      expect(finding).toMatchObject({
        ...{ cause: 'exhausted', totalSlots: 65536, usedSlots: 60000, freeSlots: 5536 },
        ...{ failuresAtLeast: 1, certain: false },
      })
      expect(finding?.reasons.join()).toMatch(/of 65536 slots .*: 91\.6 % in use, 5536 slots free/)
      expect(finding?.advice.join()).toMatch(/swiotlb=262144 /)
    }
    // The fullest by its share, and not by its slots.
    const fuller = `${full(524288, 131072, 118000, 'a 1-1')}\n${full(524288, 1024, 1000, 'a 1-1')}`
    expect(explain(fuller).findings[1]).toMatchObject({ totalSlots: 1024, freeSlots: 24 })
    expect(causesOf(large)).toEqual(['too-large'])
  })

  test('nearly full, and what filled the pool came back', () => {
    const [, finding] = diagnose(
      `${full(524288, 65536, 60000)}\n${full(524288, 65536, 12)}`,
    ).findings
    expect(finding?.reasons.join()).toMatch(/was given back: 60000 were in use at line 1, and 12/)
    expect(finding?.unknown).toEqual([])
  })

  test('a size with padding may be of a driver that asked for no more than is allowed', () => {
    expect(said(full(266240, 32768, 5))).toMatch(/252 KiB/)
    expect(said(full(393216, 32768, 5))).not.toMatch(/252 KiB/)
  })

  test('misaligned: no pool size is advised', () => {
    const { findings } = explain(full(262144, 32768, 12))
    expect(findings).toMatchObject([{ cause: 'misaligned', certain: true, freeSlots: 32756 }])
    expect(findings[0]?.advice.join()).toMatch(/A larger pool does not help/)
    expect(findings[0]?.advice.join()).not.toMatch(/swiotlb=/)
  })

  test('between the two: enough in use to spoil every place, and not spread as that would take', () => {
    for (const used of [9000, 12000]) {
      expect(explain(full(6144, 32768, used)).findings).toMatchObject([
        { cause: 'misaligned', certain: false },
      ])
    }
    // Half of it.
    expect(explain(full(6144, 32768, 16384)).findings).toMatchObject([
      { cause: 'fragmented', certain: true },
    ])
  })

  test('each device has its own finding, whatever pools it met', () => {
    const text = [
      full(524288, 32768, 1, 'a 1-1'),
      full(524288, 32768, 2, 'b 1-2'),
      full(524288, 65536, 3, 'a 1-1'),
      full(1048576, 32768, 4, 'a 1-1'),
    ].join('\n')
    expect(
      explain(text).findings.map(({ device, totalSlots, lines }) => [device, totalSlots, lines]),
    ).toEqual([
      ['a 1-1', 32768, [1, 3, 4]],
      ['b 1-2', 32768, [2]],
    ])
    expect(diagnose(text).findings[0]?.reasons.join()).toMatch(
      /failed in pools of 2 sizes, from 32768 to 65536 slots/,
    )
  })

  test('a count below 0 in the line itself', () => {
    const { findings } = explain(full(4096, 32768, 18446744073709551613n))
    expect(findings).toMatchObject([
      { cause: 'counter-bug', certain: true, usedSlots: null, freeSlots: null },
    ])
  })

  test('more used than there are', () => {
    expect(explain(full(4096, 1024, 1030)).findings).toMatchObject([
      { cause: 'counter-bug', certain: false, freeSlots: null },
    ])
  })
})

describe('leaks', () => {
  const at = (uptime: number, used: number): string =>
    `[${uptime.toFixed(6)}] ${full(3776, 32768, used, 'mt7615e 0000:01:00.0')}`

  test('use that only grows from line to line, over more than a burst', () => {
    const text = [at(1582.1, 31000), at(2582.2, 31400), at(3582.3, 31983)].join('\n')
    expect(explain(text).findings).toMatchObject([
      { cause: 'fragmented' },
      { cause: 'leak', certain: false },
    ])
  })

  test('a burst, use that falls, two lines, or large requests are none', () => {
    expect(causesOf([at(1.1, 31000), at(1.2, 31400), at(1.3, 31983)].join('\n'))).toEqual([
      'fragmented',
    ])
    expect(causesOf([at(1, 31000), at(1000, 31900), at(2000, 31400)].join('\n'))).toEqual([
      'fragmented',
    ])
    expect(causesOf([at(1, 31000), at(1000, 31900)].join('\n'))).toEqual(['fragmented'])
    const large = [29000, 30000, 31000].map(
      (used, i) => `[${i * 1000}.5] ${full(262144, 32768, used)}`,
    )
    expect(causesOf(large.join('\n'))).toEqual(['fragmented'])
  })

  const GIVEN_BACK = /65536 were in use at line 1, and 12 slots later, at line (2|3)/

  test.each([
    ['a line with less in use', full(524288, 65536, 12, 'mlx5_core 0000:00:06.0')],
    ['counters with less in use', 'io_tlb_nslabs:65536\nio_tlb_used:12'],
  ])('none where it came back, by %s', (_, later) => {
    const { findings } = diagnose(
      `${full(4096, 65536, 65536, 'virtio-pci 0000:00:05.0')}\n${later}`,
    )
    const exhausted = findings.find(({ cause }) => cause === 'exhausted')
    expect(findings.map(({ cause }) => cause)).not.toContain('leak')
    expect(exhausted?.reasons.join()).toMatch(GIVEN_BACK)
    expect(exhausted?.advice.join()).not.toMatch(/leak/)
    expect(exhausted?.unknown.join()).not.toMatch(/given back/)
  })

  test('another pool, another boot and a fall by less are no proof', () => {
    const line = `[  100.5] ${full(4096, 65536, 65536)}`
    for (const later of [
      full(524288, 1024, 12, 'restricted 1-1'),
      `[    0.0] Linux version 6.12.0 (a@b)\n[    1.0] ${full(524288, 65536, 12)}`,
    ]) {
      expect(causesOf(`${line}\n${later}`)).toContain('leak')
    }
    const { findings } = diagnose(`${line}\n${full(524288, 65536, 40000)}`)
    const leak = findings.find(({ cause }) => cause === 'leak')
    expect(leak?.reasons.join()).toMatch(/At most 40000 slots can be it/)
  })

  const BOOT = '[    0.0] Linux version 6.12.0 (a@b)'
  const bootThatFills = (second: number): string =>
    `${BOOT}\n[  ${second}.5] ${full(4096, 65536, 65536, 'a 1-1')}`
  const bootThatGivesBack = (second: number): string =>
    `${bootThatFills(second)}\n[  ${second + 50}.5] ${full(524288, 65536, 12, 'a 1-1')}`

  test.each([
    ['the first', [bootThatGivesBack(100), bootThatFills(300)], 5],
    ['the last', [bootThatFills(300), bootThatGivesBack(100)], 2],
  ])('what came back in another boot, %s, hides none', (_, boots, line) => {
    const { findings } = diagnose(boots.join('\n'))
    const of = (cause: string) => findings.find((one) => one.cause === cause)
    expect(of('leak')).toMatchObject({ lines: [line], totalSlots: 65536 })
    expect(of('exhausted')?.advice.join()).toMatch(/First see whether it is a leak/)
    expect(of('exhausted')?.reasons.join()).not.toMatch(/given back/)
  })

  test('none where it came back in each boot', () => {
    const { findings } = diagnose([bootThatGivesBack(100), bootThatGivesBack(300)].join('\n'))
    expect(findings.map(({ cause }) => cause)).toEqual(['too-large', 'exhausted'])
    expect(findings[1]?.reasons.join()).toMatch(/What filled the pool was given back/)
  })

  test('a read-out without io_tlb_used tells of no use', () => {
    const marked = 'io_tlb_nslabs:1024\nio_tlb_used_hiwater:1024\n'
    const [finding] = diagnose(`${marked}io_tlb_nslabs:1024\nio_tlb_used:12`).findings
    expect(finding).toMatchObject({ cause: 'exhausted', lines: [1, 2] })
    expect(finding?.reasons.join()).not.toMatch(/next to all|given back/)
    const grows = [100, 125, 150].map((used) => `io_tlb_nslabs:1024\nio_tlb_used:${used}\n`)
    expect(causesOf(marked + grows.join(''))).toContain('leak')
  })

  test('a mark that is full, and little in use now, is a load', () => {
    const [finding] = diagnose(
      'io_tlb_nslabs:1024\nio_tlb_used:3\nio_tlb_used_hiwater:1024',
    ).findings
    expect(finding).toMatchObject({ cause: 'exhausted', certain: false })
    expect(finding?.reasons.join()).toMatch(/at most 1024 were in use, and 3 slots when/)
    expect(finding?.advice.join()).not.toMatch(/leak/)
  })

  test('several causes are listed first, and what to do is said once', () => {
    const text = ['a 1-1', 'b 1-2', 'c 1-3'].map((one) => full(4096, 1024, 1024, one)).join('\n')
    const words = explainText(diagnose(text)).replace(/\s+/g, ' ')
    expect(words).toMatch(
      /^4 causes, in the order .*: 1\. exhausted, certain: the pool is full \(a 1-1\) .* 4\. leak, possible: slots/,
    )
    expect(words.match(/First see whether it is a leak/g)).toHaveLength(1)
    // What is left must not lean on what is not said again.
    expect(words).not.toMatch(/\(below\)|If it is none|Whether they are/)
    expect(words).toMatch(/- If it is no leak, more slots: swiotlb=2048 /)
    expect(words.match(/Who holds the slots: `devices`/g)).toHaveLength(1)
    expect(explainText(diagnose(full(4096, 1024, 1000)))).toMatch(/^1\. /)
  })

  test('nobody is named as its cause: who asked need not hold the slots', () => {
    const text = ['a 1-1', 'b 1-2'].map((device) => full(4096, 1024, 1024, device)).join('\n')
    const leaks = diagnose(text).findings.filter(({ cause }) => cause === 'leak')
    expect(leaks).toMatchObject([{ device: null, lines: [1, 2] }])
    expect(leaks[0]?.reasons.join()).toMatch(/need not be it: a 1-1, b 1-2/)
    expect(JSON.stringify(leaks)).not.toMatch(/driver of [ab] /)
  })

  test('a loop of a shell', () => {
    const text =
      '# while sleep 60; do cat /sys/kernel/debug/swiotlb/io_tlb_used; done\n100\n125\n150\n^C'
    expect(explain(text).findings).toMatchObject([
      { cause: 'leak', usedSlots: 150, lines: [2, 3, 4] },
    ])
  })

  test('read-outs that only grow', () => {
    const reading = (used: number): string => `io_tlb_nslabs:32768\nio_tlb_used:${used}\n`
    const grows = [100, 125, 150, 175].map(reading).join('')
    expect(explain(grows).findings).toMatchObject([
      {
        cause: 'leak',
        certain: false,
        totalSlots: 32768,
        usedSlots: 175,
        freeSlots: 32593,
        lines: [1, 2, 3, 4, 5, 6, 7, 8],
      },
    ])
    expect(causesOf([100, 125, 110, 175].map(reading).join(''))).toEqual([])
    // Two do not tell a leak from a load.
    expect(causesOf([100, 125].map(reading).join(''))).toEqual(['grows'])
    expect(causesOf([125, 100].map(reading).join(''))).toEqual([])
  })
})

describe('a pool that grows', () => {
  const grown = (stamped: boolean, version = '6.12.0'): string =>
    [
      `[    0.0] Linux version ${version} (a@b)`,
      ...[32768, 65536, 131072].map((total, i) => {
        const stamp = stamped ? `[  ${i + 1}00.000000] ` : ''
        return stamp + full(4096, total, total)
      }),
    ].join('\n')

  test('is one finding for each cause, and the advice is for what it grew to', () => {
    const { findings, warnings } = diagnose(grown(true))
    expect(findings.map(({ cause, totalSlots }) => [cause, totalSlots])).toEqual([
      ['exhausted', 131072],
      ['leak', 131072],
    ])
    expect(JSON.stringify(findings).match(/swiotlb=\d+/g)).toEqual(['swiotlb=262144'])
    expect(findings[0]?.reasons.join()).toMatch(/grew from 32768 to 131072 slots/)
    expect(warnings.join()).toMatch(/lines 2, 3, 4: the pool grew from .*this kernel lets it grow/)
  })

  test('what another device failed in meanwhile is the same pool', () => {
    const other = `[  350.000000] ${full(262144, 65536, 60000, 'b 1-2')}`
    const advice = diagnose(`${grown(true)}\n${other}`).findings.flatMap((one) => one.advice)
    expect(advice.join().match(/swiotlb=\d+/g)).toEqual(['swiotlb=262144', 'swiotlb=262144'])
  })

  test('without stamps it may be several boots, and before 6.6 no pool grows', () => {
    expect(said(grown(false))).toMatch(/lets it grow .* or the lines are of several boots/)
    expect(said(grown(true, '6.1.0'))).not.toMatch(/grew/)
  })

  test('counters show it, too', () => {
    const read = (total: number): string => `io_tlb_nslabs:${total}\nio_tlb_used:${total}\n`
    const { findings, warnings } = diagnose([1024, 2048, 4096].map(read).join(''))
    expect(findings.map(({ cause }) => cause)).toEqual(['exhausted', 'leak'])
    expect(findings[0]?.advice.join()).toMatch(/swiotlb=8192 /)
    expect(warnings.join()).toMatch(/the pool grew from 1024 to 4096 slots/)
  })
})

describe('counters that were asked for', () => {
  const counters = (used: number, mark = 32760): string =>
    `/sys/kernel/debug/swiotlb/io_tlb_nslabs:32768\n/sys/kernel/debug/swiotlb/io_tlb_used:${used}\n` +
    `/sys/kernel/debug/swiotlb/io_tlb_used_hiwater:${mark}\n`
  const LINE = `[  812.337] ${full(262144, 32768, 32701)}\n`

  test('nearly full, and full at one time', () => {
    const { findings } = diagnose(counters(31000))
    expect(findings).toMatchObject([
      { cause: 'nearly-full', certain: true, usedSlots: 31000, freeSlots: 1768 },
    ])
    expect(findings[0]?.reasons.join(' ')).toMatch(
      /31000 of 32768 slots \(94\.6 %\).*32760 of 32768 slots \(99\.98 %\).*full but for 8 slots.*256 KiB would have failed/,
    )
    expect(causesOf(counters(20000, 20001))).toEqual([])
    expect(causesOf(counters(29491, 29491))).toEqual([])
    expect(causesOf(counters(29492, 29492))).toEqual(['nearly-full'])
  })

  test('how much was left is that of the mark', () => {
    const words = (used: number, mark: number): string | undefined =>
      diagnose(counters(used, mark)).findings[0]?.reasons.join(' ')
    expect(words(31000, 32000)).toMatch(/nearly full, with 768 slots left\.$/)
    // The mark was set to 0 since.
    expect(words(32700, 32000)).toMatch(/nearly full, with 768 slots left\. A mapping/)
  })

  test('a mark of 0 is no most, where it is not kept', () => {
    expect(said(counters(500, 0))).toMatch(/500 of 32768 slots in use \(1.5 %\)"/)
    expect(said(counters(500, 400))).not.toMatch(/at most 400/)
  })

  test('counters of another pool and of another boot are not compared', () => {
    const other = counters(30000).replaceAll('io_tlb', 'restricted@80000000/io_tlb')
    const moment = /the counters tell of one moment \(line \d+: 31000 of 32768 slots/
    expect(said(counters(31000) + other)).toMatch(moment)
    expect(said(`${LINE}${other}${counters(31000)}`)).toMatch(moment)
    const boot = '[    0.000000] Linux version 6.12.1 (a@b) #1 SMP\n'
    const two = said(`${boot}${LINE}${counters(31000)}${boot}${counters(500, 600)}`)
    expect(two).toMatch(moment)
    expect(two).not.toMatch(/the counters went/)
    expect(said(counters(31000) + counters(31200))).toMatch(/the counters went from 31000/)
  })

  test('two read-outs: it grows, until when, and that two are too few for a leak', () => {
    const { findings } = diagnose(counters(31000) + counters(31200))
    expect(findings.map(({ cause }) => cause)).toEqual(['nearly-full', 'grows'])
    expect(findings[1]?.reasons.join()).toMatch(
      /from 31000 to 31200 slots, by 200.*after 7 more such times/,
    )
    expect(findings[1]?.unknown.join()).toMatch(/two read-outs do not tell/)
  })

  test('beside a line of the log they are used, and not asked for again', () => {
    const alone = said(LINE)
    expect(alone).toMatch(/grep \. /)
    for (const text of [LINE + counters(31000), LINE + counters(31000) + counters(31200)]) {
      expect(causesOf(text).slice(0, 2)).toEqual(['exhausted', 'nearly-full'])
      expect(said(text)).not.toMatch(/grep \. |dmesg \| grep "swiotlb buffer/)
      expect(said(text)).toMatch(/31000 of 32768 slots/)
    }
    expect(said(LINE + counters(500, 600))).toMatch(
      /the counters: 500 of 32768 slots in use \(1.5 %\), at most 600/,
    )
  })

  test('what tells more is named, and the leak comes before a larger pool', () => {
    const [finding] = explain(LINE).findings
    const words = [...(finding?.advice ?? []), ...(finding?.unknown ?? [])].join(' ')
    for (const verb of ['watch', 'size', 'capture', 'devices']) {
      expect(words).toContain(`\`${verb}\``)
    }
    expect(words.indexOf('leak')).toBeLessThan(words.indexOf('more slots'))
  })

  test.each([
    ['Operation not permitted', /locked down/],
    ['Permission denied', /takes root/],
    ['No such file or directory', /not mounted/],
  ])('that they could not be read: %s', (why, words) => {
    const text = `grep: /sys/kernel/debug/swiotlb/io_tlb_used: ${why}\n`
    expect(causesOf(text)).toEqual([])
    expect(explain(text).warnings.join()).toMatch(words)
  })
})

describe('boots', () => {
  const read = (...lines: string[]): string => explain(lines.join('\n')).warnings.join()
  const SIZED = 'software IO TLB: SWIOTLB bounce buffer size roundup to 64MB'
  const NEW = 'Linux version 6.12.0 (a@b)'

  test('a clock that another takes over, and a late line, begin none', () => {
    const boot = [
      `[    0.044000] ${NEW}`,
      `[    0.001200] ${SIZED}`,
      '[    0.784000] Memory: 1K/2K',
    ]
    expect(read(...boot, '[    0.000000] software IO TLB: area num 2.')).not.toMatch(/boots/)
    expect(
      read(...boot, '[    9.1] a b', '[    0.000000] software IO TLB: area num 2.', '[    9.2] c'),
    ).not.toMatch(/boots/)
  })

  test('nor do the lines of a CPU whose clock does not run yet', () => {
    const late = '[    0.000000] calibrate_delay_direct() dropping max bogoMips estimate 2 = 4'
    const boot = ['[    1.046920] .... node  #0, CPUs:      #1', late, late]
    expect(read(...boot, '[    1.2] smp: Brought up 1 node')).not.toMatch(/boots/)
    expect(read(...boot, '[    0.004] Calibrating delay loop', `[    0.1] ${SIZED}`)).toMatch(
      /2 boots/,
    )
  })

  const captures = join(__dirname, '../data/captures')
  test.each(
    readdirSync(captures).filter((name) => existsSync(join(captures, name, 'dmesg.txt.gz'))),
  )('the log of %s is of one', (name) => {
    const log = gunzipSync(readFileSync(join(captures, name, 'dmesg.txt.gz'))).toString()
    expect(log.match(/Linux version/g)).toHaveLength(1)
    expect(read(log)).not.toMatch(/boots/)
  })

  test('stamps that fall, and a boot that says so, begin one', () => {
    expect(read(`[    9.5] ${SIZED}`, `[    0.1] ${SIZED}`)).toMatch(/2 boots/)
    expect(read(`[    0.5] ${SIZED}`, `[    0.000000] ${NEW}`, `[    0.1] ${SIZED}`)).toMatch(
      /2 boots/,
    )
  })
})

test('a pool that is smaller than it was rounded up to is reduced, without the line that says so', () => {
  const text = [
    '[    0.1] software IO TLB: area num 16.',
    '[    0.1] software IO TLB: SWIOTLB bounce buffer size roundup to 1024MB',
    '[    0.2] software IO TLB: mapped [mem 0x0000000077fd8000-0x000000007bfd8000] (64MB)',
  ].join('\n')
  expect(explain(text).findings).toMatchObject([
    { cause: 'reduced', certain: true, totalSlots: 32768 },
  ])
  expect(causesOf(text.replace('1024MB', '64MB'))).toEqual([])
})

describe('counters of debugfs', () => {
  const PATH = '/sys/kernel/debug/swiotlb'
  const same: readonly (readonly [name: string, text: string])[] = [
    [
      'grep .',
      `${PATH}/io_tlb_nslabs:524288\n${PATH}/io_tlb_used:184\n${PATH}/io_tlb_used_hiwater:1291`,
    ],
    ['names and numbers', 'io_tlb_nslabs 524288\nio_tlb_used 184\nio_tlb_used_hiwater 1291'],
    ['equals signs', 'io_tlb_nslabs=524288 io_tlb_used=184 io_tlb_used_hiwater=1291'],
    ['colons', '- io_tlb_nslabs: 524288\n- io_tlb_used: 184\n- io_tlb_used_hiwater: 1291'],
    ['short names', 'nslabs: 524288, used: 184, hiwater: 1291'],
    [
      'head',
      `==> ${PATH}/io_tlb_nslabs <==\n524288\n\n==> ${PATH}/io_tlb_used <==\n184\n\n==> ${PATH}/io_tlb_used_hiwater <==\n1291`,
    ],
    [
      'cat, one after the other',
      `# cat ${PATH}/io_tlb_nslabs\n524288\n# cat ${PATH}/io_tlb_used\n184\n# cat ${PATH}/io_tlb_used_hiwater\n1291`,
    ],
    ['cat of all', `root@vm:~# cat ${PATH}/*\n524288\n184\n1291\nroot@vm:~#`],
    ['cat of all, to the end', `$ sudo cat ${PATH}/io_tlb_*\n524288\n184\n1291`],
    [
      'cat of several',
      `# cat ${PATH}/io_tlb_used ${PATH}/io_tlb_nslabs ${PATH}/io_tlb_used_hiwater\n184\n524288\n1291`,
    ],
    [
      'a table of Markdown',
      '| io_tlb_nslabs | 524288 |\n| io_tlb_used | 184 |\n| io_tlb_used_hiwater | 1291 |',
    ],
    [
      'quoted in mail',
      `> ${PATH}/io_tlb_nslabs:524288\n> ${PATH}/io_tlb_used:184\n> ${PATH}/io_tlb_used_hiwater:1291`,
    ],
    ['JSON', '{"io_tlb_nslabs": 524288, "io_tlb_used": 184, "io_tlb_used_hiwater": 1291}'],
  ]

  test.each(same)('%s', (_, text) => {
    const { findings, pools } = explain(text)
    expect(findings).toMatchObject([
      {
        cause: 'oversized',
        certain: true,
        totalSlots: 524288,
        usedSlots: 184,
        requestBytes: null,
        failuresAtLeast: null,
      },
    ])
    expect(findings[0]?.advice.join()).toMatch(/swiotlb=4096 \(8 MiB\)/)
    expect(pools).toMatchObject([{ host: null, slots: 524288, bytes: 2 ** 30, areas: null }])
  })

  test('the size of the pool may stand in a message of the boot', () => {
    const boot = '[    0.1] software IO TLB: mapped [mem 0x80000000-0x84000000] (64MB)'
    expect(
      explain(`${boot}\nio_tlb_used is 0 and io_tlb_used_hiwater is 4 (8 KiB)`).findings,
    ).toMatchObject([{ cause: 'oversized', totalSlots: 32768, usedSlots: 0 }])
    expect(causesOf('io_tlb_used is 0 and io_tlb_used_hiwater is 4 (8 KiB)')).toEqual([])
  })

  test('every slot in use, now or at one time', () => {
    expect(
      explain('io_tlb_nslabs:1024\nio_tlb_used:1024\nio_tlb_used_hiwater:1024').findings,
    ).toMatchObject([{ cause: 'exhausted', certain: true, freeSlots: 0, failuresAtLeast: null }])
    expect(
      explain('io_tlb_nslabs:1024\nio_tlb_used:12\nio_tlb_used_hiwater:1024').findings,
    ).toMatchObject([{ cause: 'exhausted', certain: false, freeSlots: 1012 }])
  })

  test('a pool that is not far above its mark is none to shrink', () => {
    expect(causesOf('io_tlb_nslabs:32768\nio_tlb_used:12\nio_tlb_used_hiwater:20000')).toEqual([])
    expect(causesOf('io_tlb_nslabs:32768\nio_tlb_used:12\nio_tlb_used_hiwater:8193')).toEqual([])
    expect(causesOf('io_tlb_nslabs:512\nio_tlb_used:0\nio_tlb_used_hiwater:4')).toEqual([])
  })

  test('nor one in which a mapping failed for want of slots', () => {
    const text = `io_tlb_nslabs:32768\nio_tlb_used:12\nio_tlb_used_hiwater:20\n${full(4096, 32768, 32768)}`
    expect(causesOf(text)).not.toContain('oversized')
  })

  test('a mark of 0 while something is in use: not kept, or set to 0', () => {
    const text = 'io_tlb_nslabs:32768\nio_tlb_used:184\nio_tlb_used_hiwater:0'
    expect(explain(text).findings).toMatchObject([
      { cause: 'not-tracked', certain: false, usedSlots: 184 },
    ])
    const known = `Linux version 7.3.0-1-amd64 (gcc)\nKernel command line: quiet swiotlb=65536,8,force\n${text}`
    expect(explain(known).findings).toMatchObject([{ cause: 'not-tracked', certain: true }])
    const tracked = known.replace('force', 'force,track_hiwater')
    expect(explain(tracked).findings).toMatchObject([{ cause: 'not-tracked', certain: false }])
  })

  test('both 0: nothing yet, or not kept; no finding', () => {
    const { findings, warnings } = explain(
      'io_tlb_nslabs:32768\nio_tlb_used:0\nio_tlb_used_hiwater:0',
    )
    expect(findings).toEqual([])
    expect(warnings.join()).toMatch(/track_hiwater/)
  })

  test('a mark above the pool is a fault of the counter, unless the pool may grow', () => {
    const text = 'io_tlb_nslabs:1024\nio_tlb_used:1024\nio_tlb_used_hiwater:1025\n'
    expect(explain(text).findings).toMatchObject([
      { cause: 'counter-bug', certain: true, totalSlots: 1024 },
    ])
    expect(explain('io_tlb_nslabs:1024\nio_tlb_used:1025').findings).toMatchObject([
      { cause: 'counter-bug', certain: false },
    ])
    const grows = explain(`${text}io_tlb_transient_nslabs:0`)
    expect(grows.findings).toEqual([])
    expect(grows.warnings.join()).toMatch(/lets grow/)
  })

  test.each(['18446744073709551615', '18446744073709551360', '4294967295'])('%s', (value) => {
    expect(explain(`io_tlb_used: ${value}`).findings).toMatchObject([
      { cause: 'counter-bug', certain: true },
    ])
  })

  test('a restricted pool is one of its own', () => {
    const text = ['', 'wifi_pool/'].flatMap((pool) => [
      `${PATH}/${pool}io_tlb_nslabs:32768`,
      `${PATH}/${pool}io_tlb_used:100`,
    ])
    expect(explain(text.join('\n')).pools).toHaveLength(1)
    const other = explain(
      text.join('\n').replace('wifi_pool/io_tlb_nslabs:32768', 'wifi_pool/io_tlb_nslabs:1000'),
    )
    expect(other.pools.map(({ slots }) => slots)).toEqual([32768, 1000])
  })
})

describe('boot', () => {
  test.each([
    ['5.0 and later', 'software IO TLB: mapped [mem 0x00000000bbfff000-0x00000000bffff000] (64MB)'],
    ['before 5.0', 'software IO TLB [mem 0xbbfff000-0xbffff000] (64MB) mapped at [ffff88-ffff89]'],
    [
      '3.x, with an inclusive end',
      'software IO TLB [mem 0xbbfff000-0xbfffefff] (64MB) mapped at [ffff88-ffff89]',
    ],
    ['before 3.6', 'software IO TLB at phys 0xbbfff000 - 0xbffff000'],
    [
      'before 3.6, by its size',
      'Placing 64MB software IO TLB between ffff8800bbfff000 - ffff8800bffff000',
    ],
  ])('a pool in the words of %s', (_, text) => {
    const { findings, pools } = explain(`[    0.000000] ${text}`)
    expect(findings).toEqual([])
    expect(pools).toEqual([
      { host: null, slots: 32768, bytes: 64 * 2 ** 20, areas: null, from: [1] },
    ])
  })

  test('the addresses count where the text says otherwise', () => {
    const { pools, warnings } = explain(
      'software IO TLB: mapped [mem 0x80000000-0x84000000] (128MB)',
    )
    expect(pools[0]?.slots).toBe(32768)
    expect(warnings.join()).toMatch(/the addresses are taken/)
  })

  test.each([
    ['halved', 'software IO TLB: SWIOTLB bounce buffer size adjusted 32768 -> 8192 slabs', 8192],
    ['a late pool', 'software IO TLB: only able to allocate 4 MB', 2048],
    ['a late pool of old kernels', 'Warning: only able to allocate 8 MB for software IO TLB', 4096],
    [
      'less than the command line says',
      'Kernel command line: ro swiotlb=262144\nsoftware IO TLB: mapped [mem 0x80000000-0x84000000] (64MB)',
      32768,
    ],
  ])('reduced: %s', (_, text, slots) => {
    const { findings, pools } = explain(text)
    expect(findings).toMatchObject([{ cause: 'reduced', certain: true, totalSlots: slots }])
    expect(pools.map((pool) => pool.slots)).toEqual([slots])
  })

  test('rounded up is not reduced', () => {
    const text =
      'Kernel command line: ro swiotlb=300,8\nsoftware IO TLB: mapped [mem 0x80000000-0x80200000] (2MB)'
    expect(causesOf(text)).toEqual([])
  })

  test.each([
    ['5.x', 'software IO TLB: Cannot allocate buffer'],
    ['4.x', 'Cannot allocate SWIOTLB buffer'],
    ['no low memory', 'software IO TLB: No low mem'],
  ])('none at boot: %s', (_, text) => {
    expect(explain(text).findings).toMatchObject([
      { cause: 'no-pool', certain: true, failuresAtLeast: null },
    ])
    expect(said(text)).toMatch(/Harmless/)
  })

  test.each([
    [
      '6.x warns',
      'rtw 0000:06:00.0',
      "rtw 0000:06:00.0: Can not allocate SWIOTLB buffer earlier and can't now provide you with the DMA bounce buffer",
    ],
    [
      '5.8 and later, none active',
      'ahci 0000:00:1f.2',
      'ahci 0000:00:1f.2: DMA addr 0x0000000145dc4000+4096 overflow (mask ffffffff, bus limit 0).',
    ],
    [
      'old kernels, switched off',
      'e1000 0000:00:03.0',
      'e1000 0000:00:03.0: Cannot do DMA to address 0x0000000145dc4000',
    ],
  ])('none for a device: %s', (_, device, text) => {
    expect(explain(`[  7.5] ${text}`).findings).toMatchObject([
      { cause: 'no-pool', certain: true, device, failuresAtLeast: 1 },
    ])
  })

  test('none, since the command line switches it off', () => {
    const text =
      'Kernel command line: ro swiotlb=noforce\n[  7.5] ahci 0000:00:1f.2: DMA addr 0x145dc4000+4096 overflow (mask ffffffff, bus limit 0).'
    expect(explain(text).findings[0]?.advice).toEqual([
      'Take swiotlb=noforce out of the command line.',
    ])
  })

  test('tries that failed, and what became of them', () => {
    const tries = [67108864, 33554432].map(
      (n) => `software IO TLB: swiotlb_memblock_alloc: Failed to allocate ${n} bytes tlb structure`,
    )
    expect(explain(tries.join('\n')).findings).toMatchObject([{ cause: 'no-pool', certain: false }])
    const then = [
      ...tries,
      'software IO TLB: SWIOTLB bounce buffer size adjusted 32768 -> 8192 slabs',
      'software IO TLB: mapped [mem 0x80000000-0x81000000] (16MB)',
    ]
    expect(explain(then.join('\n')).findings).toMatchObject([
      { cause: 'reduced', totalSlots: 8192 },
    ])
  })

  test('old kernels stop when there is none', () => {
    const text = 'Kernel panic - not syncing: Cannot allocate SWIOTLB buffer'
    expect(explain(text).findings).toMatchObject([{ cause: 'no-pool', certain: true }])
    expect(said(text)).not.toMatch(/Harmless/)
  })

  test('several boots: each with its pool, and nothing carried over', () => {
    const boot = (mib: number, used: number): string =>
      [
        '[    0.000000] Linux version 6.1.0-18-amd64 (gcc-12)',
        `[    0.000000] Command line: BOOT_IMAGE=/vmlinuz ro swiotlb=${mib * 512}`,
        `[    0.000000] Kernel command line: BOOT_IMAGE=/vmlinuz ro swiotlb=${mib * 512}`,
        `[    0.100000] software IO TLB: area num 8.`,
        `[    0.100000] software IO TLB: mapped [mem 0x80000000-0x${(0x80000000 + mib * 2 ** 20).toString(16)}] (${mib}MB)`,
        `[   50.000000] ${full(4096, mib * 512, used)}`,
      ].join('\n')
    const { findings, pools, commandLine, warnings } = explain(
      `${boot(64, 32768)}\n${boot(128, 65536)}`,
    )
    expect(findings.filter(({ cause }) => cause === 'exhausted').map(({ lines }) => lines)).toEqual(
      // One device, one cause: the advice is for the larger pool.
      [[6, 12]],
    )
    expect(pools).toMatchObject([
      { slots: 32768, areas: 8, from: [4, 5, 6] },
      { slots: 65536, areas: 8, from: [10, 11, 12] },
    ])
    expect(commandLine).toMatchObject({ kernel: '6.0', cpus: 8, askedSlots: 65536 })
    expect(warnings.join()).toMatch(/read as 2 boots/)
    expect(findings.some(({ cause }) => cause === 'reduced')).toBe(false)
  })

  test('the same in boot after boot is told once', () => {
    const boot = [
      '-- Boot 1f2e --',
      'Kernel command line: ro swiotlb=512m',
      'software IO TLB: mapped [mem 0x80000000-0x80080000] (0MB)',
      "ahci 0000:00:1f.2: Can not allocate SWIOTLB buffer earlier and can't now provide you with the DMA bounce buffer",
    ].join('\n')
    const { findings, pools } = explain(`${boot}\n${boot}\n${boot}`)
    expect(
      findings.map(({ cause, lines, failuresAtLeast }) => [cause, lines, failuresAtLeast]),
    ).toEqual([
      ['no-pool', [4, 8, 12], 3],
      ['reduced', [2, 3, 6, 7, 10, 11], null],
      ['ignored-parameter', [2, 6, 10], null],
    ])
    expect(pools).toMatchObject([{ slots: 256, from: [3, 7, 11] }])
  })

  test('a journal tells boots by its own lines', () => {
    const text = [
      '-- Boot 1f2e --',
      'software IO TLB: mapped [mem 0x80000000-0x84000000] (64MB)',
      '-- Boot 2f3e --',
      'software IO TLB: mapped [mem 0x80000000-0x88000000] (128MB)',
    ]
    expect(explain(text.join('\n')).pools.map(({ slots }) => slots)).toEqual([32768, 65536])
  })
})

describe('command lines', () => {
  test.each([
    ['as the kernel prints it', '[    0.000000] Kernel command line: ro swiotlb=65536,force quiet'],
    ['as x86 prints it', '[    0.000000] Command line: ro swiotlb=65536,force quiet'],
    ['/proc/cmdline', 'BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro swiotlb=65536,force quiet'],
    ['by itself', 'swiotlb=65536,force'],
    ['of grub', 'GRUB_CMDLINE_LINUX="quiet swiotlb=65536,force"'],
    ['of grub, in quotes of mail', '> GRUB_CMDLINE_LINUX_DEFAULT="quiet swiotlb=65536,force"'],
    ['of systemd-boot', 'options root=/dev/vda1 swiotlb=65536,force'],
    ['of extlinux', '  append root=/dev/vda1 swiotlb=65536,force'],
    [
      'broken by mail',
      '[    0.0] Kernel command line: BOOT_IMAGE=/vmlinuz root=/dev/vda1\nro=1 swiotlb=65536,force quiet=1',
    ],
    [
      'broken within the number',
      '[    0.0] Kernel command line: BOOT_IMAGE=/vmlinuz swiotlb=655\n36,force quiet=1',
    ],
  ])('%s', (_, text) => {
    const { commandLine, findings } = explain(text)
    expect(commandLine).toMatchObject({ askedSlots: 65536, bounce: 'force' })
    expect(findings).toEqual([])
  })

  test('one without swiotlb= is one, too', () => {
    expect(explain('[    0.0] Kernel command line: ro quiet').commandLine).toMatchObject({
      values: [],
      askedSlots: 32768,
    })
    expect(explain(full(4096, 32768, 32768)).commandLine).toBeNull()
  })

  test('a sentence is none', () => {
    const { commandLine, warnings } = explain('I set swiotlb=65536 in grub and it was still full')
    expect(commandLine).toBeNull()
    expect(warnings.join()).toMatch(/line 1: swiotlb is mentioned in a sentence/)
  })

  test('read as the kernel of the log reads it', () => {
    const of = (version: string, value: string) =>
      explain(`Linux version ${version} (gcc)\nKernel command line: ro swiotlb=${value}`).findings
    expect(of('5.15.0-91-generic', '65536,8,force')).toMatchObject([
      { cause: 'ignored-parameter', certain: true, lines: [2] },
    ])
    expect(of('6.8.0-91-generic', '65536,8,force')).toEqual([])
    expect(of('6.12.1', '65536,8,force,track_hiwater')).toMatchObject([
      { cause: 'ignored-parameter', certain: true },
    ])
    expect(of('7.3.0', '65536,8,force,track_hiwater')).toEqual([])
    expect(of('7.3.0', 'track_hiwater,65536')).toMatchObject([
      { cause: 'ignored-parameter', certain: true },
    ])
    // Which kernel it is for is not known.
    expect(explain('swiotlb=65536,8,force').findings).toEqual([])
    expect(explain('swiotlb=65536,8,force,track_hiwater').findings).toMatchObject([
      { certain: false },
    ])
  })

  test('32768 counts as not given in a confidential VM', () => {
    const text =
      'Kernel command line: ro swiotlb=32768\nsoftware IO TLB: SWIOTLB bounce buffer size adjusted to 982MB'
    expect(explain(text).findings).toMatchObject([
      { cause: 'ignored-parameter', certain: true, lines: [1, 2] },
    ])
  })
})

describe('other things that look like it', () => {
  test.each([
    ['CMA', 'cma: cma_alloc: reserved: alloc failed, req-size: 2048 pages, ret: -12', /cma=/],
    [
      'the pool for atomic allocations',
      'ERROR: 256 KiB atomic DMA coherent pool is too small!',
      /coherent_pool=/,
    ],
    [
      'the same, in other words',
      'kworker/0:1: DMA coherent pool depleted, increase size (recommended min coherent_pool=512K)',
      /coherent_pool=/,
    ],
    ['an IOMMU', 'PCI-DMA: Out of IOMMU space for 65536 bytes at device 0000:03:00.0', /IOMMU/],
    ['Xen', 'xen:swiotlb_xen: Failed to get contiguous memory for DMA from Xen!', /Xen/],
  ])('%s', (_, text, words) => {
    expect(explain(text).findings).toMatchObject([{ cause: 'other-pool', certain: true }])
    expect(said(text)).toMatch(words)
    expect(said(text)).not.toMatch(/More slots/)
  })

  test('a log that has nothing to do with it', () => {
    const { findings, pools, commandLine } = explain(
      '[    1.0] usb 1-1: new high-speed USB device\n[    2.0] EXT4-fs (sda1): mounted',
    )
    expect({ findings, pools, commandLine }).toEqual({ findings: [], pools: [], commandLine: null })
  })

  const captures = join(__dirname, '../data/captures')
  const traces = readdirSync(captures)
    .map((name) => join(captures, name, 'trace.txt.gz'))
    .filter((file) => existsSync(file))

  test.each(traces)('%s is a trace, which another command reads', (file) => {
    expect(() => explain(gunzipSync(readFileSync(file)).toString())).toThrow(
      /line \d+: a trace of events: try replay/,
    )
  })

  test('a trace of bounces alone: attempts, and no word of how many lived', () => {
    const lines = traces.flatMap((file) =>
      gunzipSync(readFileSync(file))
        .toString()
        .split('\n')
        .filter((line) => line.includes('swiotlb_bounced')),
    )
    expect(lines.length).toBeGreaterThan(100)
    const { findings, warnings } = explain(lines.join('\n'))
    expect(findings).toEqual([])
    expect(warnings.join()).toContain(`a trace of ${lines.length} mappings that were to bounce`)
    expect(warnings.join()).toMatch(/attempts: nothing is said of how many were live/)
    expect(warnings.join()).toMatch(/`devices` tells more of such a trace$/)
  })

  test('a slot that the device cannot reach, told in one line with what follows it', () => {
    const text =
      'simple-framebuffer 9e5064000.framebuffer: swiotlb addr 0x00000009de654000+16384 overflow (mask ffffffff, bus limit 0). WARNING: CPU: 3 PID: 961'
    expect(explain(text).findings).toMatchObject([
      {
        cause: 'unreachable',
        certain: true,
        device: 'simple-framebuffer 9e5064000.framebuffer',
        requestBytes: 16384,
        neededSlots: 8,
      },
    ])
  })
})
