// A folder that stands for tracefs, debugfs and a kernel, for the script that records. What the
// kernel does by itself, commands that come first in PATH do: an instance appears with its files
// when its folder is made, and goes with them.

import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** For a script that hangs; far above what any test needs. */
const KILL_AFTER_MS = 60_000

const DMA_EVENTS = ['dma_map_page', 'dma_map_sg', 'dma_unmap_page', 'dma_unmap_sg', 'dma_alloc']

export interface StandInOptions {
  readonly release?: string
  readonly uid?: number
  readonly dmaEvents?: boolean
  readonly bounced?: boolean
  readonly kprobes?: boolean
  /** Of the one CPU's buffer. */
  readonly overrun?: number
  readonly commitOverrun?: number
  readonly entries?: number
  readonly trace?: string
  readonly dmesg?: string
  readonly cmdline?: string
  /** Files of debugfs by their names; null for no debugfs at all. */
  readonly counters?: Readonly<Record<string, string>> | null
}

export interface ScriptEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export class StandIn {
  readonly folder: string
  readonly out: string
  readonly #env: NodeJS.ProcessEnv

  constructor(options: StandInOptions = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'swiotlb-lab-capture-'))
    this.out = join(this.folder, 'out')
    mkdirSync(this.out)
    this.#makeTracefs(options)
    this.#makeInstance(options)
    this.#makeCommands(options)
    this.write('cmdline', `${options.cmdline ?? 'quiet swiotlb=2048,2'}\n`)
    const { counters = { io_tlb_nslabs: '2048', io_tlb_used: '2', io_tlb_used_hiwater: '9' } } =
      options
    for (const [name, value] of Object.entries(counters ?? {})) {
      this.write(`debug/swiotlb/${name}`, `${value}\n`)
    }
    this.#env = {
      ...process.env,
      PATH: `${join(this.folder, 'bin')}:${process.env['PATH']}`,
      TRACEFS: join(this.folder, 'tracing'),
      DEBUGFS: join(this.folder, 'debug'),
      PROC_CMDLINE: join(this.folder, 'cmdline'),
    }
  }

  #makeTracefs({ kprobes = true }: StandInOptions): void {
    this.write('tracing/trace', '')
    mkdirSync(join(this.folder, 'tracing/instances'))
    if (!kprobes) return
    this.write('tracing/kprobe_events', '')
    this.write('tracing/kprobe_profile', '  swiotlb_map      5      2\n  else   1   1\n')
  }

  #makeInstance(options: StandInOptions): void {
    const { dmaEvents = true, bounced = true, overrun = 0, commitOverrun = 0 } = options
    const { entries = 3, trace = '' } = options
    if (dmaEvents) for (const name of DMA_EVENTS) this.write(`new/events/dma/${name}/enable`, '0\n')
    if (bounced) this.write('new/events/swiotlb/swiotlb_bounced/enable', '0\n')
    for (const name of ['swiotlb_map', 'swiotlb_map_ret', 'swiotlb_unmap']) {
      this.write(`new/events/PROBES/${name}/enable`, '0\n')
    }
    this.write('new/trace', trace)
    this.write('new/tracing_on', '1\n')
    this.write('new/options/irq-info', '0\n')
    this.write(
      'new/per_cpu/cpu0/stats',
      `entries: ${entries}\noverrun: ${overrun}\ncommit overrun: ${commitOverrun}\nbytes: 3\ndropped events: 0\n`,
    )
  }

  #makeCommands({ release = '6.12.117', uid = 0, dmesg = '' }: StandInOptions): void {
    this.write('dmesg.txt', dmesg)
    this.#command('id', `echo ${uid}`)
    this.#command('uname', `[ "$1" = -r ] && echo ${release} || echo 'Linux ${release} "x"'`)
    this.#command('getconf', 'echo 2')
    this.#command('dmesg', `cat '${this.folder}/dmesg.txt'`)
    // The script's second is a short one.
    this.#command('sleep', `[ "$1" = 1 ] && set -- 0.1\nexec /bin/sleep "$@"`)
    this.#command(
      'mkdir',
      `/bin/mkdir "$@" || exit
case $1 in
*/instances/*) cp -r '${this.folder}'/new/. "$1" && mv "$1/events/PROBES" "$1/events/\${1##*/}" ;;
esac`,
    )
    this.#command(
      'rmdir',
      `case $1 in
*/instances/*) rm -rf '${this.folder}/last' && mv "$1" '${this.folder}/last' ;;
*) /bin/rmdir "$@" ;;
esac`,
    )
  }

  #command(name: string, text: string): void {
    this.write(`bin/${name}`, `#!/bin/sh\n${text}\n`)
    chmodSync(join(this.folder, 'bin', name), 0o755)
  }

  write(file: string, text: string): void {
    const path = join(this.folder, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8').trim()
  }

  has(file: string): boolean {
    return existsSync(join(this.folder, file))
  }

  /** What is in the folder that the script writes to, and instances that are left. */
  left(): string[] {
    return [
      ...readdirSync(this.out),
      ...readdirSync(join(this.folder, 'tracing/instances')).map((name) => `instances/${name}`),
    ]
  }

  /** Events that were switched on in the instance that is gone. */
  enabled(): string[] {
    const group = (name: string): string => (name.startsWith('swiotlb_lab_') ? 'probes' : name)
    return readdirSync(join(this.folder, 'last/events')).flatMap((name) =>
      readdirSync(join(this.folder, 'last/events', name), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .filter((entry) => this.read(`last/events/${name}/${entry.name}/enable`) === '1')
        .map((entry) => `${group(name)}/${entry.name}`),
    )
  }

  start(script: string, args: readonly string[] = []): Running {
    this.write('capture.sh', script)
    const child = spawn('dash', [join(this.folder, 'capture.sh'), ...args], {
      cwd: this.out,
      env: this.#env,
    })
    return new Running(child)
  }

  run(script: string, args: readonly string[] = [], input = ''): Promise<ScriptEnd> {
    const running = this.start(script, args)
    running.child.stdin?.on('error', () => undefined)
    running.child.stdin?.end(input)
    return running.end
  }
}

export class Running {
  readonly child: ChildProcess
  readonly end: Promise<ScriptEnd>
  #stderr = ''

  constructor(child: ChildProcess) {
    this.child = child
    let stdout = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk
    })
    const kill = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
    this.end = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => {
        clearTimeout(kill)
        resolve({ code, stdout, stderr: this.#stderr })
      })
    })
  }

  /** Until it has said so; an error after 20 s. */
  async until(words: string): Promise<void> {
    for (let i = 0; i < 1000; i++) {
      if (this.#stderr.includes(words)) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error(`"${words}": not said within 20 s, but: ${this.#stderr}`)
  }
}
