// Completion for zsh.
import type { CommandHelp, OptionHelp } from './command-help.ts';

/** A text in single quotes. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
/** A text within a specification, where brackets and colons have a meaning. */
const plain = (text: string) => text.replace(/[\\[\]:]/g, '\\$&');

/** What completes a value. */
function actionFor(value: string, choices?: readonly string[]): string {
  if (choices !== undefined) return `(${choices.join(' ')})`;
  if (value === 'FILE') return '_files';
  return value === 'DIR' ? '_files -/' : ' ';
}

function optionSpec({ name, value, choices, text }: OptionHelp): string {
  const about = plain(text);
  if (value === undefined) return quote(`--${name}[${about}]`);
  return quote(`*--${name}=[${about}]:${plain(value)}:${actionFor(value, choices)}`);
}

function commandCase({ name, options, actions, words }: CommandHelp): string {
  const [first] = words;
  const argument =
    actions.length > 0
      ? [quote(`1:action:(${actions.join(' ')})`)]
      : first === undefined
        ? []
        : [quote(`1:${plain(first)}:${name === 'help' ? '_herald_commands' : actionFor(first)}`)];
  const specs = [...options.map(optionSpec), quote('--help[print the help of the command]'), ...argument];
  return `    ${name})\n      _arguments \\\n        ${specs.join(' \\\n        ')} ;;`;
}

/** The script. */
export function zshScript(all: readonly CommandHelp[]): string {
  const commands = all.map(({ name, summary }) => quote(`${name}:${plain(summary)}`)).join('\n    ');
  return `#compdef herald
# Completion of herald for zsh: source <(herald completion zsh)
_herald_commands() {
  local -a commands
  commands=(
    ${commands}
  )
  _describe -t commands command commands
}
_herald() {
  local command=$words[2]
  if (( CURRENT == 2 )) && [[ $command != -* ]]; then
    _herald_commands
    return
  fi
  if [[ $command == -* ]]; then
    command=serve
  else
    shift words
    (( CURRENT-- ))
  fi
  case $command in
${all.map(commandCase).join('\n')}
  esac
}
if [ "$funcstack[1]" = "_herald" ]; then _herald "$@"; else compdef _herald herald; fi
`;
}
