// What decides to which map or unmap a probe event belongs: each rule does so in the capture it names.

import { expect, test } from '@jest/globals'
import { EventScanner } from '../../lib/trace/events/scan.js'
import type { Conclusion, Decisions } from '../../lib/trace/probes/decide.js'
import { ProbedReader } from '../../lib/trace/probes/reader.js'
import { conclusions } from '../../lib/trace/probes/rules.js'
import { captureHints, captureText } from './helpers.js'

const FORM =
  /^([\w-]+)(?:, every (?<nth>\d+)th (?<event>\w+) missing|, first (?<first>\d+) lines missing|, (?<bare>no context))?$/

/** The lines of a capture: whole, with some taken out, or without the columns in front of them. */
function linesOf(seenIn: string): string[] {
  const found = FORM.exec(seenIn)
  if (!found) throw new Error(`no capture is named by "${seenIn}"`)
  const { nth, event, first, bare } = found.groups ?? {}
  const lines = captureText(found[1] ?? '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (bare) return lines.map((line) => line.replace(/^.{0,40}?\[\d+\] \S+ +[\d.]+: /, ''))
  if (first) return lines.slice(Number(first))
  const isCounted = (line: string): boolean => event === 'line' || line.includes(` ${event}: `)
  let seen = 0
  return lines.filter((line) => !isCounted(line) || ++seen % Number(nth) !== 0)
}

const read = new Map<string, Decisions>()
function decisionsIn(seenIn: string): Decisions {
  const known = read.get(seenIn)
  if (known) return known
  const reader = new ProbedReader(captureHints(seenIn.split(',')[0] ?? ''))
  const scanner = new EventScanner(seenIn, (event, position) => reader.take(event, position))
  for (const [i, line] of linesOf(seenIn).entries()) {
    const bytes = Buffer.from(line, 'latin1')
    scanner.line(bytes, 0, bytes.length, i + 1)
  }
  const finishing = reader.finish(scanner.finish(true, undefined))
  while (!finishing.next().done);
  read.set(seenIn, reader.decisions)
  return reader.decisions
}

test('what belongs together is concluded', () => {
  expect(conclusions.length).toBeGreaterThan(20)
  expect(new Set(conclusions.map(({ because }) => because)).size).toBe(conclusions.length)
})

test.each(conclusions.map((one): [string, Conclusion] => [`${one.because} (${one.seenIn})`, one]))(
  '%s',
  (_, conclusion) => {
    expect(decisionsIn(conclusion.seenIn).of(conclusion)).toBeGreaterThan(0)
  },
)
