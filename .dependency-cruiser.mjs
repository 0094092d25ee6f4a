// The arrows of lib/: a folder imports only from those that stand below it in this list, and verbs
// never from one another. Types count, too. See docs/architecture.md.

/** From the top down; folders of one line know nothing of one another. */
const LEVELS = [
  ['cli', 'tracker-process'],
  ['index.ts'],
  ['report'],
  [
    'compare',
    'replay',
    'check',
    'verify',
    'calibrate',
    'explain',
    'param',
    'capture',
    'watch',
    'size',
    'devices',
    'selftest',
    'guest',
  ],
  ['patch'],
  ['tracker-file'],
  ['predict'],
  ['measure'],
  ['kernel'],
  ['native', 'timeline'],
  ['results'],
  ['trace'],
  ['scenario', 'boot', 'debugfs', 'shards'],
  ['system'],
  ['data'],
]

/** Matches files of folders below lib/, or one file there. */
const inside = (names) => `^lib/(${names.map((name) => name.replace('.', '\\.')).join('|')})(/|$)`

const allowed = LEVELS.flatMap((level, i) => {
  const below = LEVELS.slice(i + 1).flat()
  return level.map((name) => ({
    name: `arrows-down-from-${name.replace('.ts', '')}`,
    severity: 'error',
    comment: `lib/${name} may import from ${below.map((other) => `lib/${other}`).join(', ')}`,
    from: { path: inside([name]) },
    to: { path: '^lib/', pathNot: inside([name, ...below]) },
  }))
})

export default {
  forbidden: [
    {
      name: 'no-circle',
      severity: 'error',
      comment: 'files that import each other cannot be understood one after the other',
      from: {},
      to: { circular: true },
    },
    {
      name: 'known-folder',
      severity: 'error',
      comment: 'a new folder of lib/ needs its place in the list of levels',
      from: { path: '^lib/', pathNot: inside(LEVELS.flat()) },
      to: {},
    },
    {
      name: 'no-tests',
      severity: 'error',
      comment: 'what is shipped knows nothing of tests and the benchmark',
      from: { path: '^lib/' },
      to: { path: '^(test|bench|results)/' },
    },
    ...allowed,
  ],
  options: {
    // The parser that sees types, too; TypeScript's own is a program without an interface by now.
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
}
