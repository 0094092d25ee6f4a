/** `--trace-out`: each thing that happens in a run in virtual time, for a viewer of traces. */
import type { Command } from 'commander'
import { countOf, verbOf } from '../../data/units.js'
import { InputError } from '../../index.js'
import type { Timeline } from '../../results/timeline.js'
import { type ChromeTimeline, chromeTimeline, type TimelinePart } from '../../timeline/chrome.js'
import type { Io } from './io.js'
import { checkOutputFile, unwritable } from './output-file.js'
import { wholeNumber } from './parse.js'

export interface TimelineFlags {
  readonly traceOut?: string
  readonly traceEvents?: number
}

const OPTION = '--trace-out'
const WHAT = 'the trace'
const DEFAULT_EVENTS = 1_000_000
const MAX_EVENTS = 1e9

/** @param of which engines, before the colon */
export const addTimelineOptions = (command: Command, of = 'virtual engine: '): Command =>
  command
    .option(`${OPTION} <file>`, `${of}what happens when, for ui.perfetto.dev`)
    .option(
      '--trace-events <n>',
      `at most so many events in it (default: ${DEFAULT_EVENTS})`,
      wholeNumber('--trace-events', 1, MAX_EVENTS),
    )

const microseconds = (ns: number): string => `${(ns / 1000).toFixed(1)} us`

/** What of a run is not in the file; nothing where all of it is. */
const lostWords = ({ tracker, kept, lost, lostUnit = 'event', ...of }: TimelinePart): string[] =>
  lost === 0
    ? []
    : [
        `warning: ${OPTION}: of ${tracker} ${countOf(lost, lostUnit)} ${verbOf(lost, 'was', 'were')} left out, from ${microseconds(of.lostFromNs)} to ` +
          `${microseconds(of.lostToNs)}; ${countOf(kept, 'event')} ${verbOf(kept, 'is', 'are')} there; --trace-events takes more`,
      ]

/** Opens the file where one is asked for, and closes it behind `use`. */
export async function withTimeline<T>(
  { traceOut, traceEvents = DEFAULT_EVENTS }: TimelineFlags,
  io: Io,
  use: (timeline: Timeline | undefined) => Promise<T>,
): Promise<T> {
  if (traceOut === undefined) return use(undefined)
  checkOutputFile(traceOut, WHAT, OPTION)
  const orUnwritable = <V>(what: () => V): V => {
    try {
      return what()
    } catch (error) {
      if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error
      throw unwritable(traceOut, WHAT, error, OPTION)
    }
  }
  const chrome: ChromeTimeline = orUnwritable(() => chromeTimeline(traceOut, io.made, traceEvents))
  try {
    const result = await use({
      room: chrome.room,
      virtual: (run, file, events) => orUnwritable(() => chrome.virtual(run, file, events)),
      serial: (run, steps) => orUnwritable(() => chrome.serial(run, steps)),
    })
    orUnwritable(() => chrome.finish())
    for (const words of chrome.parts.flatMap(lostWords)) io.complain(words)
    return result
  } finally {
    chrome.abandon()
  }
}

interface Traced {
  readonly engine: string | undefined
  /** Whether one operation after another can be told as well. */
  readonly serial?: boolean
  readonly files: readonly string[]
}

/** @throws InputError where there is nothing that could be traced */
export function checkTimeline(
  { traceOut, traceEvents }: TimelineFlags,
  { engine, serial, files }: Traced,
): void {
  if (traceOut === undefined) {
    if (traceEvents === undefined) return
    throw new InputError(`--trace-events: expected beside ${OPTION}`)
  }
  if (engine !== 'virtual' && !serial) throw new InputError(`${OPTION}: expected --engine virtual`)
  if (files.length > 0) {
    throw new InputError(`${OPTION}: expected trackers of the list, not the file ${files[0]}`)
  }
}
