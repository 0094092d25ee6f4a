/** Lines of several machines, as a collector of logs mixes them. */
import type { Line } from './clean.js'
import { groupBy } from './group.js'

/** Lines of one machine; `host` is null where all lines are taken for one machine's. */
export interface OfHost {
  readonly host: string | null
  readonly lines: readonly Line[]
}

/** Each machine's lines by themselves; a line that names none is of the machine in front of it. */
export function byHost(lines: readonly Line[]): readonly OfHost[] {
  const first = lines.find(({ host }) => host !== null)?.host ?? null
  if (!lines.some(({ host }) => host !== null && host !== first)) return [{ host: null, lines }]
  let last = first
  const groups = groupBy(lines, ({ host }) => {
    last = host ?? last
    return last
  })
  return [...groups].map(([host, own]) => ({ host, lines: own }))
}

/** More names than these are counted. */
const NAMED = 4

/** That a text is of several machines; nothing where it is of one. */
export function hostWords(all: readonly OfHost[]): string[] {
  if (all.length < 2) return []
  const more = all.length - NAMED
  const names = all.slice(0, NAMED).map(({ host }) => host)
  return [
    `lines of ${all.length} hosts (${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}): each is explained by itself. One machine ` +
      'that changed its name is taken for two; lines that name no host are taken for those of the host in front of them',
  ]
}
