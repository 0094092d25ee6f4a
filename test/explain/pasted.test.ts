// The same message, whatever logs, mail, terminals and web pages put around it and wherever they break it.

import { describe, expect, test } from '@jest/globals'
import { explain } from '../../lib/explain/explain.js'

interface Case {
  readonly name: string
  readonly message: string
  readonly want: Readonly<Record<string, unknown>>
}

const cases: readonly Case[] = [
  {
    name: 'a device of two words',
    message:
      'nvme 0000:00:04.0: swiotlb buffer is full (sz: 16384 bytes), total 32768 (slots), used 32766 (slots)',
    want: {
      ...{ cause: 'exhausted', device: 'nvme 0000:00:04.0', requestBytes: 16384 },
      ...{ neededSlots: 8, totalSlots: 32768, usedSlots: 32766, freeSlots: 2 },
    },
  },
  {
    name: 'a device of one word',
    message:
      'gpu: swiotlb buffer is full (sz: 393216 bytes), total 32768 (slots), used 1074 (slots)',
    want: { cause: 'too-large', device: 'gpu', requestBytes: 393216, usedSlots: 1074 },
  },
  {
    name: 'a device of three words',
    message:
      'usb hub 1-1.2: swiotlb buffer is full (sz: 65536 bytes), total 32768 (slots), used 100 (slots)',
    want: { cause: 'misaligned', device: 'usb hub 1-1.2', requestBytes: 65536, usedSlots: 100 },
  },
  {
    name: 'no device',
    message: 'swiotlb buffer is full (sz: 524288 bytes), total 32768 (slots), used 4 (slots)',
    want: { cause: 'too-large', device: null, requestBytes: 524288, usedSlots: 4 },
  },
  {
    name: 'the wording of 3.14 to 4.x',
    message: 'dwc3 38200000.dwc3: swiotlb buffer is full (sz: 16384 bytes)',
    want: { cause: 'unknown', device: 'dwc3 38200000.dwc3', requestBytes: 16384, totalSlots: null },
  },
  {
    name: 'a kernel without a driver for the device',
    message:
      '(NULL device *): swiotlb buffer is full (sz: 4096 bytes), total 32768 (slots), used 32768 (slots)',
    want: { cause: 'exhausted', device: null, requestBytes: 4096, usedSlots: 32768 },
  },
]

const around: readonly (readonly [name: string, put: (message: string) => string])[] = [
  ['nothing', (m) => m],
  ['uptime', (m) => `[   52.832378] ${m}`],
  ['uptime and a caller', (m) => `[   52.832378][  T123] ${m}`],
  ['uptime and a CPU', (m) => `[   52.832378] [   C0] ${m}`],
  ['an uptime that was made unreadable', (m) => `[x.xxxxxx] ${m}`],
  ['a level', (m) => `<4>[   52.832378] ${m}`],
  ['a level without a time', (m) => `<4>${m}`],
  ['dmesg -x', (m) => `kern  :warn  : [   52.832378] ${m}`],
  ['dmesg -T', (m) => `[Mon Nov 28 06:25:01 2022] ${m}`],
  ['dmesg -H', (m) => `[  +0.000152] ${m}`],
  ['dmesg -H, its first line', (m) => `[Nov28 06:25] ${m}`],
  ['dmesg -d', (m) => `[   52.832378 <    0.000152>] ${m}`],
  ['a wall clock', (m) => `[2025-05-25 19:05:04] ${m}`],
  ['journal', (m) => `Nov 28 06:25:01 host1 kernel: ${m}`],
  ['journal without a stamp', (m) => `kernel: ${m}`],
  ['journal with microseconds', (m) => `Nov 28 06:25:01.123456 host1 kernel: ${m}`],
  ['syslog with both', (m) => `Nov 28 06:25:01 host1 kernel: [   52.832378] ${m}`],
  ['rsyslog with ISO times', (m) => `2022-11-28T06:25:01.123456+01:00 host1 kernel: [  52.8] ${m}`],
  ['journal -o short-iso', (m) => `2022-11-28T06:25:01+0100 host1 kernel: ${m}`],
  ['journal -o json', (m) => JSON.stringify({ _TRANSPORT: 'kernel', MESSAGE: m, PRIORITY: '4' })],
  ['docker', (m) => `2024-01-01T00:00:00.123456789Z [   52.832378] ${m}`],
  ['kubectl', (m) => `2024-01-01T00:00:00.123456789Z stderr F [   52.832378] ${m}`],
  ['logcat', (m) => `11-28 06:25:01.123     0     0 W         : ${m}`],
  ['colours', (m) => `\u001b[32m[   52.832378] \u001b[0m\u001b[33m${m}\u001b[0m`],
  ['a quote', (m) => `> [   52.832378] ${m}`],
  ['quotes of quotes', (m) => `> > >> ${m}`],
  ['a bullet', (m) => `* ${m}`],
  ['a numbered list', (m) => `2. ${m}`],
  ['an arrow', (m) => ` => ${m}`],
  ['stars', (m) => `** ${m} **`],
  ['a comment', (m) => `// [   52.832378] ${m}`],
  ['a code span', (m) => `\`[   52.832378] ${m}\``],
  ['a code fence', (m) => `\`\`\`\n[   52.832378] ${m}\n\`\`\``],
  ['a table', (m) => `| ${m} |`],
  ['HTML', (m) => `<pre>[   52.832378] ${m}</pre><br/>`],
  ['entities', (m) => `&lt;4&gt;${m.replaceAll(':', '&#58;').replaceAll(' ', '&nbsp;')}`],
  ['carriage returns', (m) => `[   52.832378] ${m}\r\n`],
  ['a byte order mark', (m) => `\ufeff${m}`],
  ['grep -n', (m) => `1284:[   52.832378] ${m}`],
  ['grep -H', (m) => `kern.log:Nov 28 06:25:01 host1 kernel: ${m}`],
  ['a tab', (m) => `\t${m}`],
  ['indentation', (m) => `        ${m}`],
]

describe.each(around)('within %s', (_, put) => {
  test.each(cases)('$name', ({ message, want }) => {
    const { findings } = explain(put(message))
    expect(findings[0]).toMatchObject({ ...want, failuresAtLeast: 1 })
  })
})

/** As a terminal or a form of this width breaks a line: in the middle of words and numbers. */
const hardWrap = (text: string, width: number): string =>
  (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join('\n')

/** As mail breaks a line: at blanks, which are gone then. */
function softWrap(text: string, width: number, before = ''): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && `${line} ${word}`.length > width) {
      lines.push(line)
      line = before + word
    } else {
      line = line === '' ? before + word : `${line} ${word}`
    }
  }
  return [...lines, line].join('\n')
}

const stamps = ['', '[   52.832378] ', 'Nov 28 06:25:01 host1 kernel: ', '> [   52.832378] ']

describe('a message that was broken into several lines', () => {
  // From about a third of the message on; narrower than that nobody reads a log.
  const widths = Array.from({ length: 66 }, (_, i) => i + 55)

  test.each(cases)('by mail: $name', ({ message, want }) => {
    for (const width of widths) {
      for (const stamp of stamps) {
        const text = softWrap(stamp + message, width, stamp.startsWith('>') ? '> ' : '')
        const { findings } = explain(text)
        expect({ text, ...findings[0] }).toMatchObject({ ...want, failuresAtLeast: 1 })
      }
    }
  })

  test.each(cases)('by a terminal: $name', ({ message, want }) => {
    for (const width of widths) {
      for (const stamp of stamps.slice(0, 3)) {
        const text = hardWrap(stamp + message, width)
        const { findings } = explain(text)
        expect({ text, ...findings[0] }).toMatchObject({ ...want, failuresAtLeast: 1 })
      }
    }
  })

  test('within the name of a device, which is said', () => {
    const message = `Nov 28 06:25:01 a-host-with-a-long-name.example.org kernel: [   52.832378] ${cases[0]?.message}`
    const name = message.indexOf('nvme')
    for (let width = name + 1; width < name + 'nvme 0000:00:04.0'.length; width++) {
      const { findings, warnings } = explain(hardWrap(message, width))
      expect(findings[0]).toMatchObject({ ...cases[0]?.want })
      expect(warnings.join()).toMatch(/lines 1, 2(?:, 3)?: the name of the device is broken/)
    }
  })

  test('its lines are named, and the next message keeps its own', () => {
    const text = softWrap(`[    1.5] ${cases[0]?.message}`, 60)
    const { findings } = explain(`${text}\n[    1.6] ${cases[1]?.message}`)
    expect(findings.map(({ cause, lines }) => [cause, lines])).toEqual([
      ['too-large', [3]],
      ['exhausted', [1, 2]],
    ])
  })

  test('a line with a stamp of its own is never the rest of another', () => {
    const { findings } = explain(
      '[    1.5] a 1: swiotlb buffer is full (sz: 4096 bytes)\n[    1.6] , total 0 (slots), used 0 (slots)',
    )
    expect(findings[0]).toMatchObject({ cause: 'unknown', totalSlots: null, lines: [1] })
  })
})

describe('a message that is not whole is not taken for another', () => {
  const whole =
    'nvme 0000:00:04.0: swiotlb buffer is full (sz: 524288 bytes), total 262144 (slots), used 261044 (slots)'

  test('cut off anywhere: no number is wrong, and what is missing is said', () => {
    const start = whole.indexOf('(sz')
    for (let length = start + 2; length < whole.length; length++) {
      const text = whole.slice(0, length)
      const { findings, warnings } = explain(text)
      for (const { requestBytes, totalSlots, usedSlots } of findings) {
        expect([null, 524288]).toContain(requestBytes)
        expect([null, 262144]).toContain(totalSlots)
        expect([null, 261044]).toContain(usedSlots)
      }
      const ends = /bytes\)$/.test(text)
      if (!ends) expect(warnings.join()).toMatch(/cut off or garbled/)
    }
  })

  test('numbers that no kernel prints', () => {
    for (const sz of ['-1', '0', '99999999999999999999999', '1e5', '0x1000', '4,096']) {
      const { findings, warnings } = explain(whole.replace('524288', sz))
      expect(findings[0]?.requestBytes ?? null).toBeNull()
      expect(warnings.join()).toMatch(/cut off or garbled/)
    }
  })

  test('programs, titles and sentences are counted as what they are', () => {
    const program = explain(
      '\tdev_warn_ratelimited(dev,\n\t"swiotlb buffer is full (sz: %zd bytes), total %lu (slots), used %lu (slots)\\n",',
    )
    expect(program.findings).toEqual([])
    expect(program.warnings.join()).toMatch(/text of a program/)
    const sentence = explain('Since the update I see swiotlb buffer is full errors, what can I do?')
    expect(sentence.findings).toEqual([])
    expect(sentence.warnings.join()).toMatch(/mentioned in a sentence/)
    const titled = explain(`# swiotlb buffer is full\n\n${whole}`)
    expect(titled.findings[0]).toMatchObject({ failuresAtLeast: 1, lines: [3] })
  })

  test('the wording of 3.13 tells nothing but the device', () => {
    const { findings } = explain('[  5.5] ahci 0000:00:1f.2: swiotlb buffer is full')
    expect(findings).toMatchObject([
      { cause: 'unknown', device: 'ahci 0000:00:1f.2', requestBytes: null, certain: false },
    ])
    expect(findings[0]?.unknown.join()).toMatch(/How much was asked for/)
  })
})

describe('how often', () => {
  const line = (at: string, used: number): string =>
    `[${at}] nvme 0000:00:04.0: swiotlb buffer is full (sz: 1048576 bytes), total 32768 (slots), used ${used} (slots)`

  test('lines that the kernel left out are counted when they are of swiotlb', () => {
    const text = [
      ...[line('1.000001', 1), line('1.000002', 2)],
      '[    6.1] swiotlb_tbl_map_single: 12 callbacks suppressed',
      '[    6.2] net_ratelimit: 400 callbacks suppressed',
      '[    6.2] amdgpu_vm_fault: 70 callbacks suppressed',
      '[    6.3] __ratelimit: 5 callbacks suppressed',
      line('6.100001', 3),
    ].join('\n')
    const { findings, warnings } = explain(text)
    expect(findings).toMatchObject([{ suppressed: 12, failuresAtLeast: 15, lines: [1, 2, 3, 7] }])
    expect(warnings.join()).toMatch(/line 6: suppressed lines of no name/)
    expect(warnings.join()).not.toMatch(/line 4|line 5/)
  })

  test('two messages of old kernels about one failure are one', () => {
    const text = [
      '[23813.111533] sdhci-iproc fe340000.emmc2: swiotlb buffer is full (sz: 65536 bytes)',
      '[23813.111542] sdhci-iproc fe340000.emmc2: DMA: Out of SW-IOMMU space for 65536 bytes',
      '[23813.124991] sdhci-iproc fe340000.emmc2: swiotlb buffer is full (sz: 65536 bytes)',
      '[23813.124999] sdhci-iproc fe340000.emmc2: DMA: Out of SW-IOMMU space for 65536 bytes',
      '[23814.000000] swiotlb_tbl_map_single: 7 callbacks suppressed',
      '[23814.000001] swiotlb_full: 7 callbacks suppressed',
      '[23814.000002] CPU: 3 PID: 118 Comm: kworker/3:1H Tainted: G         C        4.19.63-v8 #1',
    ].join('\n')
    const { findings } = explain(text)
    expect(findings).toMatchObject([
      { cause: 'unknown', neededSlots: 32, suppressed: 7, failuresAtLeast: 9 },
    ])
    expect(findings[0]?.unknown.join()).toMatch(/Kernels before 5.1 have no counter/)
  })

  test('the message of old kernels by itself', () => {
    const { findings } = explain(
      'Jun  8 12:02:48 host1 kernel: [145.5] DMA: Out of SW-IOMMU space for 4096 bytes at device 0000:03:00.0',
    )
    expect(findings[0]).toMatchObject({
      ...{ cause: 'unknown', device: '0000:03:00.0', requestBytes: 4096, failuresAtLeast: 1 },
    })
  })

  test('a log that says how often it left out the same', () => {
    const one = line('1.000001', 1)
    expect(explain(`${one}\nlast message repeated 4 times`).findings[0]).toMatchObject({
      failuresAtLeast: 5,
    })
    const wrapped = `Nov 28 06:25:01 host1 kernel: message repeated 6 times: [ ${one}]`
    expect(explain(wrapped).findings[0]).toMatchObject({ failuresAtLeast: 6, usedSlots: 1 })
  })

  test('the same lines pasted twice are not counted twice', () => {
    const text = [line('91.600471', 5), line('91.700471', 6)].join('\n')
    const { findings, warnings } = explain(`${text}\n\n${text}`)
    expect(findings).toMatchObject([{ failuresAtLeast: 2, lines: [1, 2] }])
    expect(warnings.join()).toMatch(/lines 4, 5: the same messages once more/)
  })

  test('a log that lost messages', () => {
    const { warnings } = explain(
      `${line('1.5', 1)}\nsystemd-journald[300]: Missed 300 kernel messages`,
    )
    expect(warnings.join()).toMatch(/line 2: the log lost messages/)
  })
})

describe('messages that were run together into one line', () => {
  test('each is counted', () => {
    const [first, second] = cases
    const text = `[    1.5] ${first?.message} [    1.6] ${second?.message} [    1.7] ${second?.message}`
    const { findings } = explain(text)
    expect(findings).toMatchObject([
      { ...second?.want, failuresAtLeast: 2, lines: [1] },
      { ...first?.want, failuresAtLeast: 1, lines: [1] },
    ])
  })

  test('a line without end is read from its beginning, and that is said', () => {
    for (const filling of [
      ' ',
      'cma: ',
      '[',
      '`',
      'swiotlb buffer is full',
      'swiotlb=',
      '&lt;',
      'a:',
    ]) {
      const text = `${cases[0]?.message} ${filling.repeat(2 ** 20 / filling.length)}x`
      expect(explain(text).warnings.join()).toMatch(/line 1: longer than any message/)
    }
  })
})

describe('as mail and archives keep them', () => {
  test('quoted-printable', () => {
    const text = [
      '[  190.917591] swiotlb_tbl_map_single: 4 callbacks suppressed=0A=',
      '[  190.917596] mpt3sas 0000:d8:00.0: swiotlb buffer is full (sz: 4096 bytes=',
      '),=0A=',
      'total 0 (slots), used 0 (slots)=0A=',
      '[  191.5] xhci-hcd ee000000.usb: swiotlb buffer is full (sz: 524288 by=',
      'tes), total 32768 (slots), used 13=',
      '38 (slots)',
      '[    0.0] Kernel command line: ro swiotlb=3D65536,force',
    ]
    const { findings, commandLine } = explain(text.join('\n'))
    expect(findings).toMatchObject([
      { cause: 'no-pool', device: 'mpt3sas 0000:d8:00.0', failuresAtLeast: 1, lines: [2, 3, 4] },
      { cause: 'too-large', device: 'xhci-hcd ee000000.usb', usedSlots: 1338, lines: [5, 6, 7] },
    ])
    expect(commandLine).toMatchObject({ askedSlots: 65536, bounce: 'force' })
    // A number that looks like a sign in that writing is a number.
    expect(explain('swiotlb=2048').commandLine?.askedSlots).toBe(2048)
  })

  test('a quote whose brackets went to the line before', () => {
    const text = [
      '> > > [ 1602.977532] swiotlb_tbl_map_single: 26 callbacks suppressed [',
      '> > > 1602.977536] cdns-usb3 cdns-usb3.1: swiotlb buffer is full (sz:',
      '> > > 524288 bytes), total 32768 (slots), used 0 (slots)',
    ]
    expect(explain(text.join('\n')).findings).toMatchObject([
      {
        cause: 'too-large',
        device: 'cdns-usb3 cdns-usb3.1',
        suppressed: 26,
        failuresAtLeast: 27,
        lines: [1, 2, 3],
      },
    ])
  })

  test('a device that ends its line, and the second message of the same failure broken, too', () => {
    const text = [
      'Mar 16 18:11:41 host1 kernel: [ 4851.947037] rtl8821ae 0000:02:00.0:',
      'swiotlb buffer is full (sz: 9100 bytes)',
      'Mar 16 18:11:41 host1 kernel: [ 4851.947039] DMA: Out of SW-IOMMU space',
      'for 9100 bytes at device 0000:02:00.0',
    ]
    expect(explain(text.join('\n')).findings).toMatchObject([
      {
        cause: 'unknown',
        device: 'rtl8821ae 0000:02:00.0',
        neededSlots: 5,
        failuresAtLeast: 1,
        lines: [1, 2, 3, 4],
      },
    ])
  })

  test('a name of letters and digits alone, of which the message was broken in two', () => {
    const text =
      '[  123.951630] hv_storvsc fd1d2cbd-ce7c-535c-966b-eb5f811c95f0: swiotlb\nbuffer is full (sz: 65536 bytes), total 32768 (slots), used 0 (slots)'
    expect(explain(text).findings).toMatchObject([
      {
        cause: 'misaligned',
        certain: true,
        device: 'hv_storvsc fd1d2cbd-ce7c-535c-966b-eb5f811c95f0',
        lines: [1, 2],
      },
    ])
  })

  test('the message about the reach of a device is one of a failure, when it stands alone', () => {
    const reach =
      'vc4-drm gpu: overflow 0x00000001a7296000+708608 of DMA mask ffffffff bus limit ffffffff'
    expect(explain(reach).findings).toMatchObject([
      {
        cause: 'too-large',
        device: 'vc4-drm gpu',
        requestBytes: 708608,
        totalSlots: null,
        failuresAtLeast: 1,
      },
    ])
    const both = `vc4-drm gpu: swiotlb buffer is full (sz: 708608 bytes), total 32768 (slots), used 0 (slots)\n${reach}`
    expect(explain(both).findings).toMatchObject([
      { cause: 'too-large', totalSlots: 32768, failuresAtLeast: 1 },
    ])
  })

  test('the name of the kernel in a command line tells how it is read', () => {
    expect(
      explain('BOOT_IMAGE=/boot/vmlinuz-5.15.0-91-generic ro swiotlb=65536,8,force').findings,
    ).toMatchObject([{ cause: 'ignored-parameter', certain: true }])
  })
})
