/** Where the time of a map+unmap goes in virtual time, stacked. */
import type { Row } from '../../../results/comparison.js'
import { type TimePart, timeParts } from '../../../results/virtual.js'
import { type Split, whereWords } from '../../parts/where.js'
import { ns, percent } from '../../words.js'
import type { Figure } from '../figure.js'
import { type Html, html, px } from '../html.js'
import { rowsChart } from '../rows-chart.js'

const NAMES: Readonly<Record<TimePart, string>> = {
  other: 'other work',
  search: 'search under the lock',
  release: 'release under the lock',
  lockWait: 'wait for the lock',
  tracker: 'tracker',
  copy: 'bounce copy',
}

/** What the tracker is to blame for stands first, where all bars begin. */
const ORDER: readonly TimePart[] = ['tracker', 'lockWait', 'search', 'release', 'copy', 'other']

const legendOf = (): string => `From the left: ${ORDER.map((part) => NAMES[part]).join(', ')}.`

function swatches(): Html {
  return html`<p class="keys">${ORDER.map((part) => html`<span class="key"><svg aria-hidden="true" width="12" height="12"><rect class="part ${part}" width="12" height="12"/></svg> ${NAMES[part]}</span>`)}</p>`
}

function figure(splits: readonly Split[], words: string): Figure[] {
  if (splits.length === 0) return []
  const sentence = whereWords(splits, words)
  const chart = rowsChart({
    label: `Where the time goes${words}. ${sentence}`,
    values: [0, ...splits.map(({ prediction }) => prediction.nsPerPair)],
    log: false,
    axis: 'ns of a map+unmap, predicted',
    show: (value) => String(value),
    groups: [
      {
        name: '',
        rows: splits.map(({ tracker, prediction }) => ({
          name: tracker,
          tracker,
          draw: (x, y) => {
            let from = 0
            return html`${ORDER.map((part) => {
              const value = prediction.perPairNs[part]
              if (!(value > 0)) return ''
              const [left, right] = [x(from), x(from + value)]
              from += value
              return html`<rect class="part ${part}" x="${px(left)}" y="${px(y - 7)}" width="${px(right - left)}" height="14"><title>${tracker}, ${NAMES[part]}: ${ns(value)} ns</title></rect>`
            })}`
          },
        })),
      },
    ],
  })
  return [
    {
      title: `Where the time goes${words}`,
      sentence,
      legend: legendOf(),
      picture: (width) => html`${swatches()}${chart(width)}`,
      table: {
        columns: [
          { name: 'tracker' },
          ...timeParts.map((part) => ({ name: `${NAMES[part]}, ns`, show: ns })),
          { name: 'all, ns', show: ns },
          { name: 'throughput lost', show: percent },
        ],
        rows: splits.map(({ tracker, prediction }) => [
          tracker,
          ...timeParts.map((part) => prediction.perPairNs[part]),
          prediction.nsPerPair,
          tracker === 'off' ? null : prediction.lostThroughput,
        ]),
      },
    },
  ]
}

/** Nothing where nothing was predicted. */
export function whereFigures(
  rows: readonly Pick<Row, 'tracker' | 'virtual'>[],
  copy: boolean,
): Figure[] {
  const of = (side: 'full' | 'bare'): Split[] =>
    rows.flatMap(({ tracker, virtual }) => {
      const prediction = virtual?.[side]
      return prediction ? [{ tracker, prediction }] : []
    })
  return [
    ...figure(of('full'), copy ? ', with copies' : ''),
    ...figure(of('bare'), ', without copies'),
  ]
}
