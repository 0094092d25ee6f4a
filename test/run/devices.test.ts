// Who holds the slots.

import { describe, expect, test } from '@jest/globals'
import { devices, parseTrace } from '../../lib/index.js'
import { devicesText } from '../../lib/report/text/devices.js'
import { captureFile, captureHints, captureMeta, useOf } from '../trace/helpers.js'

const read = (name: string) => parseTrace(captureFile(name), captureHints(name))

describe.each(['a-seq-1cpu', 'c-mixed-4cpu', 'e2-full-2areas', 'f-perf-std', 'g2-net-std-2cpu'])(
  '%s',
  (name) => {
    const trace = read(name)

    test('adds up to the whole', async () => {
      const { devices: all, poolPeakSlots } = await devices(trace)
      const sum = (of: (one: (typeof all)[number]) => number): number =>
        all.reduce((total, one) => total + of(one), 0)
      expect(poolPeakSlots).toBe(useOf(trace).peak)
      expect(sum(({ slotsAtPoolPeak }) => slotsAtPoolPeak)).toBe(poolPeakSlots)
      expect(sum(({ liveSlots }) => liveSlots)).toBe(captureMeta(name).used_after)
      expect(sum(({ maps, mapsBefore }) => maps - mapsBefore)).toBe(trace.maps)
      expect(sum(({ failedMaps }) => failedMaps)).toBe(trace.failedMaps)
      for (const one of all) {
        expect(one.device).toMatch(/^0000:00:0\d\.0$/)
        expect(one.liveMaps).toBe(one.maps - one.unmaps)
        expect(one.peakSlots).toBeGreaterThanOrEqual(one.slotsAtPoolPeak)
        expect(one.slotsByQuarter[3]).toBe(one.liveSlots)
      }
    })
  },
)

/** A device that maps a page every 10 ms, and unmaps it after 1 ms but for every tenth. */
const leaking = (): string => {
  let text = ''
  for (let k = 0; k < 400; k++) {
    const line = (ms: number, what: string): string =>
      `  t-1  [000] ..... ${(10 + k * 0.01 + ms / 1000).toFixed(6)}: ${what}\n`
    const [leaks, device] = [k % 10 === 0, k % 2 === 0 ? 'leaky' : 'good']
    const bus = (0x40000000 + (leaks ? (k + 8) * 0x1000 : (k % 2) * 0x1000)).toString(16)
    const orig = (0x100000000 + k * 0x1000).toString(16)
    text += line(
      0,
      `swiotlb_bounced: dev_name: ${device} dma_mask=ffffffff dev_addr=${orig} size=4096 FORCE`,
    )
    text += line(
      0.1,
      `dma_map_page: ${device} dir=TO_DEVICE dma_addr=${bus} size=4096 phys_addr=${orig} attrs=`,
    )
    if (!leaks)
      text += line(1, `dma_unmap_page: ${device} dir=TO_DEVICE dma_addr=${bus} size=4096 attrs=`)
  }
  return text
}

test('a driver that leaks stands out, by what it never gave back', async () => {
  const trace = parseTrace(leaking(), {
    file: 'leak.txt',
    nslabs: 32768,
    nareas: 1,
    start: 0x40000000n,
  })
  const { devices: all, suspects, seconds } = await devices(trace)
  expect(seconds).toBeCloseTo(3.991)
  expect(all).toMatchObject([
    { device: 'leaky', maps: 200, unmaps: 160, liveMaps: 40, liveSlots: 80, peakSlots: 82 },
    { device: 'good', maps: 200, unmaps: 200, liveMaps: 0, liveSlots: 0, peakSlots: 2 },
  ])
  expect(all[0]?.oldestLiveS).toBeCloseTo(3.991)
  expect(all[1]).toMatchObject({ bytes: { least: 4096, median: 4096, most: 4096 } })
  expect(all[1]?.mapsPerSecond).toBeCloseTo(200 / 3.991)
  // Held for 1 ms, told within 10 per cent.
  expect(all[1]?.holdUs?.median).toBeGreaterThanOrEqual(1000)
  expect(all[1]?.holdUs?.median).toBeLessThan(1100)
  expect(suspects.map(({ device }) => device)).toEqual(['leaky'])
})

test('of a trace with lost events nothing is said that they could refute', async () => {
  const words = async (name: string): Promise<string> =>
    devicesText(await devices(read(name))).replace(/\s+/g, ' ')
  const lossy = await words('x-overrun-std-2cpu')
  const trace = read('x-overrun-std-2cpu')
  expect(trace.lost.events).toBeGreaterThan(0)
  expect(lossy).toContain(`at least ${trace.peakBounds?.low} slots`)
  expect(lossy).toContain(`events that are left make a peak of ${useOf(trace).peak} slots`)
  expect(lossy).toContain('of those that were lost nothing is known')
  expect(lossy).not.toMatch(/the pool peaks at|Every map has/)
  const one = { ...(await devices(trace)), certainPeakSlots: 1 }
  expect(devicesText(one).replace(/\s+/g, ' ')).toContain(
    'at least 1 slot (2 KiB) was in use at one time; the events',
  )
  expect(await words('f-perf-std')).toMatch(/the pool peaks at .*Every map has its unmap/)
})
