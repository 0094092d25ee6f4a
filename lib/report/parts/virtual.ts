/** Where the time goes in virtual time: by part of a map+unmap, and by class of cache line. */
import type { Row } from '../../results/comparison.js'
import {
  lineClasses,
  type Prediction,
  type Site,
  sites,
  type TimePart,
  timeParts,
} from '../../results/virtual.js'
import { fitted, percent, predictedNs, table } from '../words.js'

/** The columns of the split. */
const partNames: Readonly<Record<TimePart, string>> = {
  other: 'other',
  search: 'search',
  release: 'release',
  lockWait: 'lock\nwait',
  tracker: 'tracker',
  copy: 'copy',
}

/** `0` for what does not occur, not `0.0`. */
const nsOr0 = (value: number): string => (value === 0 ? '0' : predictedNs(value))
const loss = ({ lostThroughput }: Prediction): string =>
  lostThroughput === null ? '-' : percent(lostThroughput)

type Predicted = Pick<Row, 'tracker' | 'virtual'>

function split(
  rows: readonly Predicted[],
  of: (row: Predicted) => Prediction | null | undefined,
): string {
  const head = ['ns of a map+unmap', ...timeParts.map((part) => partNames[part])]
  const found = rows.flatMap((row) => {
    const prediction = of(row)
    return prediction ? [{ row, prediction }] : []
  })
  // A replay has none.
  const lost = found.some(({ prediction }) => prediction.lostThroughput !== null)
    ? ['lost\nthroughput']
    : []
  return table(
    [...head, ...lost, 'counters moved,\ntimes', 'waited for\nthem, ns'],
    found.map(({ row, prediction }) => {
      const { fromCore, fromSocket, waitedNs } = prediction.lines.counters
      return [
        row.tracker,
        ...timeParts.map((part) => nsOr0(prediction.perPairNs[part])),
        ...lost.map(() => (row.tracker === 'off' ? '-' : loss(prediction))),
        (fromCore + fromSocket).toFixed(2),
        nsOr0(waitedNs),
      ]
    }),
    [
      ...timeParts.map((part) => partNames[part]),
      'lost\nthroughput',
      'counters moved,\ntimes',
      'waited for\nthem, ns',
    ],
  )
}

/** The split of each tracker, with copies and without; nothing where nothing was predicted. */
export function splitText({ rows }: { readonly rows: readonly Predicted[] }): string[] {
  if (!rows.some((row) => row.virtual)) return []
  const bare = rows.some((row) => row.virtual?.bare)
  return [
    '',
    ...['where the time goes', split(rows, (row) => row.virtual?.full)],
    ...(bare ? ['', 'the same without copies', split(rows, (row) => row.virtual?.bare)] : []),
    '',
  ]
}

/** One tracker's cache lines. */
export function linesText({ virtual }: Pick<Row, 'virtual'>): string[] {
  if (!virtual) return []
  const head = ['lines of', 'accesses', 'from core', 'from socket', 'waited, ns', 'in queue, ns']
  const { lines } = virtual.full
  return [
    fitted('shared accesses of a map+unmap, by cache line'),
    table(
      head,
      lineClasses.map((name) => {
        const { accesses, fromCore, fromSocket, waitedNs, queuedNs } = lines[name]
        return [
          name,
          ...[accesses, fromCore, fromSocket].map((n) => n.toFixed(2)),
          ...[waitedNs, queuedNs].map(nsOr0),
        ]
      }),
      head.slice(1),
    ),
  ]
}

const siteNames: Readonly<Record<Site, string>> = {
  lock: "the area's lock, take",
  unlock: "the area's lock, release",
  read: 'tracker: look at a word',
  write: 'tracker: store',
  add: 'tracker: locked add or subtract',
  exchange: 'tracker: compare-exchange',
  trackerLock: 'tracker: its own locks',
}

/** Where one tracker's map and unmap wait, by what the access is to them; what does not occur is left out. */
export function sitesText({ virtual }: Pick<Row, 'virtual'>): string[] {
  if (!virtual) return []
  const { map, unmap } = virtual.full.sites
  const head = ['at', 'times in a map', 'ns of a map', 'times in an unmap', 'ns of an unmap']
  return [
    fitted('accesses that CPUs race for, by what they are to map and unmap'),
    table(
      head,
      sites
        .filter((site) => map[site].count + unmap[site].count > 0)
        .map((site) => [
          siteNames[site],
          ...[map[site], unmap[site]].flatMap(({ count, ns }) => [count.toFixed(2), nsOr0(ns)]),
        ]),
      head.slice(1),
    ),
  ]
}
