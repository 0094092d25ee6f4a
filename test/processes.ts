// Processes that tests start or make start: whether they are there, and waiting for what they do.

import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Until `ready` says so; an error after 20 s. */
export async function until(what: string, ready: () => boolean): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (ready()) return
    await delay(20)
  }
  throw new Error(`${what}: not within 20 s`)
}

export const procFile = (pid: string | number, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}

/** Zombies have ended. */
export const alive = (pid: string | number): boolean => /\) [^ZX]/.test(procFile(pid, 'stat'))
