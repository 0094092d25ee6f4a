// Tracker files for tests, made from the example, in a folder that goes with them.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from '@jest/globals'

export const EXAMPLE = join(__dirname, '../../examples/sum-on-map.h')
export const example = readFileSync(EXAMPLE, 'utf8')
const PLANTED = join(__dirname, '../data/trackers')
export const plantedFile = (name: string): string => join(PLANTED, name)
/** A tracker of test/data/trackers in one text: what it includes from beside it stands in it. */
export const plantedText = (name: string): string =>
  readFileSync(plantedFile(name), 'utf8').replace(/^#include "([\w-]+\.h)"$/gm, (_, beside) =>
    plantedText(beside),
  )
export const folder = mkdtempSync(join(tmpdir(), 'swiotlb-lab-test-'))
export const removeFolder = (): void => rmSync(folder, { recursive: true, force: true })

export function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

export function folderOf(name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  return path
}

/** The example with a part of it replaced. */
function replaced(from: string, to: string): string {
  if (!example.includes(from)) throw new Error(`the example does not hold ${from}`)
  return example.replace(from, to)
}

export const variant = (name: string, from: string, to: string): string =>
  write(name, replaced(from, to))

const SUM = 'unsigned long used = mem_areas_used(mem);\n'
/** The example, with @code on every map for which @condition holds. */
export const withMap = (condition: string, code: string): string =>
  replaced(SUM, `${SUM}\n\tif (${condition})\n\t\t${code}\n`)
export const onMap = (name: string, condition: string, code: string): string =>
  write(name, withMap(condition, code))
export const CRASH = '*(volatile int *)0 = 1;'
export const FIVE = 'nslots == 5'
export const HANG = 'for (;;)\n\t\t\t;'
/** The trial's pool has 2048 slots, and `uniform` has more; the largest is one of a search. */
export const LATER = '(mem->nslabs > 2048 && mem->nslabs < 131072)'

/** Folders of this process, and of those that are gone; another file's tests may run beside these. */
const leftFolders = (): string[] =>
  readdirSync(tmpdir()).filter((name) => {
    const pid = /^swiotlb-lab-own-(\d+)-/.exec(name)?.[1]
    if (pid === undefined) return false
    if (pid === String(process.pid)) return true
    // In this order: a process removes its folder before it goes.
    return !existsSync(`/proc/${pid}`) && existsSync(join(tmpdir(), name))
  })

/** The processes that this one has started, and that still run. */
function children(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      // After the name in parentheses: state, parent.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
      return Number(parent) === process.pid
    } catch {
      return false
    }
  })
}

/** At the end of the file or group, no folder and no process is left that was not there before. */
export function leavesNothing(): void {
  let before: string[] = []
  beforeAll(() => {
    before = leftFolders()
  })
  afterAll(() => {
    expect(leftFolders().filter((name) => !before.includes(name))).toEqual([])
    expect(children()).toEqual([])
  })
}
