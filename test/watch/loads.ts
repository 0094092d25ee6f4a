// Loads by the minute, and a clock for which an hour passes at once.

import type { WatchClock } from '../../lib/index.js'

export const MINUTE_MS = 60_000
const DAY_MINUTES = 1440

/** Slots in use at the minutes 0, 1, 2... */
export type Load = (minute: number) => number

/** mulberry32: 0 to 1. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What is lost each minute, below a load that changes by so much either way. */
export function leak(seed: number, noise: number, perMinute = 25): Load {
  const next = random(seed)
  return (minute) => Math.round(800 + perMinute * minute + (2 * next() - 1) * noise)
}

export function sawtooth(seed: number, minutes: number, height: number): Load {
  const next = random(seed)
  const phase = Math.floor(next() * minutes)
  return (minute) =>
    Math.round(300 + (height * ((minute + phase) % minutes)) / minutes + next() * 40)
}

export function walk(seed: number, step: number, most: number): Load {
  const next = random(seed)
  let at = most / 2
  return () => {
    at += Math.round((2 * next() - 1) * step)
    if (at < 0) at = -at
    if (at > most) at = 2 * most - at
    return at
  }
}

export function dayAndNight(seed: number, height: number, noise: number): Load {
  const next = random(seed)
  const phase = next() * DAY_MINUTES
  return (minute) => {
    const part = (1 + Math.sin((2 * Math.PI * (minute + phase)) / DAY_MINUTES)) / 2
    return Math.round(200 + height * part + next() * noise)
  }
}

/** A clock that stands, and jumps to where it is waited for; `passed` is told first. */
export function virtualClock(passed: (at: number) => void = () => undefined): WatchClock {
  let at = 0
  return {
    now: () => at,
    date: () => new Date(Date.UTC(2026, 0, 1) + at),
    pass: async (ms, signal) => {
      signal?.throwIfAborted()
      at += ms
      passed(at)
    },
  }
}
