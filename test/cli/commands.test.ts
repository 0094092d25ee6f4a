// Whatever the program, README and docs tell one to type exists: commands, their options, scripts.

import { beforeAll, describe, expect, test } from '@jest/globals'
import { codeOf, documents, filesUnder, read } from '../house/documents.js'
import { cli, commandNames } from './process.js'

const sources = [
  ...filesUnder('lib', /\.ts$/),
  ...filesUnder('bench', /\.ts$/),
  ...filesUnder('native', /\.(?:[ch]|cc|cjs)$/),
]
const scripts = JSON.parse(read('package.json')).scripts as Record<string, string>

/** Options of each command, as its help lists them. */
const options = new Map<string, ReadonlySet<string>>()
const optionsIn = (text: string): string[] => text.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? []

beforeAll(async () => {
  const { stdout } = await cli(['--help'])
  const names = commandNames(stdout)
  expect(names).toContain('compare')
  for (const name of names) {
    const help = await cli([name, '--help'])
    expect([name, help.code]).toEqual([name, 0])
    options.set(name, new Set(optionsIn(help.stdout)))
  }
}, 60_000)

/** What is wrong with a line that one is told to type, behind the program's name. */
function faultsOf(typed: string): string[] {
  const [name = ''] = typed.trim().split(/\s/)
  // COMMAND, or an option of the program itself.
  if (!/^[a-z]/.test(name)) return []
  const known = options.get(name)
  if (!known) return [`no command is called ${name}: ${typed.trim()}`]
  return optionsIn(typed)
    .filter((option) => !known.has(option))
    .map((option) => `${name} has no ${option}: ${typed.trim()}`)
}

/** Behind the program's name. */
const typedIn = (code: string): string[] =>
  [...code.matchAll(/(?:\bswiotlb-lab|cli\/main\.js)((?: [^;|&#]+)?)/g)].flatMap(([, typed]) =>
    typed?.trim() ? [typed] : [],
  )

/** A span that begins with a command and goes on with an option or an argument. */
const bareIn = (code: string): string[] => {
  const [name = '', next] = code.split(/\s/)
  return options.has(name) && next !== undefined ? [code] : []
}

describe('what one is told to type', () => {
  test.each(documents)('%s: commands and options exist', (file) => {
    const typed = codeOf(read(file)).flatMap((code) => {
      const whole = typedIn(code)
      return whole.length > 0 ? whole : bareIn(code)
    })
    expect(typed.flatMap(faultsOf)).toEqual([])
  })

  test('the last line of each report: commands and options exist', () => {
    const typed = filesUnder('lib/cli', /\.ts$/).flatMap((file) =>
      [...read(file).matchAll(/nextLine\(\s*'[^'\n]*',\s*(['`])([a-z]+ ?[^\n]*?)\1/g)].map(
        ([, , line = '']) => line.replaceAll(/\$\{[^}]*\}/g, 'X'),
      ),
    )
    expect(typed.length).toBeGreaterThan(10)
    expect(typed.flatMap(faultsOf)).toEqual([])
  })

  test('messages and comments name no command that is not there', () => {
    // "swiotlb-lab runs ..." and the like are sentences.
    const sentence = ['runs', 'scenario', 'allocator', 'trackers']
    const wrong = sources.flatMap((file) =>
      [...read(file).matchAll(/(?:\bswiotlb-lab|cli\/main\.js) ([a-z-]+)/g)]
        .map(([, name = '']) => name)
        .filter((name) => !options.has(name) && !sentence.includes(name))
        .map((name) => `${file}: ${name}`),
    )
    expect(wrong).toEqual([])
  })

  test('a single word marked as code in a message is a command', () => {
    const wrong = filesUnder('lib', /\.ts$/).flatMap((file) => {
      const code = read(file)
        .replace(/\/\*.*?\*\//gs, '')
        .replace(/^\s*\/\/.*$/gm, '')
      const strings = code.match(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g) ?? []
      return strings
        .flatMap((text) => [...text.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name))
        .filter((name) => !options.has(name))
        .map((name) => `${file}: ${name}`)
    })
    expect(wrong).toEqual([])
  })

  test('every script exists', () => {
    const wrong = [...documents, ...sources, '.ci/run', 'package.json', 'proof/check.mjs'].flatMap(
      (file) =>
        [...read(file).matchAll(/npm (?:run (?:--?\w+ )*([a-z][a-z0-9:-]*)|(start|test)\b)/g)]
          .map(([, name, own]) => name ?? own ?? '')
          .filter((name) => !(name in scripts))
          .map((name) => `${file}: ${name}`),
    )
    expect(wrong).toEqual([])
  })

  test.each(['bench/main.ts', 'bench/keep.ts', 'bench/figures/main.ts'])(
    'options of %s that documents name are in its help',
    (file) => {
      const [, help = ''] = /HELP = `(.*?)`$/ms.exec(read(file)) ?? []
      const [, script = ''] = /usage: npm run (\w+)/.exec(help) ?? []
      const own = optionsIn(help)
      const wrong = documents
        .flatMap((document) => codeOf(read(document)))
        .filter((code) => code.startsWith(`npm run ${script} -- `))
        // What follows `npm run keep -- COMMAND` is the command's.
        .flatMap((code) => {
          const given = code.slice(`npm run ${script} -- `.length)
          if (script === 'keep') return faultsOf(given)
          return optionsIn(given).filter((option) => !own.includes(option))
        })
      expect(wrong).toEqual([])
    },
  )
})

test('package.json names no feature that is not there', () => {
  const { description, keywords } = JSON.parse(read('package.json'))
  // What it says can be done, by the command that does it.
  const features = { compare: 'accuracy and cost', replay: 'replay', check: 'schedules' }
  for (const [command, words] of Object.entries(features)) {
    expect([...options.keys()]).toContain(command)
    expect(description).toContain(words)
  }
  expect(`${description} ${keywords.join(' ')}`).not.toMatch(/sizing|diagnos|captur/i)
})

describe('the test itself finds', () => {
  test.each([
    ['grow --out x', 'no command is called grow: grow --out x'],
    ['compare uniform --size 3', 'compare has no --size: compare uniform --size 3'],
  ])('%s', (typed, fault) => {
    expect(faultsOf(typed)).toEqual([fault])
  })

  test('what stands in fences and spans', () => {
    const text = 'a `swiotlb-lab shrink` b\n```\nnode dist/cli/main.js grow x\n```\n'
    expect(codeOf(text).flatMap(typedIn).flatMap(faultsOf)).toHaveLength(2)
  })
})
