/**
 * `completion`: a script by which a shell completes commands, options, their values, and files.
 *
 * Made of the commands themselves, so that it lags behind nothing. The libraries that there are for
 * this complete no file names.
 */
import type { Command, Option } from 'commander'
import { oneOf } from '../data/errors.js'
import { presets, trackers } from '../index.js'
import type { Io } from './options/io.js'
import { NAME } from './options/next-step.js'
import { knownWords } from './options/parse.js'

const shells = ['bash', 'zsh'] as const

/** What an argument of this name can be, besides a file. */
const argumentWords: Readonly<Record<string, readonly string[]>> = {
  scenario: Object.keys(presets),
  tracker: trackers.map(({ name }) => name),
  shell: shells,
}

const takesValue = (option: Option): boolean => option.required || option.optional

/** Names of options, as they are typed. */
const flagsOf = (option: Option): string[] =>
  [option.short, option.long].filter((flag) => !!flag) as string[]

/** A word list of bash's `compgen -W`; none of our words has a blank or a sign. */
const words = (list: readonly string[]): string => `'${list.join(' ')}'`

/** Lines of a `case`, each for a command and the option that stands before the cursor. */
function valueCases(command: Command): string[] {
  return command.options.filter(takesValue).map((option) => {
    const known = knownWords(option.parseArg)
    const patterns = flagsOf(option).map((flag) => `${command.name()}:${flag}`)
    // Whatever else an option takes, files are offered.
    return `${patterns.join('|')}) offer=${words(known ?? [])} ;;`
  })
}

function commandCase(command: Command): string {
  const options = command.createHelp().visibleOptions(command).flatMap(flagsOf)
  const others = command.registeredArguments.flatMap((one) => argumentWords[one.name()] ?? [])
  return `${command.name()}) options=${words(options)} others=${words(others)} ;;`
}

function bashScript(program: Command): string {
  const { commands } = program
  const options = program.createHelp().visibleOptions(program).flatMap(flagsOf)
  const names = commands.map((command) => command.name())
  return `# ${NAME} completion: source this file
_swiotlb_lab() {
	local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
	local command='' options=${words(options)} others=${words(names)} offer='' i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case \${COMP_WORDS[i]} in
		-*) ;;
		*) command=\${COMP_WORDS[i]}; break ;;
		esac
	done
	case $command in
	${commands.map(commandCase).join('\n\t')}
	esac
	case $cur in
	-*) offer=$options ;;
	*) offer=$others ;;
	esac
	case $command:$prev in
	${commands.flatMap(valueCases).join('\n\t')}
	esac
	# Of a list with commas the last is completed.
	case $cur in
	*,*) COMPREPLY=($(compgen -P "\${cur%,*}," -W "$offer" -- "\${cur##*,}")) ;;
	*) COMPREPLY=($(compgen -W "$offer" -- "$cur")) ;;
	esac
}
complete -o default -F _swiotlb_lab ${NAME}
`
}

/** zsh understands bash's, once it is asked to. */
const ZSH = `autoload -Uz compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit
`

export function addCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .argument('<shell>', shells.join(' or '))
    .description('a script by which a shell completes what is typed')
    .option('--json', 'one JSON document on stdout')
    .action((wanted: string, { json }: { readonly json?: boolean }) => {
      const shell = oneOf('shell', wanted, shells)
      const script = (shell === 'zsh' ? ZSH : '') + bashScript(program)
      if (json) return io.printJson('completion', { shell, script })
      io.print(script.trimEnd())
    })
}
