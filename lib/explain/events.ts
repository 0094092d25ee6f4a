/** What a kernel said, line by line, before anybody asks why. */
import { groupBy } from './group.js'

/** A number that a kernel printed: exact, or told apart as one that fell below 0. */
export type Count = number | 'below-zero'

/** The device of a message; null where it names none. */
export type Device = string | null

export type Said =
  | {
      readonly kind: 'full'
      readonly device: Device
      readonly bytes: number | null
      readonly total: number | null
      readonly used: Count | null
      /** Whether the line ends, or goes wrong, within its numbers. */
      readonly cut: boolean
      /** Whether it names neither a device nor a number, as a sentence or a title does. */
      readonly bare: boolean
    }
  | { readonly kind: 'space'; readonly device: Device; readonly bytes: number }
  | { readonly kind: 'suppressed'; readonly name: string; readonly count: number }
  | { readonly kind: 'repeated'; readonly count: number }
  | { readonly kind: 'lost'; readonly words: string }
  | { readonly kind: 'no-pool'; readonly device: Device; readonly panic: boolean }
  | { readonly kind: 'no-pool-at-boot'; readonly panic: boolean }
  | { readonly kind: 'too-small-panic'; readonly slots: number }
  | { readonly kind: 'piece-failed'; readonly bytes: number }
  | { readonly kind: 'direct-overflow'; readonly device: Device; readonly bytes: number }
  | { readonly kind: 'not-allowed'; readonly device: Device }
  | { readonly kind: 'mapped'; readonly bytes: number; readonly saidMib: number | null }
  | { readonly kind: 'adjusted'; readonly mib: number }
  | { readonly kind: 'roundup'; readonly mib: number }
  | { readonly kind: 'halved'; readonly from: number; readonly to: number }
  | { readonly kind: 'areas'; readonly areas: number }
  | { readonly kind: 'only-able'; readonly mib: number }
  | { readonly kind: 'torn-down' }
  | { readonly kind: 'encrypted'; readonly guest: boolean }
  | { readonly kind: 'restricted'; readonly at: bigint; readonly bytes: number }
  | { readonly kind: 'assigned'; readonly device: Device; readonly at: bigint }
  | { readonly kind: 'growth-failed' }
  | {
      readonly kind: 'unreachable'
      readonly device: Device
      readonly bytes: number
      readonly address: bigint
      readonly mask: bigint
      readonly limit: bigint
    }
  | {
      readonly kind: 'reach'
      readonly device: Device
      readonly bytes: number
      readonly mask: bigint
    }
  | { readonly kind: 'coherent'; readonly device: Device; readonly bytes: number }
  | { readonly kind: 'driver-bug'; readonly device: Device; readonly words: string }
  | { readonly kind: 'xen'; readonly words: string }
  | { readonly kind: 'other'; readonly pool: 'cma' | 'coherent-pool' | 'iommu' }
  | { readonly kind: 'command-line'; readonly text: string; readonly printed: boolean }
  | { readonly kind: 'version'; readonly text: string }
  | { readonly kind: 'boot' }
  | { readonly kind: 'cpus'; readonly cpus: number }
  | { readonly kind: 'memory'; readonly bytes: number }
  | { readonly kind: 'memory-range'; readonly bytes: number }
  | { readonly kind: 'counters'; readonly values: readonly CounterValue[] }
  | { readonly kind: 'refused'; readonly why: 'not-permitted' | 'denied' | 'missing' }
  | {
      readonly kind: 'bounced'
      readonly device: Device
      readonly mask: bigint
      readonly address: bigint
      readonly bytes: number
    }
  | { readonly kind: 'trace-event' }
  | { readonly kind: 'broken-name'; readonly device: string }
  | { readonly kind: 'program-text' }
  | { readonly kind: 'sentence' }

type Kind = Said['kind']

export const counterNames = ['nslabs', 'used', 'used_hiwater', 'transient_nslabs'] as const
export type CounterName = (typeof counterNames)[number]

/** One value out of debugfs. */
export interface CounterValue {
  /** The folder of a restricted pool; empty for the pool of all. */
  readonly pool: string
  readonly name: CounterName
  readonly value: Count
}

/** What was said, where, and when. */
export interface Heard<K extends Kind> {
  readonly said: Extract<Said, { readonly kind: K }>
  /** The lines it stands on, in their order. */
  readonly lines: readonly number[]
  readonly uptime: number | null
  readonly times: number
  /** Which boot of the text, from 0. */
  readonly boot: number
}

export type AnyHeard = { [K in Kind]: Heard<K> }[Kind]

/** Messages of one kind, of all boots or of one. */
export type HeardOf = <K extends Kind>(kind: K, boot?: number) => Heard<K>[]

/** Looked up again and again, in texts of thousands of boots. */
export function indexOf(heard: readonly AnyHeard[]): HeardOf {
  const byKind = groupBy(heard, ({ said }) => said.kind)
  const byBoot = groupBy(heard, ({ said, boot }) => `${said.kind} ${boot}`)
  return <K extends Kind>(kind: K, boot?: number) =>
    ((boot === undefined ? byKind.get(kind) : byBoot.get(`${kind} ${boot}`)) ??
      []) as unknown as Heard<K>[]
}

/** Messages by the device that they name. */
export function byDevice<T extends { readonly said: { readonly device: Device } }>(
  heard: readonly T[],
): T[][] {
  return [...groupBy(heard, ({ said }) => said.device).values()]
}
