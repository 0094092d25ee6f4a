// The trace of a boot without a kernel: taken from the guest's disk, packed as a capture, and read again.

import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { captureFolder, makeDisk, saveCapture } from '../../lib/guest/capture.js'
import type { GuestRow } from '../../lib/guest/guest.js'
import { loaded, READ_MIB } from '../../lib/guest/machine.js'
import { readTold } from '../../lib/guest/told.js'
import { bootTrackers } from '../../lib/index.js'
import { captureText, sameRun } from '../../lib/report/text/boot-capture.js'
import { cli } from '../cli/process.js'
import { scratchFolder } from '../scratch.js'

const { folder: scratch } = scratchFolder()
const machine = { cpus: 2, slots: 64, areas: 1, readers: 4, seconds: 1, kib: 64 }

/** Two maps of two slots each, then their unmaps; written as the guest's probes do. */
const trace = [
  '# tracer: nop',
  '# entries-in-buffer/entries-written: 6/6   #P:2',
  ...[0, 1].flatMap((i) => [
    ` reader-4${i} [00${i}] d.... 1.00000${4 * i + 1}: swiotlb_bounced: dev_name: 0000:00:02.0 dma_mask=ffffffffffffffff dev_addr=${i + 1}000 size=4096 FORCE`,
    ` reader-4${i} [00${i}] d.... 1.00000${4 * i + 2}: swiotlb_map: (swiotlb_tbl_map_single+0x0/0x730) dev="0000:00:02.0" orig_addr=0x${i + 1}000 size=4096 align_mask=0x0 dir=2`,
    ` reader-4${i} [00${i}] d.... 1.00000${4 * i + 3}: swiotlb_map_ret: (swiotlb_bounce+0x0/0x110) tlb_addr=0x3db0${i}000 bytes=4096 dir=1`,
    ` reader-4${i} [00${i}] ..s.. 1.00000${4 * i + 4}: softirq_exit: vec=4 [action=BLOCK]`,
  ]),
  ...[0, 1].map(
    (i) =>
      ` <idle>-0 [00${i}] d.h.. 1.00001${i}: swiotlb_unmap: (__swiotlb_tbl_unmap_single+0x0/0x50) dev="0000:00:02.0" tlb_addr=0x3db0${i}000 size=4096`,
  ),
  '',
].join('\n')

const lines = [
  'LAB before nslabs=64 used=0 hiwater=0 true_used=0 true_hiwater=0',
  'LAB after nslabs=64 used=0 hiwater=4 true_used=0 true_hiwater=4',
  'LAB truth least=4 most=4',
  `LAB capture bytes=${Buffer.byteLength(trace)}`,
  'LAB pool <6>[    0.000000] software IO TLB: area num 1.',
]
const told = readTold(lines)

/** A guest's disk with the trace at its place. */
function diskIn(folder: string): string {
  const disk = makeDisk(folder)
  const handle = openSync(disk, 'r+')
  writeSync(handle, trace, READ_MIB * 2 ** 20)
  closeSync(handle)
  return disk
}

const folderNamed = (name: string): string => captureFolder(join(scratch, name))

describe("a boot's trace", () => {
  test('is what replay reads, with the peak and the mark of its run', async () => {
    const folder = folderNamed('whole')
    const file = join(folder, 'one.tar.gz')
    await saveCapture({ folder, disk: diskIn(folder), told, machine }, file)
    const { code, stdout } = await cli(['replay', file, '--trackers', 'per-area', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      maps: 2,
      unmaps: 2,
      peakSlots: 4,
      pool: { nslabs: 64, nareas: 1 },
      kernel: { hiwaterSlots: 4 },
      rows: [{ tracker: 'per-area', reportedSlots: 4 }],
    })
  })

  test('is not written where the guest gave none', async () => {
    const folder = folderNamed('none')
    const none = readTold(lines.filter((line) => !line.includes('capture')))
    const file = join(folder, 'one.tar.gz')
    await expect(
      saveCapture({ folder, disk: diskIn(folder), told: none, machine }, file),
    ).rejects.toThrow('the guest gave no trace')
    expect(readdirSync(folder)).not.toContain('one.tar.gz')
  })

  test('leaves no part of a tar where it cannot be written', async () => {
    const folder = folderNamed('full')
    const file = join(folder, 'missing', 'one.tar.gz')
    await expect(
      saveCapture({ folder, disk: diskIn(folder), told, machine }, file),
    ).rejects.toThrow(`--capture: ${file} cannot be written`)
  })

  test('is written behind what is read of the disk, by a guest that is told where', () => {
    const { runs, orders } = loaded(machine, '/tmp/a,b/disk')
    expect(runs.join(' ')).toContain('driver=file,node-name=disk,filename=/tmp/a,,b/disk ')
    expect(orders).toContain('lab.capture=1024')
    expect(statSync(makeDisk(folderNamed('size'))).size).toBe(2 * 2 ** 30)
    expect(loaded(machine).orders.join(' ')).not.toContain('capture')
  })

  test('is of a guest that does not warn of time, which means nothing there', () => {
    expect(loaded(machine).orders).toContain('rcupdate.rcu_cpu_stall_suppress=1')
  })

  test('is of a guest whose CPUs keep one clock, by which the events of all are in order', () => {
    expect(loaded(machine).orders).toContain('tsc=reliable')
  })

  test('needs a place for a folder, and a pool that cannot grow', async () => {
    const taken = join(scratch, 'taken')
    writeFileSync(taken, '')
    expect(() => captureFolder(join(taken, 'in'))).toThrow(/--capture: .*taken\/in cannot be made/)
    mkdirSync(join(scratch, 'work'), { recursive: true })
    const options = { kernelSource: '.', trackers: ['off'], work: join(scratch, 'work'), machine }
    const kind = { arch: 'x86-64', lockdep: false, dynamic: true } as const
    await expect(bootTrackers({ ...options, kind, capture: folderNamed('x') })).rejects.toThrow(
      '--capture: expected a pool that cannot grow',
    )
  })
})

describe('one and the same run', () => {
  const row: GuestRow = {
    tracker: 'reserve',
    told: readTold([...lines, 'LAB promise under=0 over=1 until=0 reads=1 unmarked=0']),
    judgement: { verdict: 'kept', why: null },
    capture: 'x.tar.gz',
    unwritten: null,
    buildSeconds: 0,
    bootSeconds: 0,
    files: 0,
  }
  const replayed = (peakSlots: number) => ({
    tracker: 'reserve',
    file: 'x.tar.gz',
    events: 12,
    peakSlots,
    reportedSlots: 5,
  })

  test('stands side by side, in the kernel and in the port', () => {
    expect(captureText([row], [replayed(4)])).toMatch(/^reserve +4\.\.4 +4 +4 +4 +5 +12$/m)
    expect(sameRun(row, replayed(4))).toBe(true)
  })

  test('is where the probes say, in the port too', () => {
    expect(sameRun(row, replayed(5))).toBe(false)
    expect(sameRun(row, replayed(3))).toBe(false)
    expect(captureText([row], [replayed(3)])).toContain(
      "reserve: the port's peak is not what the probes say was in use.",
    )
  })
})
