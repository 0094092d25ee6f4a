/** What `bench/many-cpus.sh` kept: threads on 1, 2, 4 ... CPUs beside predictions, by host. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { machineWords, root, slugOf, toolWords } from '../conditions.js'
import { jsonNames, parseJson } from '../json.js'
import {
  copyWords,
  DOUBT,
  DOUBT_WORDS,
  isCut,
  isDoubtful,
  type ManyCpus,
  manyCpusSchema,
  nearWords,
  type Step,
} from '../many-cpus/result.js'
import { ratioBand, threadWords } from '../text.js'
import { BREAK, markdownTable } from './markdown.js'
import { NOT_MEASURED } from './seen.js'
import { byDate } from './shown.js'

export interface ManyFile {
  readonly file: string
  readonly kept: ManyCpus
}

const FOLDER = path.join(root, 'results/many-cpus')

/**
 * All that is kept, in the order in which it was measured; a folder that is not there holds nothing.
 *
 * @throws Error for what is no such result, or of --quick
 */
export function readMany(folder = FOLDER): ManyFile[] {
  return jsonNames(folder)
    .map((name) => {
      const kept = parseJson(name, readFileSync(path.join(folder, name), 'utf8'), manyCpusSchema)
      if (kept.quick) throw new Error(`${name}: is of --quick, which does not measure`)
      return { file: name, kept }
    })
    .sort(byDate)
}

/** `15.6 [15.1 - 16.2]`, as many as there are runs, `-` for one without a figure. */
const each = (words: readonly string[]): string => words.join(BREAK)

/** Behind a figure that lacks much of what its tracker did. */
const CUT = ' ^'
const CUT_WORDS =
  'much of its time was dropped, more than of that of `off`: what it does seldom and at length is not in it'

const cut = (step: Step | undefined, tracker: string): string =>
  step && isCut(step, tracker) ? CUT : ''

function measured(step: Step | undefined, tracker: string): string {
  const one = step?.trackers.find((row) => row.tracker === tracker)?.measured
  if (!one) return '-'
  const doubt = isDoubtful(step) ? DOUBT : ''
  return `${ratioBand({ ...one.vsOff, median: one.vsOff.ratio })}${cut(step, tracker)}${doubt}`
}

const predicted = (step: Step | undefined, tracker: string): string =>
  step?.trackers.find((row) => row.tracker === tracker)?.predicted?.vsOff.toFixed(2) ?? '-'

function lineWords(step: Step | undefined): string {
  const line = step?.line
  if (!line) return '-'
  const [near, far] = [line.nearestNs, line.furthestNs].map(Math.round)
  return near === far ? `${near} ns` : `${near} to ${far} ns`
}

function ofHost(files: readonly ManyFile[]): string {
  const runs = files.map(({ kept }) => kept)
  const [first] = runs as [ManyCpus, ...ManyCpus[]]
  const counts = [...new Set(runs.flatMap(({ steps }) => steps.map(({ cpus }) => cpus)))]
  const rows = counts
    .sort((a, b) => a - b)
    .flatMap((cpus) => [false, true].map((copy) => ({ cpus, copy })))
    .flatMap(({ cpus, copy }) => {
      const steps = runs.map((run) =>
        run.steps.find((one) => one.cpus === cpus && one.copy === copy),
      )
      const names = new Set(
        steps.flatMap((one) => one?.trackers ?? []).map(({ tracker }) => tracker),
      )
      names.delete('off')
      return [...names].map((tracker) => [
        String(cpus),
        copyWords(copy),
        `\`${tracker}\``,
        each(steps.map((one) => measured(one, tracker))),
        each(steps.map((one) => predicted(one, tracker))),
        each(steps.map(lineWords)),
      ])
    })
  const from = files.map(
    ({ file, kept }) =>
      `[${file}](../results/many-cpus/${file}), commit ${kept.source.commit.slice(0, 12)}` +
      `${kept.source.dirty ? ' and changes that are in no commit' : ''}`,
  )
  const steps = runs.flatMap((run) => run.steps)
  const tools = [...new Set(runs.map(({ host }) => toolWords(host)))]
  const notes = [
    ...(steps.some(({ realtime }) => !realtime)
      ? ['real-time priority was refused: other programs may have run in between']
      : []),
    ...new Set(runs.flatMap((run) => run.notes)),
  ]
  return [
    `${slugOf(first.host)}: ${machineWords(first.host)}; ${tools.join('; or ')}.`,
    '',
    markdownTable(
      ['threads', 'copies', 'tracker', 'measured x off', 'predicted x off', 'a line moves in'],
      rows,
    ),
    '',
    `^: ${CUT_WORDS}.`,
    '',
    `?: ${DOUBT_WORDS}.`,
    '',
    `In all runs, ${nearWords(steps)}.`,
    '',
    ...notes.map((words) => `- ${words}`),
    '',
    `${runs.length === 1 ? 'One run' : `A line for each of ${runs.length} runs`}; what each says of itself is in its file: ${from.join(', ')}.`,
  ].join('\n')
}

/** A table for each host, with all runs that are kept of it. */
export function manyCpus(files: readonly ManyFile[]): string {
  if (files.length === 0) return `_${NOT_MEASURED}: \`bench/many-cpus.sh\`_`
  const slugs = [...new Set(files.map(({ kept }) => slugOf(kept.host)))].sort()
  return slugs
    .map((slug) => ofHost(files.filter(({ kept }) => slugOf(kept.host) === slug)))
    .join('\n\n')
}

/** On the most threads that were timed on each host: the range over all kept runs. */
export function moreThreads(many: readonly ManyFile[]): string {
  const lead = 'times `off`, areas padded, every thread maps all the time'
  if (many.length === 0) return `${lead}: ${NOT_MEASURED}`
  const slugs = [...new Set(many.map(({ kept }) => slugOf(kept.host)))].sort()
  const each = slugs.flatMap((slug) => {
    const runs = many.filter(({ kept }) => slugOf(kept.host) === slug)
    const steps = runs.flatMap(({ kept }) => kept.steps)
    const most = Math.max(...steps.map(({ cpus }) => cpus))
    const figures = [false, true].map((copy) => {
      const all = steps.filter((step) => step.cpus === most && step.copy === copy)
      const last = all.filter((step) => !isDoubtful(step))
      const doubtful = all.length - last.length
      const left =
        doubtful > 0
          ? `, without ${doubtful} ${doubtful === 1 ? 'run' : 'runs'} in which \`off\` was not itself`
          : ''
      const rows = last.flatMap(({ trackers }) => trackers)
      const names = [
        ...new Set(all.flatMap(({ trackers }) => trackers.map(({ tracker }) => tracker))),
      ].filter((one) => one !== 'off')
      const words = names.map((name) => {
        const bands = rows.flatMap(({ tracker, measured: timed }) =>
          tracker === name && timed ? [timed.vsOff] : [],
        )
        if (bands.length === 0) return `\`${name}\` without a figure`
        const low = Math.min(...bands.map((band) => band.low))
        const high = Math.max(...bands.map((band) => band.high))
        const mark = last.some((step) => isCut(step, name)) ? CUT : ''
        return `\`${name}\` ${low.toFixed(2)} - ${high.toFixed(2)}${mark} (${bands.length} ${bands.length === 1 ? 'run' : 'runs'})`
      })
      return `${slug}, ${threadWords(most)}, ${copy ? 'with copies of 4 KiB' : 'no copies'}${left}: ${words.join('; ')}`
    })
    return [...figures, `${slug}, 1 to ${most} threads, ${nearWords(steps)}`]
  })
  return [lead, ...each, `^: ${CUT_WORDS}`].join(BREAK)
}
