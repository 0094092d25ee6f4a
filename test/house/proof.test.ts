// The proof's runner, ended while it runs: nothing of it stays.

import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterEach, expect, jest, test } from '@jest/globals'
import { scratchFolder } from '../scratch.js'

jest.setTimeout(60_000)

const WAIT_MS = 20_000

const scratch = scratchFolder()
const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started) child.kill('SIGKILL')
})

const folderOf = (name: string): string => {
  const folder = join(scratch.folder, name)
  mkdirSync(folder)
  return folder
}

/** Whether it comes true before the time is up. */
async function comesTrue(isTrue: () => boolean): Promise<boolean> {
  const end = performance.now() + WAIT_MS
  while (!isTrue()) {
    if (performance.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return true
}

const isAlive = (pid: string): boolean => {
  try {
    // What has ended and is not waited for yet is there, too.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** A program that starts another and waits for it, as compilers do. */
function standIn(folder: string, name: string, pids: string): void {
  const text = [
    '#!/bin/sh',
    '[ "$1" = --version ] && exit 0',
    'sleep 120 &',
    `: > ${pids}/$!`,
    'echo > left',
    'wait',
    '',
  ].join('\n')
  chmodSync(scratch.file(join(folder, name), text), 0o755)
}

test.each([
  ['npm', ['run', '-s', 'proof', 'reserve']],
  ['node', ['proof/check.mjs', 'reserve']],
] as const)('ended by SIGTERM, %s leaves no folder and no process', async (program, args) => {
  const pids = folderOf(`${program}-pids`)
  const tmp = folderOf(`${program}-tmp`)
  folderOf(program)
  for (const name of ['spin', 'gcc']) standIn(program, name, pids)
  const path = `${join(scratch.folder, program)}${delimiter}${process.env['PATH'] ?? ''}`
  const child = spawn(program, args, {
    env: { ...process.env, PATH: path, TMPDIR: tmp },
    stdio: 'ignore',
  })
  started.push(child)
  const ended = new Promise((resolve) => child.once('close', resolve))
  expect(await comesTrue(() => readdirSync(pids).length > 0)).toBe(true)
  child.kill('SIGTERM')
  expect(await ended).toBe(143)
  const models = (): string[] => readdirSync(tmp).filter((name) => name.includes('-model-'))
  expect(await comesTrue(() => models().length === 0)).toBe(true)
  expect(await comesTrue(() => !readdirSync(pids).some(isAlive))).toBe(true)
})
