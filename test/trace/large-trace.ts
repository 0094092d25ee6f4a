// Traces of any size, made line by line, as ftrace and the operation log write them.

import { closeSync, openSync, writeSync } from 'node:fs'

export type LargeKind = 'standard' | 'probes' | 'log'

export const LARGE_POOL = { nslabs: 32768, nareas: 4, start: 0x34fc9000n } as const

const IN_FLIGHT = 16
const SLOTS = 2
const BYTES = 4096

/**
 * Four CPUs, each with 16 mappings of a page in flight, which it unmaps in their order: the search
 * takes the next two slots of its area each time. `cycles` maps and unmaps of each CPU.
 */
export function* largeTrace(kind: LargeKind, cycles: number): Generator<string> {
  const { nslabs, nareas, start } = LARGE_POOL
  const perArea = nslabs / nareas
  if (kind === 'log') yield `#! nslabs=${nslabs} nareas=${nareas} pool=${start.toString(16)}\n`
  else yield '# tracer: nop\n#\n'
  let used = 0
  let now = 10
  const stamp = (cpu: number): string => {
    now += 0.000003
    return `             fio-${200 + cpu}     [00${cpu}] ..... ${now.toFixed(6).padStart(12)}: `
  }
  const slotOf = (cpu: number, cycle: number): number => cpu * perArea + ((cycle * SLOTS) % perArea)
  const busOf = (slot: number): string => (Number(start) + slot * 2048).toString(16)
  for (let cycle = 0; cycle < cycles + IN_FLIGHT; cycle++) {
    let text = ''
    for (let cpu = 0; cpu < nareas; cpu++) {
      if (cycle < cycles) {
        const slot = slotOf(cpu, cycle)
        const bus = busOf(slot)
        const orig = (0x100000000 + cpu * 0x1000000 + (cycle % 4096) * 0x1000).toString(16)
        const head = `dev="0000:00:04.0" orig_addr=0x${orig} size=${BYTES}`
        if (kind === 'log') {
          text += `m ${cpu} ${cycle * nareas + cpu} ${orig} ${BYTES} 0 fff\n`
        } else {
          text += `${stamp(cpu)}swiotlb_bounced: dev_name: 0000:00:04.0 dma_mask=ffffffffffffffff dev_addr=${orig} size=${BYTES} FORCE\n`
          if (kind === 'probes') {
            text += `${stamp(cpu)}swiotlb_map: (swiotlb_tbl_map_single+0x4/0x770) ${head} align_mask=0x0 dir=2 attrs=0x0 min_align_mask=0xfff\n`
            text += `${stamp(cpu)}tlb_inc: (swiotlb_tbl_map_single+0x5e7/0x770) nslots=${SLOTS} used_old=${used} slot=${slot}\n`
            text += `${stamp(cpu)}swiotlb_map_ret: (swiotlb_map+0x6c/0x280 <- swiotlb_tbl_map_single) tlb_addr=0x${bus} orig_addr=0x${orig} size=${BYTES}\n`
          }
          text += `${stamp(cpu)}dma_map_page: 0000:00:04.0 dir=FROM_DEVICE dma_addr=${bus} size=${BYTES} phys_addr=${orig} attrs=\n`
        }
        used += SLOTS
      }
      const ending = cycle - IN_FLIGHT
      if (ending < 0) continue
      const bus = busOf(slotOf(cpu, ending))
      if (kind === 'log') {
        text += `u ${cpu} ${ending * nareas + cpu}\n`
      } else {
        if (kind === 'probes') {
          text += `${stamp(cpu)}swiotlb_unmap: (__swiotlb_tbl_unmap_single+0x4/0x60) dev="0000:00:04.0" tlb_addr=0x${bus} size=${BYTES} dir=2 attrs=0x20\n`
          text += `${stamp(cpu)}tlb_dec: (swiotlb_release_slots+0x17b/0x1b0) nslots=${SLOTS} used_now=${used}\n`
          text += `${stamp(cpu)}swiotlb_unmap_ret: (dma_unmap_page_attrs+0x1c4/0x250 <- __swiotlb_tbl_unmap_single) tlb_addr=0x${bus} size=${BYTES}\n`
        }
        text += `${stamp(cpu)}dma_unmap_page: 0000:00:04.0 dir=FROM_DEVICE dma_addr=${bus} size=${BYTES} attrs=\n`
      }
      used -= SLOTS
    }
    yield text
  }
}

/** Writes a trace of at least so many bytes; returns the maps in it. */
export function writeLargeTrace(file: string, kind: LargeKind, bytes: number): number {
  const sample = 1000
  let sampled = 0
  for (const text of largeTrace(kind, sample)) sampled += text.length
  const cycles = Math.ceil((bytes / sampled) * sample)
  const fd = openSync(file, 'w')
  try {
    let text = ''
    for (const more of largeTrace(kind, cycles)) {
      text += more
      if (text.length < 2 ** 20) continue
      writeSync(fd, text)
      text = ''
    }
    writeSync(fd, text)
  } finally {
    closeSync(fd)
  }
  return cycles * LARGE_POOL.nareas
}
