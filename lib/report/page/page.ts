/**
 * One page out of results: a file without scripts that needs nothing beside it.
 *
 * | folder     | what it holds                                                         |
 * | ---------- | --------------------------------------------------------------------- |
 * | documents/ | what a result file holds, checked                                     |
 * | base/      | whether two results can be compared, and what changed                 |
 * | sections/  | what a page shows of one kind of result                               |
 * | views/     | one picture each, with its sentence and its numbers                   |
 * | this one   | html.ts, chart.ts and the like: what all pictures are drawn with      |
 */
import { countOf, verbOf } from '../../data/units.js'
import { checkAsMany, pairsOf } from './base/comparable.js'
import type { PageDocument } from './documents/document.js'
import { sizingsOf } from './documents/size.js'
import { figureHtml } from './figure.js'
import { type Choice, kindChoice, trackerChoice } from './filter.js'
import { type Html, html, nothing } from './html.js'
import { type Kinds, kindsOf } from './kinds.js'
import { besideBase } from './sections/base.js'
import { bootSection } from './sections/boot.js'
import { checkSection, failedSection, findingSection } from './sections/check.js'
import { comparisonSection, sweepSection } from './sections/comparison.js'
import { devicesSection, sizeSections } from './sections/others.js'
import { replaySection } from './sections/replay.js'
import type { Section } from './sections/section.js'
import { STYLE } from './style.js'

export interface PageOptions {
  readonly title?: string | undefined
  /** What the documents are compared with, one for each in their order. */
  readonly base?: readonly PageDocument[] | undefined
  /** What made the page. */
  readonly made: { readonly version: string; readonly command: string }
}

export interface Page {
  readonly text: string
  /** Titles, in their order. */
  readonly figures: readonly string[]
}

function trackersOf(document: PageDocument): string[] {
  switch (document.kind) {
    case 'compare':
    case 'replay':
    case 'boot':
      return document.result.rows.map(({ tracker }) => tracker)
    case 'sweep':
      return document.result.steps.flatMap(({ comparison }) =>
        comparison.rows.map(({ tracker }) => tracker),
      )
    case 'size':
      return sizingsOf(document.result).flatMap(({ sizing }) =>
        sizing.booked.map(({ tracker }) => tracker),
      )
    case 'check':
    case 'finding':
    case 'failed':
      return [document.result.tracker]
    case 'devices':
      return []
  }
}

function sectionsOf(document: PageDocument, kinds: Kinds): Section[] {
  switch (document.kind) {
    case 'compare':
      return [comparisonSection(document.result, kinds)]
    case 'sweep':
      return [sweepSection(document.result, kinds)]
    case 'replay':
      return [replaySection(document.result, kinds)]
    case 'size':
      return sizeSections(document.result, kinds)
    case 'devices':
      return [devicesSection(document.result)]
    case 'check':
      return [checkSection(document.result, kinds)]
    case 'finding':
      return [findingSection(document.result, kinds)]
    case 'boot':
      return [bootSection(document.result, kinds)]
    case 'failed':
      return [failedSection(document.result, kinds)]
  }
}

/** The answer of a result: where nothing else was found, what its first picture shows. */
const foundIn = ({ findings, figures }: Section): readonly string[] =>
  findings.length > 0 ? findings : figures.slice(0, 1).map(({ sentence }) => sentence)

const list = (items: readonly string[], kind: string): Html =>
  items.length === 0
    ? nothing
    : html`<ul class="${kind}">${items.map((item) => html`<li>${item}</li>`)}</ul>`

/** What results of a kind are called where one chooses which to see. */
const NAMES: Readonly<Record<PageDocument['kind'], string>> = {
  compare: 'comparisons',
  sweep: 'series',
  replay: 'replays',
  size: 'sizes',
  devices: 'devices',
  check: 'searches',
  finding: 'findings',
  boot: 'boots',
  failed: 'what could not be run',
}

/** Of the kinds, and of the trackers that a page has. */
function choicesOf(placed: readonly Placed[], trackers: readonly string[]): readonly Choice[] {
  const kinds = [...new Set(placed.map(({ document }) => document.kind))]
  return [kindChoice(kinds.map((kind) => [kind, NAMES[kind]])), trackerChoice(trackers)]
}

/** Folded away: who reads the answer has nothing to choose. */
function choicesHtml(choices: readonly Choice[]): Html {
  const marks = choices.map((choice) => choice.marks).filter((one) => one !== nothing)
  return marks.length === 0
    ? nothing
    : html`<details><summary>Show or hide ${marks.length > 1 ? 'results and trackers' : 'parts of this page'}</summary>${marks}</details>`
}

/** What each kind of result is asked for. */
function questionOf(document: PageDocument): string {
  switch (document.kind) {
    case 'compare':
      return 'What do trackers report, beside what really was in use, and what do they cost?'
    case 'sweep':
      return `What do more ${document.result.parameter === 'cpus' ? 'CPUs' : 'areas'} do to the speed, and to the marks of trackers?`
    case 'replay':
      return 'What would trackers have reported of this recording?'
    case 'size':
      return 'Which pool serves this load?'
    case 'devices':
      return 'Who held the slots?'
    case 'check':
    case 'finding':
      return 'Is there a schedule in which the tracker is wrong?'
    case 'boot':
      return 'What do trackers report in a kernel that runs?'
    case 'failed':
      return 'Why was it not run?'
  }
}

interface Placed {
  readonly document: PageDocument
  readonly section: Section
  readonly id: string
}

/** More than this many would stand between the answer and its pictures. */
const MOST_WARNINGS = 3

function warningsHtml(warnings: readonly string[]): Html {
  const all = list(
    warnings.map((warning) => `Warning: ${warning}`),
    'findings warning',
  )
  return warnings.length <= MOST_WARNINGS
    ? all
    : html`<details class="told"><summary class="warning">${warnings.length} warnings, to be read before any figure is believed</summary>${all}</details>`
}

function sectionHtml({ document, section, id }: Placed): Html {
  const { title, more, facts, warnings, figures, notes } = section
  const { file, made, missing } = document
  const part =
    missing > 0
      ? [
          `this is not all: of what was asked for ${missing} more ${verbOf(missing, 'is', 'are')} missing`,
        ]
      : []
  const rows: Section['facts'] = [
    ['file', file],
    ['made by', `swiotlb-lab ${made.version}`],
    ...facts,
  ]
  return html`<section class="of-${document.kind}" aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<p class="asked">${questionOf(document)}</p>
${list(foundIn(section), 'findings')}
${more ? html`<details class="told"><summary>${more.summary}</summary>${list(more.lines, 'small')}</details>` : nothing}
${warningsHtml([...part, ...warnings])}
<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}<dt>to make it again</dt><dd><code>${made.command}</code></dd></dl>
${figures.map((figure, i) => figureHtml(figure, `${id}-${i + 1}`))}
${notes.length === 0 ? nothing : html`<details><summary>How it was made</summary>${list(notes, 'small')}</details>`}
</section>`
}

function contents(placed: readonly Placed[]): Html {
  const items = placed.map(
    ({ document, section, id }) =>
      html`<li class="of-${document.kind}"><a href="#${id}">${section.title}</a>: ${section.figures.map((figure, i) => html`${i > 0 ? ', ' : nothing}<a href="#${id}-${i + 1}">${figure.title}</a>`)}</li>`,
  )
  const pictures = placed.reduce((sum, { section }) => sum + section.figures.length, 0)
  const what = `${countOf(placed.length, 'result')}, ${countOf(pictures, 'picture')}`
  return html`<nav aria-label="Contents"><details><summary>Contents: ${what}</summary><ul>${items}</ul></details></nav>`
}

/** So many answers fit on a first screen. */
const MOST_ANSWERS = 6

/** What was found, before anything else: the first sentence of each. Of one result it is the next thing. */
function answersHtml(placed: readonly Placed[]): Html {
  if (placed.length < 2) return nothing
  const answers = placed.slice(0, MOST_ANSWERS).map(({ document, section, id }) => {
    const { title, doubt, warnings } = section
    const count = warnings.length + (document.missing > 0 ? 1 : 0)
    const warned =
      count > 0 ? html` <span class="warning">${countOf(count, 'warning')} below.</span>` : nothing
    const answer = [foundIn(section)[0], doubt].filter((words) => words !== undefined).join(' ')
    return html`<div class="answer of-${document.kind}"><dt><a href="#${id}">${title}</a>: <span class="asked">${questionOf(document)}</span></dt><dd>${answer}${warned}</dd></div>`
  })
  const rest = placed.length - answers.length
  const more =
    rest > 0 ? html`<p class="small">And ${countOf(rest, 'result')} more below.</p>` : nothing
  return html`<dl class="answers">${answers}</dl>${more}`
}

/** Of a page with many results the first, and how many more: the contents have them all. */
const titleOf = ([first = '', ...more]: readonly string[]): string =>
  more.length > 1 ? `${first}, and ${more.length} more results` : [first, ...more].join('; ')

/** Nothing may be fetched, and nothing may run. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

/** @throws InputError where a document and its base cannot be compared */
export function makePage(
  documents: readonly PageDocument[],
  { title, made, base }: PageOptions,
): Page {
  if (base) checkAsMany(base, documents)
  const trackers = [...new Set(documents.flatMap(trackersOf))]
  const kinds = kindsOf(trackers)
  const sections = documents.flatMap((document, i) => {
    const before = base?.[i]
    const pairs = before ? pairsOf(before, document) : []
    return sectionsOf(document, kinds).map((section, part) => {
      const pair = pairs[part]
      return {
        document,
        section:
          before && pair ? besideBase(section, { before, now: document }, pair, kinds) : section,
      }
    })
  })
  const placed = sections.map((one, i) => ({ ...one, id: `result-${i + 1}` }))
  const choices = choicesOf(placed, trackers)
  const name = title ?? `swiotlb-lab: ${titleOf(sections.map(({ section }) => section.title))}`
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${name}</title>
<style>${STYLE}${choices.map(({ rules }) => rules)}</style>
</head>
<body>
<main>
<h1>${name}</h1>
${answersHtml(placed)}
${contents(placed)}
${choicesHtml(choices)}
${placed.map(sectionHtml)}
</main>
<footer><p class="small">This page was made by swiotlb-lab ${made.version}: <code>${made.command}</code>. It needs no network, and has no scripts.</p></footer>
</body>
</html>
`
  return {
    text: page.text,
    figures: sections.flatMap(({ section }) => section.figures.map((figure) => figure.title)),
  }
}
