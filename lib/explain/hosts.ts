/** Lines of several machines, as a collector of logs mixes them. */
import type { Line } from './clean.js'
import { groupBy } from './group.js'

/** Lines of one machine; `host` is null where all lines are taken for one machine's. */
export interface OfHost {
  readonly host: string | null
  readonly lines: readonly Line[]
}

/**
 * What each name is called: one without a domain is the one of the text that has a domain behind it. Of
 * two of these nobody knows which.
 */
function fullNames(lines: readonly Line[]): (name: string | null) => string | null {
  const names = new Set(lines.flatMap(({ host }) => host ?? []))
  const byFirst = groupBy(
    [...names].filter((name) => name.includes('.')),
    (name) => name.slice(0, name.indexOf('.')),
  )
  return (name) => {
    const [full, another] = byFirst.get(name ?? '') ?? []
    return full !== undefined && another === undefined ? full : name
  }
}

/** Each machine's lines by themselves; a line that names none is of the machine in front of it. */
export function byHost(lines: readonly Line[]): readonly OfHost[] {
  const fullName = fullNames(lines)
  const first = fullName(lines.find(({ host }) => host !== null)?.host ?? null)
  if (!lines.some(({ host }) => host !== null && fullName(host) !== first))
    return [{ host: null, lines }]
  let last = first
  const groups = groupBy(lines, ({ host }) => {
    last = fullName(host) ?? last
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
