// Every block of the papers is what it says: commands run, output is what they print, C compiles,
// JSON is read. Every command that stands in a line of text is one that there is.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { scratchFolder } from '../scratch.js'
import { codeOf, documents, read, root } from './documents.js'

interface Block {
  readonly line: number
  readonly language: string
  readonly text: string
}

function blocksOf(file: string): Block[] {
  const text = read(file)
  return [...text.matchAll(/^```(\S*)\n(.*?)^```$/gms)].map(
    ({ index, 1: language = '', 2: inner = '' }) => ({
      line: text.slice(0, index).split('\n').length + 1,
      language,
      text: inner,
    }),
  )
}

/** Commands that no test runs as they stand, and what is run in their place. */
const elsewhere: readonly (readonly [file: string, words: RegExp, why: string])[] = [
  ['README.md', /^npm install && npm start$/, 'the demo is run by test/cli, the build by .ci/run'],
  ['README.md', /^npm install && npm test$/, 'this is what runs'],
  ['CONTRIBUTING.md', /^npm (install|test)$/, 'this is what runs'],
  [
    'kernel-shim/README.md',
    /^sh (build|test)\.sh /,
    'needs the source of a kernel: .ci/run runs test.sh',
  ],
  [
    'docs/boot.md',
    /^swiotlb-lab (patch|boot|instructions) /,
    'needs the source of a kernel: test/patch, test/guest, .ci/run',
  ],
  ['docs/patch.md', /^swiotlb-lab patch /, 'needs the source of a kernel: test/patch'],
  ['docs/capture.md', /^scp /, 'goes to another machine: test/capture runs the script'],
  ['docs/kernels.md', /^npm run /, 'needs the source of kernels: .ci/run makes the same of two'],
  [
    'docs/selftest.md',
    /^(cd linux$|swiotlb-lab export-selftest tools|make -C \S+ run)/,
    'needs the source of a kernel: test/kernel, .ci/run',
  ],
  [
    'docs/watch.md',
    /^swiotlb-lab watch/,
    'watches the running kernel: test/watch has files in its place',
  ],
]

const capture = join(root, 'captures/c-mixed-4cpu')

function unpackCapture(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const packed = readFileSync(join(capture, 'trace.txt.gz'))
  writeFileSync(join(folder, 'trace.txt'), gunzipSync(packed))
  copyFileSync(join(capture, 'meta.json'), join(folder, 'meta.json'))
}

/** Files that a paper's reader has by then. */
const prepared: Readonly<Record<string, (folder: string) => void>> = {
  'docs/capture.md': (folder) => unpackCapture(join(folder, 'swiotlb-capture')),
  'docs/formats.md': (folder) => {
    const [example] = blocksOf('docs/formats.md').filter(({ language }) => language === 'json')
    writeFileSync(join(folder, 'two-sizes.json'), example?.text ?? '')
  },
  'docs/own-tracker.md': (folder) => {
    unpackCapture(folder)
    const example = readFileSync(join(root, 'examples/sum-on-map.h'), 'utf8')
    writeFileSync(join(folder, 'mine.h'), example)
    // As the paper says: the same, said to be exact.
    const exact = example.replace(
      /\.under = TRACKER_UNBOUNDED,\s*\.over = TRACKER_UNBOUNDED,\s*\.until = TRACKER_UNTIL_TRANSIENT/,
      '.until = TRACKER_UNTIL_RESET | TRACKER_UNTIL_TRANSIENT',
    )
    writeFileSync(join(folder, 'exact.h'), exact)
  },
}

/** Where a command ends with something else than 0, as the paper says. */
const ends: Readonly<Record<string, number>> = {
  'swiotlb-lab check ./exact.h --seeds 100000 --out found.log': 1,
  'swiotlb-lab check ./exact.h --replay found.log': 1,
}

const scratch = scratchFolder()

/** A folder that looks like a checkout to who reads, and in which `swiotlb-lab` is the built one. */
function checkout(file: string): { readonly folder: string; readonly path: string } {
  const folder = join(scratch.folder, file.replaceAll('/', '-'))
  const bin = join(folder, '.bin')
  mkdirSync(bin, { recursive: true })
  for (const name of readdirSync(root)) symlinkSync(join(root, name), join(folder, name))
  const started = join(bin, 'swiotlb-lab')
  writeFileSync(
    started,
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist/cli/main.js')}" "$@"\n`,
  )
  chmodSync(started, 0o755)
  prepared[file]?.(folder)
  return { folder, path: `${bin}:${process.env['PATH']}` }
}

/** The commands of a block; a line that ends with \ goes on. */
const commandsIn = (text: string): string[] =>
  text
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '')

/** What is typed and shown, by the `$` that stands before each command. */
const dialogue = (text: string): { readonly typed: string; readonly shown: string }[] =>
  [...text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n?)*)/gm)].map(([, typed = '', shown = '']) => ({
    typed,
    shown,
  }))

const isElsewhere = (file: string, command: string): boolean =>
  elsewhere.some(([where, words]) => where === file && words.test(command))

function run(command: string, { folder, path }: ReturnType<typeof checkout>) {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
    cwd: folder,
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 64 << 20,
  })
  return { status, stdout, stderr }
}

/** Words that a part of a tracker file stands on. */
const PRELUDE = `#include <limits.h>
#include <stdbool.h>
#include "trackers/promise.h"
struct io_tlb_mem;
struct io_tlb_area;
struct tracker_mem;
struct tracker_area;
`

const LANGUAGES = ['sh', 'console', 'text', 'c', 'js', 'ts', 'json', 'yaml']

describe.each(documents)('%s', (file) => {
  const blocks = blocksOf(file)
  const of = (language: string): Block[] => blocks.filter((block) => block.language === language)

  test('says of each block what it holds', () => {
    expect(blocks.filter(({ language }) => !LANGUAGES.includes(language))).toEqual([])
  })

  const commands = of('sh').flatMap(({ text }) => commandsIn(text))
  const here = commands.filter((command) => !isElsewhere(file, command))
  if (here.length > 0 || of('console').length > 0) {
    test('its commands run, and print what is shown', () => {
      const place = checkout(file)
      for (const command of here) {
        const { status, stderr } = run(command, place)
        expect({ command, status, stderr: status === (ends[command] ?? 0) ? '' : stderr }).toEqual({
          command,
          status: ends[command] ?? 0,
          stderr: '',
        })
      }
      for (const { typed, shown } of of('console').flatMap(({ text }) => dialogue(text))) {
        const { status, stdout } = run(typed, place)
        const printed = stdout.replaceAll(/node \S*dist\/cli\/main\.js/g, 'swiotlb-lab')
        expect({ typed, status, printed }).toEqual({ typed, status: 0, printed: shown })
      }
    }, 600_000)
  }

  const c = of('c')
  if (c.length > 0) {
    test('its C compiles', () => {
      for (const { line, text } of c) {
        const source = scratch.file('block.c', PRELUDE + text)
        const flags = [
          '-std=gnu11',
          '-Wall',
          '-Wno-unused',
          '-fsyntax-only',
          '-I',
          join(root, 'native'),
        ]
        const { stderr } = spawnSync('cc', [...flags, source], { encoding: 'utf8' })
        expect({ line, stderr }).toEqual({ line, stderr: '' })
      }
    })
  }

  const js = of('js')
  if (js.length > 0) {
    test('its JavaScript runs', () => {
      const place = checkout(`${file}-js`)
      for (const { text } of js) {
        writeFileSync(join(place.folder, 'block.mjs'), text)
        const { status, stderr } = run('node block.mjs', place)
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      }
    }, 300_000)
  }

  const json = of('json')
  if (json.length > 0) {
    test('its JSON is read', () => {
      for (const { text } of json) expect(() => JSON.parse(text)).not.toThrow()
    })
  }
})

describe('commands in lines of text', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const helps = new Map<string, string>()
  const helpOf = (command: string): string => {
    const known = helps.get(command)
    if (known !== undefined) return known
    const args = [join(root, 'dist/cli/main.js'), ...(command === '' ? [] : [command]), '--help']
    const help = spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout
    helps.set(command, help)
    return help
  }
  const CLI = /^(?:\$ )?(?:swiotlb-lab|node dist\/cli\/main\.js)(?: ([a-z][-a-z]*))?(?=\s|$)(.*)$/
  const has = (help: string, option: string): boolean =>
    new RegExp(`(?:^|[\\s,])${option}(?=[\\s,=[]|$)`, 'm').test(help)

  function faultsOf(code: string): string[] {
    const script = /^npm run ([\w:]+)/.exec(code)?.[1]
    if (script !== undefined && !(script in scripts)) return [`no script: ${code}`]
    const found = CLI.exec(code)
    if (!found) return []
    const [, command = '', rest = ''] = found
    if (command !== '' && !new RegExp(`^  ${command}\\b`, 'm').test(helpOf(''))) {
      return [`no command: ${code}`]
    }
    // What stands behind -- is another program's.
    const [own = ''] = rest.split(/ -- |[|;&>]/)
    const options = own.match(/(?<=\s)--?[a-z][-a-z]*/g) ?? []
    return options
      .filter((option) => !has(helpOf(command), option))
      .map((option) => `no ${option}: ${code}`)
  }

  test.each(documents)('%s: are there, with their options', (file) => {
    const joined = read(file).replace(/\\\n\s*/g, '')
    expect(codeOf(joined).flatMap(faultsOf)).toEqual([])
  })

  test('would be found', () => {
    expect(faultsOf('swiotlb-lab compaer x')).toEqual(['no command: swiotlb-lab compaer x'])
    expect(faultsOf('swiotlb-lab compare --sweeep x')).toHaveLength(1)
    expect(faultsOf('npm run nothing')).toHaveLength(1)
    expect(faultsOf('swiotlb-lab compare --sweep cpus=1,2')).toEqual([])
  })
})

test('every exception is needed', () => {
  const typed = documents.flatMap((file) =>
    blocksOf(file)
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => commandsIn(text))
      .map((command) => [file, command] as const),
  )
  for (const [file, words] of elsewhere) {
    expect(typed.filter(([where, command]) => where === file && words.test(command))).not.toEqual(
      [],
    )
  }
  const all = typed.map(([, command]) => command)
  for (const command of Object.keys(ends)) expect(all).toContain(command)
})
