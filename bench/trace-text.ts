/** A trace of any size, as ftrace writes the standard events. */
import { closeSync, openSync, writeSync } from 'node:fs'

/** The pool that it was recorded in, as far as it was. */
export const POOL = { nslabs: 32768, nareas: 4, start: 0x34fc9000n } as const

const IN_FLIGHT = 16
const SLOTS = 2
const SLOT_BYTES = 2048

/**
 * Four CPUs, each with sixteen mappings of a page in flight, which it unmaps in their order, so that
 * the search takes the next two slots of its area each time.
 *
 * @returns events and maps in it
 */
export function writeTrace(file: string, bytes: number): { events: number; maps: number } {
  const { nslabs, nareas, start } = POOL
  const perArea = nslabs / nareas
  const fd = openSync(file, 'w')
  let now = 10
  let events = 0
  let maps = 0
  let written = 0
  let text = '# tracer: nop\n#\n'
  const line = (cpu: number, event: string): void => {
    now += 0.000003
    events++
    text += `             fio-${200 + cpu}     [00${cpu}] ..... ${now.toFixed(6).padStart(12)}: ${event}\n`
  }
  try {
    for (let cycle = 0; written + text.length < bytes; cycle++) {
      for (let cpu = 0; cpu < nareas; cpu++) {
        const bus = (at: number): string =>
          (Number(start) + (cpu * perArea + ((at * SLOTS) % perArea)) * SLOT_BYTES).toString(16)
        const orig = (0x100000000 + cpu * 0x1000000 + (cycle % 4096) * 0x1000).toString(16)
        const device = '0000:00:04.0'
        line(
          cpu,
          `swiotlb_bounced: dev_name: ${device} dma_mask=ffffffffffffffff dev_addr=${orig} size=4096 FORCE`,
        )
        line(
          cpu,
          `dma_map_page: ${device} dir=FROM_DEVICE dma_addr=${bus(cycle)} size=4096 phys_addr=${orig} attrs=`,
        )
        maps++
        if (cycle < IN_FLIGHT) continue
        const ended = bus(cycle - IN_FLIGHT)
        line(cpu, `dma_unmap_page: ${device} dir=FROM_DEVICE dma_addr=${ended} size=4096 attrs=`)
      }
      if (text.length < 2 ** 20) continue
      written += writeSync(fd, text)
      text = ''
    }
    writeSync(fd, text)
  } finally {
    closeSync(fd)
  }
  return { events, maps }
}
