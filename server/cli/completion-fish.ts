// Completion for fish.
import type { CommandHelp, OptionHelp } from './command-help.ts';

/** A text in single quotes. */
const quote = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;

function optionLine(command: string, { name, value, choices, text }: OptionHelp): string {
  const takes =
    value === undefined
      ? ''
      : choices !== undefined
        ? ` -x -a ${quote(choices.join(' '))}`
        : value === 'FILE' || value === 'DIR'
          ? ' -r -F'
          : ' -x';
  return `complete -c herald -n '__herald_is ${command}' -l ${name}${takes} -d ${quote(text)}`;
}

function commandLines({ name, options, actions, words }: CommandHelp): string[] {
  const first = `-n '__herald_is ${name}; and test (count (commandline -opc)) -eq 2'`;
  const argument =
    actions.length > 0
      ? [`complete -c herald ${first} -a ${quote(actions.join(' '))}`]
      : words[0] === 'FILE'
        ? [`complete -c herald ${first} -F`]
        : [];
  return [...options.map((option) => optionLine(name, option)), ...argument];
}

/** The script. */
export function fishScript(all: readonly CommandHelp[]): string {
  const names = all.map(({ name }) => name).join(' ');
  const commands = all.map(
    ({ name, summary }) => `complete -c herald -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
  );
  return `# Completion of herald for fish: herald completion fish > ~/.config/fish/completions/herald.fish
function __herald_is
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test "$words[2]" = $argv[1]
end
complete -c herald -f
complete -c herald -l help -d 'print the help of a command'
${commands.join('\n')}
${all.flatMap(commandLines).join('\n')}
complete -c herald -n '__herald_is help; and test (count (commandline -opc)) -eq 2' -a ${quote(names)}
`;
}
