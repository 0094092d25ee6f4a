/**
 * `npm run api`: docs/api.md, from the types and doc comments of lib/index.ts. With --check it
 * writes nothing, and ends with 1 where the page is not what the types say.
 *
 * TypeScript 7 has no programming interface, so this asks TypeScript 6.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import ts from '@typescript/typescript6'

const root = path.join(import.meta.dirname, '../..')
const page = path.join(root, 'docs/api.md')

/** Which folders of lib/ a section of the page is about. */
const sections = [
  ['Running scenarios', ['compare', 'scenario']],
  ['Traces', ['trace', 'replay', 'size', 'devices']],
  ['Promises, and the kernel that is ported', ['check', 'verify', 'selftest', 'kernel']],
  ['Trackers', ['tracker-file', 'native']],
  ['Virtual time', ['predict', 'calibrate']],
  ['A real kernel', ['patch', 'guest', 'boot', 'param', 'explain', 'watch', 'capture']],
  ['Figures and words', ['measure', 'report', 'data', 'results']],
]

const program = ts.createProgram([path.join(root, 'lib/index.ts')], {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  strict: true,
  skipLibCheck: true,
  types: ['node'],
})
const checker = program.getTypeChecker()
const index = program.getSourceFile(path.join(root, 'lib/index.ts'))

const FLAGS =
  ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope

const resolved = (symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

/** Comments are wrapped where the code is; a list keeps its lines. */
const prose = (text) => text.replace(/\n(?!\s*[-*\n])/g, ' ').trim()

const commentOf = (symbol) =>
  prose(ts.displayPartsToString(symbol.getDocumentationComment(checker)))

const tagsOf = (symbol, name) =>
  symbol
    .getJsDocTags(checker)
    .filter((tag) => tag.name === name)
    .map((tag) => prose(ts.displayPartsToString(tag.text)))

const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(index)).map((symbol) => {
  const target = resolved(symbol)
  const [declaration] = target.declarations
  const file = path.relative(root, declaration.getSourceFile().fileName)
  return { name: symbol.name, symbol: target, declaration, file, folder: file.split('/')[1] }
})

const cell = (text) => text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)]

/** A type as it is written where it is declared; short, since it may be a union of a page. */
function typeOf(symbol, declaration) {
  const written = declaration.type?.getText()
  const text = written ?? checker.typeToString(checker.getTypeOfSymbol(symbol), declaration, FLAGS)
  const plain = text.replace(/\/\*\*.*?\*\//gs, '').replace(/\s+/g, ' ')
  // Of an option: that it may be missing is said by its name.
  return plain.replace(/ \| undefined$/, '').replace(/^\((.*)\)$/, '$1')
}

/** The options that a function takes as an object, a row for each. */
function optionRows(type) {
  return type.getProperties().map((property) => {
    const [declaration] = property.declarations
    const optional = property.flags & ts.SymbolFlags.Optional ? '?' : ''
    return [
      `\`${property.name}${optional}\``,
      `\`${typeOf(property, declaration)}\``,
      commentOf(property),
    ]
  })
}

const isOptions = (type) =>
  type.getProperties().length > 0 &&
  type.getCallSignatures().length === 0 &&
  /Options\b/.test(checker.typeToString(type))

function functionLines({ name, symbol, declaration }) {
  const lines = [`### ${name}`, '', '```ts']
  const signatures = checker.getTypeOfSymbol(symbol).getCallSignatures()
  for (const signature of signatures) {
    const parameters = signature.parameters.map((parameter, i) => {
      const of = parameter.valueDeclaration
      const label = ts.isIdentifier(of.name) ? parameter.name : i === 0 ? 'request' : 'options'
      const optional = of.questionToken || of.initializer ? '?' : ''
      return `${label}${optional}: ${typeOf(parameter, of)}`
    })
    const result = checker.typeToString(signature.getReturnType(), declaration, FLAGS)
    lines.push(`${name}(${parameters.join(', ')}): ${result.length > 200 ? 'object' : result}`)
  }
  lines.push('```', '', commentOf(symbol))
  for (const text of tagsOf(symbol, 'param')) lines.push('', `- ${text}`)
  for (const text of tagsOf(symbol, 'throws')) lines.push('', `Throws ${text}.`)
  for (const parameter of signatures[0]?.parameters ?? []) {
    const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter))
    if (!isOptions(type)) continue
    lines.push('', ...table(['option', 'type', 'meaning'], optionRows(type)))
  }
  return [...lines, '']
}

const isFunction = ({ symbol }) => (symbol.flags & ts.SymbolFlags.Function) !== 0
const inSection = (folders) => (one) => folders.includes(one.folder)

const linkTo = ({ name, file }) => `[${name}](../${file})`

function sectionLines([title, folders]) {
  const here = exported.filter(inSection(folders))
  const functions = here.filter(isFunction)
  const rest = here.filter((one) => !isFunction(one) && !one.name.endsWith('Options'))
  const told = rest.filter((one) => commentOf(one.symbol) !== '')
  const others = rest.filter((one) => commentOf(one.symbol) === '')
  const lines = [`## ${title}`, '', ...functions.flatMap(functionLines)]
  const rows = told.map((one) => [linkTo(one), commentOf(one.symbol)])
  if (rows.length > 0) lines.push(...table(['also exported', 'what it is'], rows), '')
  if (others.length > 0) lines.push(`Also: ${others.map(linkTo).join(', ')}.`, '')
  return lines
}

const lost = exported.filter((one) => !sections.some(([, folders]) => inSection(folders)(one)))
if (lost.length > 0) {
  throw new Error(`docs/make/api.mjs: no section has ${lost.map(({ file }) => file).join(', ')}`)
}

const INTRO = `# The library

What \`import { ... } from 'swiotlb-lab'\` gives. This page is made from the types and their comments by \`npm run api\`; the types themselves come with the package, so that an editor shows them. Sizes are in slots where a name says so, else in bytes. Who calls with something wrong gets an \`InputError\`. There is no function for a page of results: \`swiotlb-lab report\` makes it of what others print with \`--json\`.

Three options mean the same wherever they stand. \`signal\` ends a run within a moment, and its promise rejects with the signal's reason. \`onProgress\` is called now and then while something runs. \`layout\` says how areas and counters lie in memory, and what index of free slots there is; what it leaves out is as the kernel has it.
`

const text = `${[INTRO, ...sections.flatMap(sectionLines)]
  .join('\n')
  .replace(/\n{3,}/g, '\n\n')
  .trimEnd()}\n`

if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text) {
    console.error('docs/api.md is not what the types say; run npm run api')
    process.exitCode = 1
  }
} else {
  writeFileSync(page, text)
}
