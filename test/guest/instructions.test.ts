// `instructions` without a kernel: what its guests tell, when two boots say nothing, and which machines
// can run a guest at their own speed.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { InputError } from '../../lib/data/errors.js'
import { type CostRow, whyVoid } from '../../lib/guest/instructions.js'
import { counting, timing } from '../../lib/guest/machine.js'
import { readTold } from '../../lib/guest/told.js'
import { noVirtualization } from '../../lib/guest/virtualization.js'
import { instructionsText } from '../../lib/report/text/instructions.js'
import { cli } from '../cli/process.js'
import { scratchFolder } from '../scratch.js'
import { standInKernel, standInPrograms, standInWork } from './stand-in.js'

const { folder: scratch } = scratchFolder()
const pool = { slots: 16384, areas: 2 }

const told = [
  'LAB boot seconds=0.37',
  'LAB benchmark threads=1 map=2987 unmap=1145',
  'LAB bounced events=1389',
  'LAB alarms found=0 read=14781',
  'LAB done seconds=0.62',
]
const changed = (find: string, by: string): string[] => told.map((line) => line.replace(find, by))
const whyOf = (...boots: readonly (readonly string[])[]) => whyVoid(boots.map(readTold))

describe("the benchmark's guest", () => {
  test('tells what each number of threads gave', () => {
    const lines = [...told, 'LAB benchmark threads=2 map=3100 unmap=1200', 'LAB benchmark threads=']
    expect(readTold(lines)).toMatchObject({
      benchmark: [
        { threads: 1, map: 2987, unmap: 1145 },
        { threads: 2, map: 3100, unmap: 1200 },
      ],
      bounced: 1389,
    })
  })

  test('says something where two boots say the same', () => {
    expect(whyOf(told, told)).toBeNull()
  })

  test.each([
    ['map=2987', 'map=2988', 'boots differ: they counted 2987 and 1145, and 2988 and 1145'],
    ['unmap=1145', 'unmap=1144', 'boots differ: they counted 2987 and 1145, and 2987 and 1144'],
    ['events=1389', 'events=0', "no mapping of the benchmark's device bounced"],
    ['found=0', 'found=1', 'the kernel complained'],
    ['read=14781', 'read=-1', "the kernel's log could not be read"],
    ['LAB done', 'LAB undone', 'the guest did not tell all that is asked of it'],
    ['LAB bounced', 'LAB failed', 'the guest could not do all: events=1389'],
    ['LAB benchmark', 'LAB bench', 'the benchmark gave nothing'],
  ])('says nothing where %s is %s in one of them', (find, by, why) => {
    expect(whyOf(told, changed(find, by))).toBe(why)
    expect(whyOf(changed(find, by), told)).toBe(
      why.startsWith('boots differ') ? why.replace(/(\d+ and \d+), and (.*)$/, '$2, and $1') : why,
    )
  })

  test('counts instructions on one CPU, and is timed on as many as it has threads', () => {
    expect(counting(pool, 200)).toMatchObject({
      runs: expect.arrayContaining(['-icount', 'shift=0,sleep=off']),
      orders: ['swiotlb=16384,2,force', 'lab.benchmark=200 lab.threads=1'],
    })
    expect(counting(pool, 200, 4000).orders).toContain('swiotlb_stretch=4000')
    expect(timing(pool, 2000, 2).runs.join(' ')).toContain('-accel kvm -cpu host -smp 2')
  })
})

describe('virtualization', () => {
  const file = (name: string, text: string): string => {
    const path = join(mkdtempSync(join(scratch, 'v-')), name)
    writeFileSync(path, text)
    return path
  }
  const capable = file('cpuinfo', 'flags\t\t: fpu svm sse\n')
  const device = file('kvm', '')
  const boots = () => Promise.resolve()

  test('is used where the processor has it, the device is there and a boot ends', async () => {
    expect(await noVirtualization(boots, { cpuinfo: capable, device })).toBeNull()
  })

  test.each([
    ['flags\t\t: fpu vme sse svm_lock\n', 'the processor has neither vmx nor svm'],
    ['', 'the processor has neither vmx nor svm'],
  ])('is not used by a processor of "%s", whatever the device says', async (text, why) => {
    const cpuinfo = file('cpuinfo', text)
    const never = () => Promise.reject(new Error('was booted'))
    expect(await noVirtualization(never, { cpuinfo, device })).toBe(why)
  })

  test('is not used without the device', async () => {
    const missing = join(scratch, 'none')
    expect(await noVirtualization(boots, { cpuinfo: capable, device: missing })).toBe(
      `${missing} cannot be used (ENOENT)`,
    )
  })

  test('is not used where the boot does not end: the device alone proves nothing', async () => {
    const hangs = () =>
      Promise.reject(new InputError('the boot failed: it did not end within 20 s; it printed\n  x'))
    expect(await noVirtualization(hangs, { cpuinfo: capable, device })).toBe(
      `with ${device} the boot failed: it did not end within 20 s; it printed`,
    )
  })

  test('passes on what is no answer', async () => {
    const stops = () => Promise.reject(new Error('enough'))
    await expect(noVirtualization(stops, { cpuinfo: capable, device })).rejects.toThrow('enough')
  })
})

describe('the table of instructions', () => {
  const row = (
    tracker: string,
    map: number,
    unmap: number,
    more: Partial<CostRow> = {},
  ): CostRow => ({
    tracker,
    boots: [
      { map, unmap },
      { map, unmap },
    ],
    timed: [],
    why: null,
    alarmLines: [],
    buildSeconds: 5.2,
    bootSeconds: 9.9,
    ...more,
  })
  const about = { kernel: 'linux.tar.xz', version: '6.12', pool, milliseconds: 200 }
  const rows = [row('off', 2979, 1132), row('reserve', 2985, 1151), row('less', 2970, 1132)]

  test('holds each against off, and says what it cannot show', () => {
    const text = instructionsText({ ...about, untimed: 'the processor has none', rows })
    expect(text).toMatch(/^off +2979 +1132 +5 \+ 10$/m)
    expect(text).toMatch(/^reserve +2985 +\+6 +1151 +\+19 +5 \+ 10$/m)
    expect(text).toMatch(/^less +2970 +-9 +1132 +0 +5 \+ 10$/m)
    expect(text.replace(/\s+/g, ' ')).toContain('no cache misses, no contention and no waiting for')
    expect(text).toContain('No nanoseconds: the processor has none.')
  })

  test('counts what is done by the clock for machines that are faster, too', () => {
    const boots = (map: number, unmap: number) => [
      { map, unmap },
      { map, unmap },
    ]
    const faster = [
      { perNanosecond: 2, boots: boots(3057, 1219) },
      { perNanosecond: 8, boots: boots(2970, 1172) },
    ]
    const clocked = row('clocked', 3103, 1238, { faster })
    const result = { ...about, untimed: 'x', stretch: 500, rows: [...rows, clocked] }
    const text = instructionsText(result)
    expect(text).toMatch(/^clocked +1 +500 +3103 +\+124 +1238 +\+106 +2979$/m)
    expect(text).toMatch(/^clocked +2 +1000 +3057 +\+78 +1219 +\+87 +1490$/m)
    expect(text).toMatch(/^clocked +8 +4000 +2970 +-9 +1172 +\+40 +372$/m)
    expect(text.match(/^reserve /gm)).toHaveLength(1)
    expect(text.replace(/\s+/g, ' ')).toContain(
      'a stretch is 500 of them, and a map with off 2979.',
    )
    // One that says nothing is not in the table, and is named.
    const fasterVoid = [
      { perNanosecond: 4, why: 'boots differ: they counted 1 and 2, and 1 and 3' },
    ]
    const partly = instructionsText({
      ...result,
      rows: [...rows, { ...clocked, fasterVoid }],
    })
    expect(partly).toContain(text)
    expect(partly.match(/^clocked .*/gm)).toHaveLength(4 + 1)
    expect(partly).toMatch(
      /^clocked at 4 instructions in 1 ns: boots differ: they counted 1 and 2,/m,
    )
    // Neither without any, nor where off, or the tracker, says nothing.
    const why = 'boots differ'
    const nothing = [
      { ...about, untimed: 'x', rows },
      { ...result, rows: [{ ...row('off', 1, 1), why }, clocked] },
      { ...result, rows: [row('off', 1, 1), { ...clocked, why }] },
    ]
    for (const one of nothing) expect(instructionsText(one)).not.toContain('in a stretch')
  })

  test('shows nothing of boots that differ, but why', () => {
    const why = 'boots differ: they counted 1 and 2, and 1 and 3'
    const text = instructionsText({
      ...about,
      untimed: 'x',
      rows: [row('off', 1, 1), row('reserve', 1, 2, { why })],
    })
    expect(text).toMatch(/^reserve +VOID +VOID/m)
    expect(text).toContain(`reserve: ${why}.`)
  })

  test('has nanoseconds beside them, as ranges of boots', () => {
    const timed = [
      {
        threads: 1,
        boots: [
          { map: 300, unmap: 90 },
          { map: 310, unmap: 90 },
        ],
      },
    ]
    const text = instructionsText({
      ...about,
      untimed: null,
      rows: [row('off', 2979, 1132, { timed }), row('reserve', 2985, 1151)],
    })
    expect(text).toMatch(/^off +300 - 310 +90$/m)
    expect(text).toMatch(/^reserve +- +-$/m)
    expect(text).toMatch(/from the least\s+of the boots to the most/)
    expect(text).not.toContain('No nanoseconds')
  })
})

describe('`instructions` on the command line', () => {
  test('boots with longer stretches what has them, and nothing else', async () => {
    // Each stretch of so many nanoseconds is told as what a map takes.
    const emulator = `map=7
for word in $*; do
	case $word in swiotlb_stretch=*) map=\${word#*=} ;; esac
done
echo '${told.join('\n').replace('map=2987', `map='$map'`)}'`
    const { code, stdout } = await cli(
      [
        ...['instructions', '--kernel-source', standInKernel(join(scratch, 'linux'))],
        ...['--work', standInWork(scratch), '--tracker', 'reserve,epochs', '--json'],
      ],
      { env: { PATH: standInPrograms(scratch, emulator) } },
    )
    const { rows, stretch } = JSON.parse(stdout)
    const maps = (boots: readonly { map: number }[]) => boots.map(({ map }) => map)
    const faster = (rows as CostRow[]).map((row) =>
      row.faster?.map(({ perNanosecond, boots }) => [perNanosecond, ...maps(boots)]),
    )
    const longer = [2, 4, 8].map((rate) => [rate, rate * stretch, rate * stretch])
    expect({ code, stretch, faster }).toEqual({
      ...{ code: 0, stretch: 500 },
      faster: [undefined, undefined, longer],
    })
    expect((rows as CostRow[]).map(({ boots }) => maps(boots))).toEqual([
      [7, 7],
      [7, 7],
      [7, 7],
    ])
  }, 60_000)

  test('where boots with one length differ, the others are kept, and that one is named', async () => {
    // The second boot with stretches of 2000 ns counts one more than the first.
    const booted = join(scratch, 'booted')
    const emulator = `map=2987
for word in $*; do
	case $word in swiotlb_stretch=2000)
		if [ -e ${booted} ]; then map=2988; fi
		: >${booted}
	;; esac
done
echo '${told.join('\n').replace('map=2987', `map='$map'`)}'`
    const { code, stdout } = await cli(
      [
        ...['instructions', '--kernel-source', standInKernel(join(scratch, 'linux-differ'))],
        ...['--work', standInWork(scratch), '--tracker', 'epochs', '--json'],
      ],
      { env: { PATH: standInPrograms(scratch, emulator) } },
    )
    const [, epochs] = JSON.parse(stdout).rows as CostRow[]
    expect(epochs).toMatchObject({
      why: null,
      faster: [{ perNanosecond: 2 }, { perNanosecond: 8 }],
      fasterVoid: [
        { perNanosecond: 4, why: 'boots differ: they counted 2987 and 1145, and 2988 and 1145' },
      ],
    })
    expect(epochs?.faster).toHaveLength(2)
    expect(code).toBe(1)
  }, 60_000)

  test('a misspelt tracker ends it with 2, before anything is built', async () => {
    const args = ['instructions', '--tracker', 'reserv', '--kernel-source', '.', '--work', scratch]
    const { code, stderr } = await cli(args)
    expect(code).toBe(2)
    expect(stderr).toMatch(/unknown "reserv".*Did you mean reserve\?/)
  }, 60_000)
})
