/** The columns in front of an event, in the forms that the tools print. */
import type { LineLayout } from '../lines.js'
import { ascii, BLANK, COLON, DOT, isDigit, type LineCursor, ZERO } from './cursor.js'

const HASH = 35
const DASH = 45
const LOWER_A = 97
const LOWER_Z = 122
const OPEN = 91
const CLOSE = 93
const ROUND_OPEN = 40
const ROUND_CLOSE = 41
const LAST_ASCII = 126
const MICROSECONDS = ascii('us')
/** Behind a time of the latency format: how long it took until then. */
const MARKS = ascii('$@*#!+')
/** Columns of a task's name, at most. */
const NAME_COLUMNS = 40
/** Digits of which every number is a safe integer. */
const SAFE_DIGITS = 15

/** Whether a word of flags may have this byte. */
const isFlag = (byte: number): boolean => byte > BLANK && byte <= LAST_ASCII && byte !== COLON

/** Whether a system may have this byte in its name, as all that are recorded here have. */
const isNameByte = (byte: number): boolean => (byte >= LOWER_A && byte <= LOWER_Z) || byte === DASH

export class Columns {
  readonly #cursor: LineCursor
  pid = 0
  cpu = 0
  time = 0
  /** Seconds in a unit of `time`. */
  tick = 0

  constructor(cursor: LineCursor) {
    this.#cursor = cursor
  }

  /**
   * Reads the columns, and goes to the event's name. False where they are not exactly in their form.
   *
   * A task's name may hold anything that looks like columns: where the first that look so do not fit,
   * it is left to others.
   */
  read(layout: LineLayout): boolean {
    switch (layout) {
      case 'context':
        return this.#task() && this.#group() && this.#cpu() && this.#flags() && this.#seconds()
      case 'perf':
        return this.#perfTask() && this.#cpu() && this.#flags() && this.#seconds() && this.#system()
      case 'latency':
        return this.#task() && this.#cpuWithFlags() && this.#microseconds()
      case 'bare':
        return this.#none()
    }
  }

  #none(): true {
    this.pid = -1
    this.cpu = -1
    this.time = Number.NaN
    this.tick = Number.NaN
    return true
  }

  /* Of `TASK-PID `: up to the first dash that a number and a blank follow. */
  #task(): boolean {
    const cursor = this.#cursor
    cursor.blanks()
    const { at: from } = cursor
    if (cursor.byteAt(from) === HASH) return false
    for (let dash = from; dash <= from + NAME_COLUMNS; dash++) {
      if (cursor.byteAt(dash) !== DASH) continue
      cursor.at = dash + 1
      this.pid = cursor.decimal()
      if (!Number.isNaN(this.pid) && this.#someBlanks()) return true
    }
    return false
  }

  /* Of `(  TGID) `, where it is shown. */
  #group(): boolean {
    const cursor = this.#cursor
    if (!cursor.skipByte(ROUND_OPEN)) return true
    cursor.blanks()
    const { at: from } = cursor
    while (cursor.skipByte(DASH));
    if (cursor.at === from) while (isDigit(cursor.byteAt(cursor.at))) cursor.at++
    return cursor.at > from && cursor.skipByte(ROUND_CLOSE) && this.#someBlanks()
  }

  /* Of `TASK  PID `, up to the first bracket. */
  #perfTask(): boolean {
    const cursor = this.#cursor
    cursor.blanks()
    const { at: from } = cursor
    if (cursor.byteAt(from) === HASH || !cursor.find(OPEN)) return false
    const { at: bracket } = cursor
    let end = bracket
    while (end > from && cursor.byteAt(end - 1) === BLANK) end--
    let at = end
    while (at > from && isDigit(cursor.byteAt(at - 1))) at--
    if (end === bracket || at === end || at - from > NAME_COLUMNS) return false
    if (cursor.byteAt(at - 1) !== BLANK) return false
    // Behind a colon all of it may be another event's text.
    for (let k = from; k < at; k++) if (cursor.byteAt(k) === COLON) return false
    cursor.at = at
    this.pid = cursor.decimal()
    cursor.at = bracket
    return !Number.isNaN(this.pid)
  }

  /* Of `[CPU] `. */
  #cpu(): boolean {
    const cursor = this.#cursor
    if (!cursor.skipByte(OPEN)) return false
    this.cpu = cursor.decimal()
    if (Number.isNaN(this.cpu) || !cursor.skipByte(CLOSE)) return false
    return this.#someBlanks()
  }

  /* Of `CPUflags `. */
  #cpuWithFlags(): boolean {
    const cursor = this.#cursor
    this.cpu = cursor.decimal()
    const { at: from } = cursor
    while (isFlag(cursor.byteAt(cursor.at))) cursor.at++
    return !Number.isNaN(this.cpu) && cursor.at > from && this.#someBlanks()
  }

  /* Of `FLAGS `, where there are any. */
  #flags(): boolean {
    const cursor = this.#cursor
    const { at: from } = cursor
    while (isFlag(cursor.byteAt(cursor.at))) cursor.at++
    if (cursor.byteAt(cursor.at) === BLANK) {
      cursor.blanks()
      return true
    }
    // It is the time already.
    cursor.at = from
    return true
  }

  /* Of `SECONDS.FRACTION: `. A clock without a point counts, and has no seconds. */
  #seconds(): boolean {
    this.tick = 1
    return this.#number() && this.#colon()
  }

  /* Of `MICROSECONDSus : `, with a mark behind them where something took long. */
  #microseconds(): boolean {
    const cursor = this.#cursor
    this.tick = 1e-6
    this.time = cursor.decimal()
    if (Number.isNaN(this.time)) return false
    if (!cursor.skip(MICROSECONDS)) return false
    if (MARKS.includes(cursor.byteAt(cursor.at))) cursor.at++
    cursor.blanks()
    return this.#colon()
  }

  #colon(): boolean {
    return this.#cursor.skipByte(COLON) && this.#someBlanks()
  }

  #someBlanks(): boolean {
    const cursor = this.#cursor
    if (cursor.byteAt(cursor.at) !== BLANK) return false
    cursor.blanks()
    return true
  }

  #number(): boolean {
    const cursor = this.#cursor
    const { at: from } = cursor
    let value = 0
    let scale = 1
    let point = -1
    let at = from
    for (let byte = cursor.byteAt(at); ; byte = cursor.byteAt(++at)) {
      if (isDigit(byte)) {
        value = value * 10 + byte - ZERO
        if (point >= 0) scale *= 10
      } else if (byte === DOT && point < 0 && at > from) {
        point = at
      } else {
        break
      }
    }
    cursor.at = at
    // Two exact numbers have an exactly rounded quotient, which is that of the digits.
    this.time = value / scale
    return scale > 1 && at - from - 1 <= SAFE_DIGITS
  }

  /* Of `SYSTEM:`, in front of an event's name. */
  #system(): boolean {
    const cursor = this.#cursor
    const { at: from } = cursor
    while (isNameByte(cursor.byteAt(cursor.at))) cursor.at++
    return cursor.at > from && cursor.skipByte(COLON)
  }
}
