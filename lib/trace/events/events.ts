/** The events of swiotlb and dma, read out of the bodies of trace lines. */

import type { Direction } from '../operations.js'
import { Fields } from './fields.js'

/** Where an event stands. */
export interface EventPlace {
  /** Line of the file, from 1. */
  readonly line: number
  readonly cpu: number
  /** The thread that ran: events of one thread come in the order of its program. */
  readonly thread: string
  /** NaN where the layout shows no time. */
  readonly time: number
  /** The same in nanoseconds; NaN also where the clock only counts. */
  readonly ns: number
}

/** One entry of a scatter list; bus and original address, bytes. */
export interface Segment {
  readonly bus: number
  readonly orig: number
  readonly size: number
}

/** What a map asks of the allocator: bytes, masks as in the kernel, the original address. */
export interface AskedMap {
  readonly device: string
  readonly orig: number
  readonly size: number
  readonly am: number
  readonly mam: number
  readonly dir: Direction
}

/** What an addition to the kernel's counter shows: how much, to which value, and the first slot. */
export interface ShownCount {
  readonly slots: number
  readonly found: number
  readonly slot: number
}

/** What both maps of a list and single ones show. */
interface ShownMaps {
  readonly device: string
  readonly dir: Direction
}

/** What an event says. Addresses are below 2^53; FAILED_ADDRESS stands for all ones. */
type EventFacts =
  | {
      readonly kind: 'bounced'
      readonly device: string
      readonly orig: number
      readonly size: number
      /** Bits of addresses that the device reaches; NaN where it is not shown. */
      readonly maskBits: number
      readonly forced: boolean
    }
  | ({
      readonly kind: 'map'
      /** It stands where the slots were taken, and not behind the copy. */
      readonly atTaking?: boolean
    } & ShownMaps &
      Segment)
  | ({
      readonly kind: 'map-list'
      readonly list: string
      readonly segments: readonly Segment[]
      /** Segments that the event does not show, because its list is cut. */
      readonly hidden: number
    } & ShownMaps)
  | {
      readonly kind: 'unmap'
      readonly device: string
      readonly bus: number
      readonly size: number
      /** Nothing is copied back. */
      readonly noCopy: boolean
    }
  | {
      readonly kind: 'unmap-list'
      readonly device: string
      readonly noCopy: boolean
      readonly origs: readonly number[]
      readonly list: string
    }
  | ({ readonly kind: 'probe-map' } & AskedMap)
  | ({ readonly kind: 'probe-add' } & ShownCount)
  | {
      readonly kind: 'probe-map-done'
      readonly bus: number
      readonly orig: number
      readonly size: number
    }
  /** The return of a map of which the probe does not know what was asked: before Linux 6.9. */
  | { readonly kind: 'probe-return'; readonly bus: number }
  /** The copy at the end of a map begins: the map has its slots since a moment ago. */
  | { readonly kind: 'probe-taken'; readonly bus: number; readonly size: number }
  | {
      readonly kind: 'probe-unmap'
      readonly device: string
      readonly bus: number
      readonly size: number
    }
  | { readonly kind: 'probe-sub'; readonly slots: number }
  | { readonly kind: 'probe-unmap-done'; readonly bus: number }
  | { readonly kind: 'other' }

export type TraceEvent = EventPlace & EventFacts

type Reader = (place: EventPlace, fields: Fields, raw: boolean) => TraceEvent

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['swiotlb_bounced', bounced],
  // One page or one range: the name changed from page to phys in later kernels.
  ['dma_map_page', mapOne],
  ['dma_map_phys', mapOne],
  ['dma_unmap_page', unmapOne],
  ['dma_unmap_phys', unmapOne],
  ['dma_map_sg', mapList],
  ['dma_unmap_sg', unmapList],
  // Probes: the begin and the return of both functions, and what they do to the counter.
  ['swiotlb_map', probeMap],
  ['swiotlb_map_ret', probeMapDone],
  ['swiotlb_unmap', probeUnmap],
  [
    'swiotlb_unmap_ret',
    (place, fields) => ({ ...place, kind: 'probe-unmap-done', ...busOf(fields) }),
  ],
  ['tlb_inc', probeAdd],
  ['tlb_dec', (place, fields) => ({ ...place, kind: 'probe-sub', slots: fields.count('nslots') })],
])

/** Events that belong to swiotlb or dma, whether they are used here or not. */
export function isOurs(event: string): boolean {
  return READERS.has(event) || event.startsWith('dma_') || event.startsWith('swiotlb_')
}

/** Reads what an event says; `other` for events that are not used. Throws TraceError. */
export function readEvent(
  event: string,
  body: string,
  file: string,
  place: EventPlace,
): TraceEvent {
  const reader = READERS.get(event)
  if (!reader) return { ...place, kind: 'other' }
  const fields = new Fields(body, event, file, place.line)
  return reader(place, fields, body.startsWith('[FAILED TO PARSE]'))
}

function bounced(place: EventPlace, fields: Fields, raw: boolean): TraceEvent {
  const device = fields.optional('dev_name') ?? fields.wordAfter('dev_name:')
  const orig = raw ? fields.raw('dev_addr') : fields.hex('dev_addr')
  const size = fields.count('size')
  return {
    ...place,
    kind: 'bounced',
    device,
    orig,
    size,
    maskBits: fields.maskBits(raw),
    forced: fields.forced,
  }
}

function mapOne(place: EventPlace, fields: Fields, raw: boolean): TraceEvent {
  const bus = raw ? fields.raw('dma_addr') : fields.hex('dma_addr')
  const orig = raw ? fields.raw('phys_addr') : fields.hex('phys_addr')
  return {
    ...place,
    kind: 'map',
    device: deviceOf(fields, raw),
    dir: fields.direction(),
    bus,
    orig,
    size: fields.size('size'),
  }
}

function unmapOne(place: EventPlace, fields: Fields, raw: boolean): TraceEvent {
  const bus = raw ? fields.raw(rawAddressName(fields)) : fields.hex('dma_addr')
  const device = deviceOf(fields, raw)
  return { ...place, kind: 'unmap', device, bus, size: fields.size('size'), noCopy: fields.noCopy }
}

/* The raw form has the record's own field names. */
function rawAddressName(fields: Fields): string {
  return fields.optional('dma_addr') === undefined ? 'addr' : 'dma_addr'
}

function mapList(place: EventPlace, fields: Fields, raw: boolean): TraceEvent {
  const origs = raw ? fields.array('phys_addrs', 8) : fields.list('phys_addrs')
  const buses = raw ? fields.array('dma_addrs', 8) : fields.list('dma_addrs')
  const sizes = raw ? fields.array('lengths', 4) : fields.list('sizes')
  // An IOMMU may join segments: then nothing says which address is whose, and none is shown here.
  const paired = buses.length === origs.length ? Math.min(origs.length, sizes.length) : 0
  const segments = origs
    .slice(0, paired)
    .map((orig, i) => ({ bus: buses[i] as number, orig, size: sizes[i] as number }))
  const all = raw
    ? Number(fields.optional('full_nents') ?? origs.length)
    : Number(fields.optional('nents')?.split('/')[1] ?? origs.length)
  return {
    ...place,
    kind: 'map-list',
    device: deviceOf(fields, raw),
    dir: fields.direction(),
    segments: segments.filter((segment) => segment.size > 0),
    list: origs.join(),
    hidden: Math.max(origs.length, Number.isNaN(all) ? 0 : all) - paired,
  }
}

function unmapList(place: EventPlace, fields: Fields, raw: boolean): TraceEvent {
  const origs = raw ? fields.array('addrs', 8) : fields.list('phys_addrs')
  const device = deviceOf(fields, raw)
  return { ...place, kind: 'unmap-list', device, origs, list: origs.join(), noCopy: fields.noCopy }
}

function probeMap(place: EventPlace, fields: Fields): TraceEvent {
  const mam = fields.optional('min_align_mask')
  return {
    ...place,
    kind: 'probe-map',
    device: fields.optional('dev') ?? '',
    ...memoryOf(fields),
    am: fields.hex('align_mask'),
    // A device without dma_parms has no mask, and the probe then finds no memory to read.
    mam: mam === undefined || mam === '(fault)' ? 0 : fields.hex('min_align_mask'),
    dir: fields.direction(),
  }
}

function probeMapDone(place: EventPlace, fields: Fields): TraceEvent {
  // A boot has its probe at the copy, in place of one at the return.
  if (fields.optional('bytes') !== undefined) {
    return { ...place, kind: 'probe-taken', ...busOf(fields), size: fields.size('bytes') }
  }
  if (fields.optional('orig_addr') === undefined && fields.optional('size') === undefined) {
    return { ...place, kind: 'probe-return', ...busOf(fields) }
  }
  return { ...place, kind: 'probe-map-done', ...busOf(fields), ...memoryOf(fields) }
}

function probeAdd(place: EventPlace, fields: Fields): TraceEvent {
  const slots = fields.count('nslots')
  return {
    ...place,
    kind: 'probe-add',
    slots,
    found: fields.count('used_old'),
    slot: fields.count('slot'),
  }
}

function probeUnmap(place: EventPlace, fields: Fields): TraceEvent {
  // Its attrs say nothing of copies: dma_unmap copies first, and then asks for the unmap without.
  const device = fields.optional('dev') ?? ''
  return { ...place, kind: 'probe-unmap', device, ...busOf(fields), size: fields.size('size') }
}

/* What a probe calls the place in the pool, and the memory that is bounced there. */
const busOf = (fields: Fields) => ({ bus: fields.hex('tlb_addr') })
const memoryOf = (fields: Fields) => ({ orig: fields.hex('orig_addr'), size: fields.size('size') })

function deviceOf(fields: Fields, raw: boolean): string {
  return raw ? fields.text('device') : fields.firstWord()
}
