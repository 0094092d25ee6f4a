// The list of README.md that sorts the words of the shim headers by why they exist.
//
//   node kernel-shim/words.mjs --write    writes it into README.md
//   node kernel-shim/words.mjs --check    exit 1 when it is not what the headers say
//
// Each definition of a header stands below one of the lines `/* Kept. */`, `/* Simplified: WHY. */`
// and `/* Empty: WHY. */`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = import.meta.dirname
const README = join(FOLDER, 'README.md')
const BEGIN = '<!-- words: begin -->\n'
const END = '<!-- words: end -->\n'
const MARK = /^\/\* (Kept|Simplified|Empty)(?:: (.*))?\. \*\/$/
const DEFINITIONS = [
  /^#define (\w+)/,
  /^static inline (?:const )?(?:struct |unsigned )?\w+ \**(\w+)\(/,
  /^(?:struct|enum) (\w+) \{/,
  /^\} (\w+);/,
  /^typedef .*?\(?\*?(\w+)\)?(?:\(.*\))?;/,
]
/** The shim's own: no word of the kernel. */
const OWN = /^(?:shim_|SHIM_)/

const headers = readdirSync(join(FOLDER, 'include'), { recursive: true })
  .filter((file) => file.endsWith('.h'))
  .sort()

/** The words of one header, by kind and why. */
function wordsOf(header) {
  const groups = []
  const lines = readFileSync(join(FOLDER, 'include', header), 'utf8').split('\n')
  for (const [i, line] of lines.entries()) {
    const mark = MARK.exec(line)
    if (mark) groups.push({ header, kind: mark[1], why: mark[2] ?? '', words: [] })
    const word = DEFINITIONS.map((pattern) => pattern.exec(line)?.[1]).find(Boolean)
    if (word === undefined || OWN.test(word)) continue
    const group = groups.at(-1)
    if (!group) {
      throw new Error(`include/${header}, line ${i + 1}: ${word} stands below no kind of word`)
    }
    if (!group.words.includes(word)) group.words.push(word)
  }
  if (groups.length === 0) throw new Error(`include/${header}: expected a kind of word`)
  return groups
}

function list(groups) {
  return groups
    .map(({ header, why, words }) => {
      const names = words.map((word) => `\`${word}\``).join(', ')
      return `- \`${header}\`: ${why}${names && `: ${names}`}`
    })
    .join('\n')
}

const all = headers.flatMap(wordsOf)
const of = (kind) => all.filter((group) => group.kind === kind)
const count = (kind) => of(kind).reduce((sum, { words }) => sum + words.length, 0)
const text = `
**Simplified: ${count('Simplified')} words.** Something of the kernel's meaning is missing. A comparison can lie here.

${list(of('Simplified'))}

**Empty: ${count('Empty')} words.** They do nothing, or only what no path of the comparison asks for.

${list(of('Empty'))}

**Kept: ${count('Kept')} words.** They mean what they mean in the kernel: ${of('Kept')
  .map(({ header }) => `\`${header}\``)
  .join(', ')}.

`
const readme = readFileSync(README, 'utf8')
const begin = readme.indexOf(BEGIN) + BEGIN.length
const wanted = readme.slice(0, begin) + text + readme.slice(readme.indexOf(END))
const [mode] = process.argv.slice(2)
if (mode === '--write') {
  writeFileSync(README, wanted)
} else if (mode !== '--check') {
  process.stderr.write('words.mjs: expected --write or --check\n')
  process.exitCode = 2
} else if (wanted !== readme) {
  process.stderr.write('kernel-shim/README.md: the list of words is not what the headers say\n')
  process.stderr.write('make it again: node kernel-shim/words.mjs --write\n')
  process.exitCode = 1
}
