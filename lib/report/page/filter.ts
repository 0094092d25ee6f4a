/** Which trackers and which kinds of results are shown: one chooses, and the style sheet hides the rest. */
import { Html, html, nothing } from './html.js'

/** A tracker's name as a word of an attribute: a file's may have blanks in it. */
const wordOf = (tracker: string): string =>
  tracker.replace(/[^A-Za-z0-9.-]/gu, (sign) => `_${sign.codePointAt(0)?.toString(16)}_`)

/** An attribute of what belongs to trackers: it is hidden while none of them is chosen. */
export const ofTrackers = (trackers: readonly string[]): Html =>
  trackers.length === 0 ? nothing : html` data-of="${trackers.map(wordOf).join(' ')}"`

/** A part of a picture that belongs to trackers. */
export const ownPart = (trackers: readonly string[], part: Html): Html =>
  trackers.length === 0 ? part : html`<g${ofTrackers(trackers)}>${part}</g>`

interface Box {
  readonly id: string
  readonly label: string
}

const boxes = (legend: string, all: readonly Box[]): Html =>
  html`<fieldset class="choice"><legend>${legend}</legend>${all.map(({ id, label }) => html`<label><input type="checkbox" id="${id}" checked> ${label}</label>`)}</fieldset>`

/** A choice, and the rules by which it is one. */
export interface Choice {
  readonly marks: Html
  readonly rules: Html
}

const NONE: Choice = { marks: nothing, rules: nothing }

/** What is of a kind has the class `of-KIND`; of one kind there is nothing to choose. */
export function kindChoice(names: readonly (readonly [kind: string, name: string])[]): Choice {
  if (names.length < 2) return NONE
  const rules = names.map(
    ([kind]) => `body:has(#show-${kind}:not(:checked)) .of-${kind}{display:none}`,
  )
  return {
    marks: boxes(
      'Show',
      names.map(([kind, label]) => ({ id: `show-${kind}`, label })),
    ),
    rules: new Html(rules.join('\n')),
  }
}

/**
 * What belongs to several trackers is shown as long as one of them is. A browser that cannot tell shows
 * everything.
 */
export function trackerChoice(trackers: readonly string[]): Choice {
  if (trackers.length < 2) return NONE
  const rules = trackers.map(
    (name, i) => `body:has(#tracker-${i}:checked) [data-of~="${wordOf(name)}"]{display:revert}`,
  )
  return {
    marks: boxes(
      'Trackers',
      trackers.map((label, i) => ({ id: `tracker-${i}`, label })),
    ),
    rules: new Html(
      `@supports selector(body:has(a)){[data-of]{display:none}\n${rules.join('\n')}}`,
    ),
  }
}
