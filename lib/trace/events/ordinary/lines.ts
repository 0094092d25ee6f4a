/**
 * The lines that traces consist of almost entirely, read from their bytes, without regular
 * expressions and strings: maps and unmaps, single ones and lists, `swiotlb_bounced` and the probes.
 * Whatever is otherwise in a line, if only by a blank, is left to the readers of `lines.ts` and
 * `events.ts`, which know all forms and say what is wrong.
 */
import { Direction } from '../../operations.js'
import type { Segment, TraceEvent } from '../events.js'
import { FAILED_ADDRESS } from '../fields.js'
import type { LineLayout } from '../lines.js'
import { Columns } from './columns.js'
import { ascii, BLANK, LineCursor, Words } from './cursor.js'

const QUOTE = 34
const COMMA = 44
const SLASH = 47
const EQUALS = 61
const ROUND_CLOSE = 41
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

const word = {
  bounced: ascii('swiotlb_bounced: '),
  dmaMap: ascii('dma_map_'),
  dmaUnmap: ascii('dma_unmap_'),
  page: ascii('page: '),
  phys: ascii('phys: '),
  sg: ascii('sg: '),
  probeMap: ascii('swiotlb_map: ('),
  probeMapDone: ascii('swiotlb_map_ret: ('),
  probeUnmap: ascii('swiotlb_unmap: ('),
  probeUnmapDone: ascii('swiotlb_unmap_ret: ('),
  probeAdd: ascii('tlb_inc: ('),
  probeSub: ascii('tlb_dec: ('),
  devName: ascii('dev_name: '),
  dmaMask: ascii(' dma_mask='),
  devAddr: ascii(' dev_addr='),
  dmaAddr: ascii('dma_addr='),
  size: ascii(' size='),
  physAddr: ascii(' phys_addr='),
  attrs: ascii(' attrs='),
  force: ascii(' FORCE'),
  normal: ascii(' NORMAL'),
  dir: ascii(' dir='),
  nents: ascii('nents='),
  ents: ascii(' ents='),
  dmaAddrs: ascii(' dma_addrs='),
  sizes: ascii(' sizes='),
  physAddrs: ascii('phys_addrs='),
  dev: ascii(' dev="'),
  quote: ascii('"'),
  origAddr: ascii(' orig_addr='),
  alignMask: ascii(' align_mask='),
  minAlignMask: ascii(' min_align_mask='),
  tlbAddr: ascii(' tlb_addr='),
  nslots: ascii(' nslots='),
  usedOld: ascii(' used_old='),
  slot: ascii(' slot='),
}

const DIRECTIONS = [
  [ascii('FROM_DEVICE '), Direction.fromDevice],
  [ascii('TO_DEVICE '), Direction.toDevice],
  [ascii('BIDIRECTIONAL '), Direction.bidirectional],
] as const
/** As the probes show them, by number. */
const NUMBERED = [Direction.bidirectional, Direction.toDevice, Direction.fromDevice] as const

/** A field, a tab, and what is no ASCII, are for others to read. */
const DEVICE = /^[!#-<>-~]+$/
/** Names of attributes, which no number looks like. */
const ATTRIBUTES = /^[A-Z|]+_[A-Z_|]*$/

/** Threads whose names are remembered. */
const MAX_THREADS = 65536

/**
 * Reads what lines say. Each event is written out, field by field: there is one for every line, and
 * with a spread of what they have in common all of the reading took three times as long.
 */
export class OrdinaryLines {
  readonly #cursor = new LineCursor()
  readonly #columns = new Columns(this.#cursor)
  readonly #devices = new Words(DEVICE)
  readonly #attributes = new Words(ATTRIBUTES)
  readonly #threads = new Map<number, string>()
  /** Where the line stands, and who ran. */
  readonly #place = { line: 0, cpu: 0, thread: '', time: Number.NaN, ns: Number.NaN }

  /** Seconds in a unit of the time of the line that was read last; NaN where it has none. */
  get tick(): number {
    return this.#columns.tick
  }

  /** What a line says; undefined where it is not one of these lines. */
  read(
    bytes: Buffer,
    from: number,
    end: number,
    line: number,
    layout: LineLayout,
  ): TraceEvent | undefined {
    const cursor = this.#cursor
    cursor.begin(bytes, from, end)
    if (!this.#columns.read(layout)) return undefined
    const { pid, cpu, time, tick } = this.#columns
    const place = this.#place
    place.line = line
    place.cpu = cpu
    place.thread = this.#threadOf(pid, cpu)
    place.time = time
    place.ns = time * tick * 1e9
    if (cursor.skip(word.bounced)) return this.#bounced()
    if (cursor.skip(word.dmaMap)) return this.#dmaMap()
    if (cursor.skip(word.dmaUnmap)) return this.#dmaUnmap()
    if (cursor.skip(word.probeMap)) return this.#probeMap()
    if (cursor.skip(word.probeMapDone)) return this.#probeMapDone()
    if (cursor.skip(word.probeUnmap)) return this.#probeUnmap()
    if (cursor.skip(word.probeUnmapDone)) return this.#probeUnmapDone()
    if (cursor.skip(word.probeAdd)) return this.#probeAdd()
    if (cursor.skip(word.probeSub)) return this.#probeSub()
    return undefined
  }

  #bounced(): TraceEvent | undefined {
    const { line, cpu, thread, time, ns } = this.#place
    const cursor = this.#cursor
    cursor.blanks()
    if (!cursor.skip(word.devName)) return undefined
    const device = this.#device()
    if (device === undefined || !cursor.skip(word.dmaMask)) return undefined
    const mask = cursor.hex()
    if (!cursor.skip(word.devAddr)) return undefined
    const orig = cursor.hex()
    if (!cursor.skip(word.size)) return undefined
    const size = cursor.decimal()
    const forced = cursor.skip(word.force)
    if (!forced && !cursor.skip(word.normal)) return undefined
    if (Number.isNaN(mask) || Number.isNaN(orig) || Number.isNaN(size) || !cursor.atEnd) {
      return undefined
    }
    const maskBits = mask === FAILED_ADDRESS ? 64 : Math.ceil(Math.log2(mask + 1))
    return { line, cpu, thread, time, ns, kind: 'bounced', device, orig, size, maskBits, forced }
  }

  #dmaMap(): TraceEvent | undefined {
    const { line, cpu, thread, time, ns } = this.#place
    const cursor = this.#cursor
    const isList = cursor.skip(word.sg)
    if (!isList && !cursor.skip(word.page) && !cursor.skip(word.phys)) return undefined
    cursor.blanks()
    const device = this.#device()
    const dir = this.#direction()
    if (device === undefined || dir === undefined) return undefined
    if (isList) return this.#mapList(device, dir)
    if (!cursor.skip(word.dmaAddr)) return undefined
    const bus = cursor.hex()
    if (!cursor.skip(word.size)) return undefined
    const size = cursor.decimal()
    if (!cursor.skip(word.physAddr)) return undefined
    const orig = cursor.hex()
    if (Number.isNaN(bus) || Number.isNaN(orig) || !(size > 0)) return undefined
    if (!cursor.skip(word.attrs)) return undefined
    return {
      line,
      cpu,
      thread,
      time,
      ns,
      kind: 'map',
      device,
      dir,
      bus,
      orig,
      size,
    }
  }

  #mapList(device: string, dir: Direction): TraceEvent | undefined {
    const { line, cpu, thread, time, ns } = this.#place
    const cursor = this.#cursor
    if (!cursor.skip(word.nents)) return undefined
    const shown = cursor.decimal()
    if (!cursor.skipByte(SLASH)) return undefined
    const all = cursor.decimal()
    if (!cursor.skip(word.ents)) return undefined
    cursor.decimal()
    if (!cursor.skipByte(SLASH)) return undefined
    cursor.decimal()
    const buses = cursor.skip(word.dmaAddrs) ? this.#list() : undefined
    const sizes = cursor.skip(word.sizes) ? this.#list() : undefined
    const origs = cursor.skipByte(BLANK) && cursor.skip(word.physAddrs) ? this.#list() : undefined
    if (!buses || !sizes || !origs || Number.isNaN(shown + all)) return undefined
    // Otherwise an IOMMU joined some of them.
    if (buses.length !== origs.length || sizes.length !== origs.length) return undefined
    if (!cursor.skip(word.attrs)) return undefined
    const segments: Segment[] = []
    for (let i = 0; i < origs.length; i++) {
      const size = sizes[i] as number
      if (size > 0) segments.push({ bus: buses[i] as number, orig: origs[i] as number, size })
    }
    const hidden = Math.max(origs.length, all) - origs.length
    return {
      line,
      cpu,
      thread,
      time,
      ns,
      kind: 'map-list',
      device,
      dir,
      segments,
      list: origs.join(),
      hidden,
    }
  }

  #dmaUnmap(): TraceEvent | undefined {
    const { line, cpu, thread, time, ns } = this.#place
    const cursor = this.#cursor
    const isList = cursor.skip(word.sg)
    if (!isList && !cursor.skip(word.page) && !cursor.skip(word.phys)) return undefined
    cursor.blanks()
    const device = this.#device()
    if (device === undefined || this.#direction() === undefined) return undefined
    if (isList) return this.#unmapList(device)
    if (!cursor.skip(word.dmaAddr)) return undefined
    const bus = cursor.hex()
    if (!cursor.skip(word.size)) return undefined
    const size = cursor.decimal()
    if (Number.isNaN(bus) || !(size > 0)) return undefined
    const noCopy = this.#noCopy()
    if (noCopy === undefined) return undefined
    return { line, cpu, thread, time, ns, kind: 'unmap', device, bus, size, noCopy }
  }

  #unmapList(device: string): TraceEvent | undefined {
    const { line, cpu, thread, time, ns } = this.#place
    const origs = this.#cursor.skip(word.physAddrs) ? this.#list() : undefined
    const noCopy = this.#noCopy()
    if (!origs || noCopy === undefined) return undefined
    return {
      line,
      cpu,
      thread,
      time,
      ns,
      kind: 'unmap-list',
      device,
      origs,
      list: origs.join(),
      noCopy,
    }
  }

  #probeMap(): TraceEvent | undefined {
    const { line, cpu, thread, time, ns } = this.#place
    const cursor = this.#cursor
    const device = this.#where() ? this.#quotedDevice() : undefined
    if (device === undefined || !cursor.skip(word.origAddr)) return undefined
    const orig = cursor.hex()
    if (!cursor.skip(word.size)) return undefined
    const size = cursor.decimal()
    if (!cursor.skip(word.alignMask)) return undefined
    const am = cursor.hex()
    const dir = cursor.skip(word.dir) ? NUMBERED[cursor.digit()] : undefined
    if (cursor.skip(word.attrs)) cursor.hex()
    const mam = cursor.skip(word.minAlignMask) ? cursor.hex() : 0
    if (dir === undefined || !(size > 0) || Number.isNaN(orig + am + mam)) return undefined
    return cursor.atEnd
      ? { line, cpu, thread, time, ns, kind: 'probe-map', device, orig, size, am, mam, dir }
      : undefined
  }

  #probeMapDone(): TraceEvent | undefined {
    const { line, cpu, thread, time, ns } = this.#place
    const cursor = this.#cursor
    if (!this.#where() || !cursor.skip(word.tlbAddr)) return undefined
    const bus = cursor.hex()
    if (Number.isNaN(bus)) return undefined
    if (cursor.atEnd) return { line, cpu, thread, time, ns, kind: 'probe-return', bus }
    if (!cursor.skip(word.origAddr)) return undefined
    const orig = cursor.hex()
    if (!cursor.skip(word.size)) return undefined
    const size = cursor.decimal()
    if (Number.isNaN(orig) || !(size > 0) || !cursor.atEnd) return undefined
    return { line, cpu, thread, time, ns, kind: 'probe-map-done', bus, orig, size }
  }

  #probeUnmap(): TraceEvent | undefined {
    const { line, cpu, thread, time, ns } = this.#place
    const cursor = this.#cursor
    const device = this.#where() ? this.#quotedDevice() : undefined
    if (device === undefined || !cursor.skip(word.tlbAddr)) return undefined
    const bus = cursor.hex()
    if (!cursor.skip(word.size)) return undefined
    const size = cursor.decimal()
    if (Number.isNaN(bus) || !(size > 0) || !this.#endOfField()) return undefined
    return { line, cpu, thread, time, ns, kind: 'probe-unmap', device, bus, size }
  }

  #probeUnmapDone(): TraceEvent | undefined {
    const { line, cpu, thread, time, ns } = this.#place
    if (!this.#where() || !this.#cursor.skip(word.tlbAddr)) return undefined
    const bus = this.#cursor.hex()
    if (Number.isNaN(bus) || !this.#endOfField()) return undefined
    return { line, cpu, thread, time, ns, kind: 'probe-unmap-done', bus }
  }

  #probeAdd(): TraceEvent | undefined {
    const { line, cpu, thread, time, ns } = this.#place
    const cursor = this.#cursor
    if (!this.#where() || !cursor.skip(word.nslots)) return undefined
    const slots = cursor.decimal()
    if (!cursor.skip(word.usedOld)) return undefined
    const found = cursor.decimal()
    if (!cursor.skip(word.slot)) return undefined
    const slot = cursor.decimal()
    if (Number.isNaN(slots + found + slot) || !cursor.atEnd) return undefined
    return { line, cpu, thread, time, ns, kind: 'probe-add', slots, found, slot }
  }

  #probeSub(): TraceEvent | undefined {
    const { line, cpu, thread, time, ns } = this.#place
    if (!this.#where() || !this.#cursor.skip(word.nslots)) return undefined
    const slots = this.#cursor.decimal()
    if (Number.isNaN(slots) || !this.#endOfField()) return undefined
    return { line, cpu, thread, time, ns, kind: 'probe-sub', slots }
  }

  /** Of `FUNCTION+OFFSET)`, in which there is no field. */
  #where(): boolean {
    const cursor = this.#cursor
    const { at: from } = cursor
    if (!cursor.find(ROUND_CLOSE)) return false
    for (let at = from; at < cursor.at; at++) if (cursor.byteAt(at) === EQUALS) return false
    cursor.at++
    return true
  }

  #endOfField(): boolean {
    return this.#cursor.atEnd || this.#cursor.byteAt(this.#cursor.at) === BLANK
  }

  #device(): string | undefined {
    const cursor = this.#cursor
    const { at: from } = cursor
    return cursor.find(BLANK) ? this.#wordFrom(from) : undefined
  }

  #quotedDevice(): string | undefined {
    const cursor = this.#cursor
    if (!cursor.skip(word.dev)) return undefined
    const { at: from } = cursor
    const device = cursor.find(QUOTE) ? this.#wordFrom(from) : undefined
    return cursor.skip(word.quote) ? device : undefined
  }

  #wordFrom(from: number): string | undefined {
    return this.#devices.of(this.#cursor.bytes, from, this.#cursor.at)
  }

  /** Of ` dir=WORD `. */
  #direction(): Direction | undefined {
    if (!this.#cursor.skip(word.dir)) return undefined
    for (const [name, direction] of DIRECTIONS) if (this.#cursor.skip(name)) return direction
    return undefined
  }

  /** Of ` attrs=NAMES` at the end of the line: whether nothing is copied back. */
  #noCopy(): boolean | undefined {
    const cursor = this.#cursor
    if (!cursor.skip(word.attrs)) return undefined
    if (cursor.atEnd) return false
    const names = this.#attributes.of(cursor.bytes, cursor.at, cursor.end)
    return names?.split('|').includes('SKIP_CPU_SYNC')
  }

  /** Of `{HEX,HEX}`. */
  #list(): number[] | undefined {
    const cursor = this.#cursor
    if (!cursor.skipByte(OPEN_BRACE)) return undefined
    const values: number[] = []
    if (cursor.skipByte(CLOSE_BRACE)) return values
    do {
      const value = cursor.hex()
      if (Number.isNaN(value)) return undefined
      values.push(value)
    } while (cursor.skipByte(COMMA))
    return cursor.skipByte(CLOSE_BRACE) ? values : undefined
  }

  /* The idle tasks of all CPUs share pid 0. */
  #threadOf(pid: number, cpu: number): string {
    const key = pid > 0 ? pid : -2 - cpu
    const known = this.#threads.get(key)
    if (known !== undefined) return known
    if (this.#threads.size >= MAX_THREADS) this.#threads.clear()
    const thread = pid > 0 ? `${pid}` : `${pid}@${cpu}`
    this.#threads.set(key, thread)
    return thread
  }
}
