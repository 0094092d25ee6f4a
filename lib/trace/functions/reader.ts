/**
 * Traces of kernels before 6.12, which have no dma:* events, and of boots: function probes at the map, at
 * its return and at the unmap. They say what the dma events would, and are read as these. A boot's probe
 * at the copy says more: when the map had its slots.
 */
import type { TraceEvent } from '../events/events.js'
import type { ScanEnd } from '../events/scan.js'
import { RecentMap } from '../recent.js'
import { StandardReader } from '../standard/reader.js'
import type { Reading, TraceHints } from '../trace.js'

type Begun = TraceEvent & { readonly kind: 'probe-map' }

/** Threads in the middle of a map that are remembered. */
const MAX_THREADS = 4096
/** Maps of one thread that have not returned; interrupts nest, but not so deep. */
const MAX_NESTED = 8
/** So many maps without any dma event are none of a scatter list whose event is still to come. */
const SURE_MAPS = 512

export class FunctionReader {
  readonly layout = 'functions'
  readonly #reader: StandardReader
  readonly #begun = new RecentMap<string, Begun[]>(MAX_THREADS)
  #maps = 0
  #hasEvents = false
  #ended = false

  constructor(hints: TraceHints, hasContext: boolean) {
    this.#reader = new StandardReader(hints, hasContext)
  }

  /** Known in the end, or when a list would long have had its event. */
  get applies(): boolean {
    return !this.#hasEvents && this.#maps > (this.#ended ? 0 : SURE_MAPS)
  }

  take(event: TraceEvent, position: number): void {
    // From then on those events say all.
    if (this.#hasEvents) return
    switch (event.kind) {
      case 'map':
      case 'map-list':
      case 'unmap':
      case 'unmap-list':
        this.#hasEvents = true
        this.#reader.close()
        break
      case 'probe-map':
        this.#begin(event)
        break
      case 'probe-map-done':
      case 'probe-return':
        this.#map(
          event,
          this.#returned(event.thread, () => true),
          position,
        )
        break
      case 'probe-taken':
        // Of another size it is a copy for a mapping that is there, or its map was not seen.
        this.#map(
          event,
          this.#returned(event.thread, ({ size }) => size === event.size),
          position,
        )
        break
      case 'probe-unmap':
        this.#unmap(event, position)
        break
      default:
        this.#reader.take(event, position)
    }
  }

  /** No more events come. */
  end(): void {
    this.#ended = true
  }

  finish(end: ScanEnd): Generator<void, Reading> {
    return this.#reader.finish(end)
  }

  close(): void {
    if (!this.#hasEvents) this.#reader.close()
  }

  #begin(event: Begun): void {
    const begun = this.#begun.get(event.thread) ?? []
    begun.push(event)
    if (begun.length > MAX_NESTED) begun.shift()
    this.#begun.set(event.thread, begun)
  }

  #unmap(event: TraceEvent & { readonly kind: 'probe-unmap' }, position: number): void {
    const { line, cpu, thread, time, ns, device, bus, size } = event
    const noCopy = false
    const ended = { kind: 'unmap', line, cpu, thread, time, ns, device, bus, size, noCopy } as const
    this.#reader.take(ended, position)
  }

  /* The innermost map of the thread that may be it; those inside of it found no room. */
  #returned(thread: string, mayBe: (map: Begun) => boolean): Begun | undefined {
    const begun = this.#begun.get(thread)
    const map = begun?.findLast(mayBe)
    if (!begun || !map) return undefined
    begun.splice(begun.indexOf(map))
    if (begun.length === 0) this.#begun.delete(thread)
    return map
  }

  #map(
    event: TraceEvent & { readonly bus: number },
    map: Begun | undefined,
    position: number,
  ): void {
    if (!map) return
    this.#maps++
    const { device, dir, orig, size } = map
    const { line, cpu, thread, time, ns, bus } = event
    const mapped = {
      kind: 'map',
      line,
      cpu,
      thread,
      time,
      ns,
      device,
      dir,
      bus,
      orig,
      size,
      atTaking: event.kind === 'probe-taken',
    } as const
    this.#reader.take(mapped, position)
  }
}
