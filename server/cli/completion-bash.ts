// Completion for bash, from version 3.2 on, which macOS has.
import type { CommandHelp } from './command-help.ts';

/** Arguments that name files. */
const FILES = new Set(['FILE', 'DIR']);

function valueCases({ name, options }: CommandHelp): string[] {
  return options.flatMap(({ name: option, value, choices }) => {
    if (value === undefined) return [];
    const pattern = `${name}:--${option}`;
    if (choices !== undefined) return [`    ${pattern}) words='${choices.join(' ')}' ;;`];
    return [`    ${pattern}) ${FILES.has(value) ? 'files=1' : 'return'} ;;`];
  });
}

function commandCase({ name, options, actions, words }: CommandHelp): string {
  const flags = [...options.map((option) => `--${option.name}`), '--help'].join(' ');
  const first = actions.length > 0 ? `words='${actions.join(' ')}'` : FILES.has(words[0] ?? '') ? 'files=1' : ':';
  return `    ${name}) options='${flags}'; [ "$COMP_CWORD" -eq 2 ] && ${first} ;;`;
}

/** The script. */
export function bashScript(all: readonly CommandHelp[]): string {
  const names = all.map(({ name }) => name).join(' ');
  return `# Completion of herald for bash: source <(herald completion bash)
_herald() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local options='' words='' files='' IFS=$' \\t\\n'
  COMPREPLY=()
  case $command in -*) command=serve ;; esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${names}'
    case $cur in -*) words='--help --version' ;; esac
  fi
  if [ "$COMP_CWORD" -gt 1 ]; then case $command:$prev in
${all.flatMap(valueCases).join('\n')}
    help:help) words='${names}' ;;
  esac; fi
  if [ -z "$words$files" ]; then case $command in
${all.map(commandCase).join('\n')}
  esac; fi
  case $cur in -*) words="$words $options" ;; esac
  if [ -n "$files" ] && [ "\${cur#-}" = "$cur" ]; then
    IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$cur"))
    type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
  return 0
}
complete -F _herald herald
`;
}
