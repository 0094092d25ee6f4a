/**
 * `npm run man`: a manual page for swiotlb-lab and for each of its commands, from what --help is
 * made of, in man/ or in the folder that is given.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.join(import.meta.dirname, '../..')
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))

/** Help is written for how and where it is called: here by its name, beside what is shipped. */
const into = path.resolve(process.argv[2] ?? path.join(root, 'man'))
process.argv[1] = 'swiotlb-lab'
process.chdir(root)
const { makeProgram } = await import('../../dist/cli/program.js')
const { openIo } = await import('../../dist/cli/options/io.js')

const NAME = 'swiotlb-lab'

/** Text as roff takes it: no line of it is a request, and no dash a hyphen. */
const roff = (text) =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')

const bold = (text) => `\\fB${roff(text)}\\fR`

/** Paragraphs; what is indented keeps its lines. */
function paragraphs(text) {
  const out = []
  let kept = false
  for (const line of text.split('\n')) {
    const keeps = line.startsWith(' ')
    if (keeps !== kept) out.push(keeps ? '.nf' : '.fi')
    kept = keeps
    out.push(line === '' ? '.PP' : roff(line))
  }
  if (kept) out.push('.fi')
  return out
    .join('\n')
    .replace(/(?:\.PP\n?)+/g, '.PP\n')
    .replace(/^\.PP\n|\n?\.PP\n?$/g, '')
}

/** What a command's help has below its options: notes, then examples. */
function below(command) {
  const written = []
  const context = { error: false, command, write: (text) => written.push(text) }
  command.emit('afterHelp', context)
  const [notes = '', examples = ''] = written.join('\n').split(/^Examples?:?$/m)
  return { notes: notes.trim(), examples: examples.replace(/^\n+/, '').trimEnd() }
}

const items = (list) => list.map(([term, text]) => `.TP\n${bold(term)}\n${roff(text)}`)

const section = (title, lines) => (lines.length === 0 ? [] : [`.SH ${title}`, ...lines])

function pageOf(command, parents) {
  const full = [...parents, command.name()]
  const help = command.createHelp()
  const { notes, examples } = below(command)
  const commands = help
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help')
    .map((one) => [help.subcommandTerm(one), help.subcommandDescription(one)])
  const others = parents.length === 0 ? command.commands.map((one) => one.name()) : []
  const lines = [
    `.TH ${full.join('-').toUpperCase()} 1 "" "${NAME} ${version}" "User Commands"`,
    ...section('NAME', [`${roff(full.join('-'))} \\- ${roff(command.description())}`]),
    ...section('SYNOPSIS', [`${bold(full.join(' '))} ${roff(command.usage())}`]),
    ...section(
      'ARGUMENTS',
      items(help.visibleArguments(command).map((one) => [one.name(), one.description])),
    ),
    ...section('COMMANDS', items(commands)),
    ...section(
      'OPTIONS',
      items(help.visibleOptions(command).map((one) => [one.flags, help.optionDescription(one)])),
    ),
    ...section('NOTES', notes === '' ? [] : [paragraphs(notes)]),
    ...section('EXAMPLES', examples === '' ? [] : ['.nf', roff(examples), '.fi']),
    ...section('SEE ALSO', [
      parents.length > 0
        ? `${bold(NAME)}(1), which has the exit statuses`
        : others.map((name) => `${bold(`${NAME}-${name}`)}(1)`).join(', '),
    ]),
  ]
  return { file: `${full.join('-')}.1`, text: `${lines.join('\n')}\n` }
}

const io = openIo()
try {
  const program = makeProgram(io, () => undefined)
  mkdirSync(into, { recursive: true })
  const pages = [pageOf(program, []), ...program.commands.map((one) => pageOf(one, [NAME]))]
  for (const { file, text } of pages) writeFileSync(path.join(into, file), text)
} finally {
  io.close()
}
