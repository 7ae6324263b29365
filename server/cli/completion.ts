// herald completion: scripts for shells, made from the table of commands.

import type { Command } from './command.ts';
import { allHelp } from './command-help.ts';
import { bashScript } from './completion-bash.ts';
import { fishScript } from './completion-fish.ts';
import { zshScript } from './completion-zsh.ts';
import { jsonLine, write } from './output.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

function isShell(word: string): word is keyof typeof SCRIPTS {
  return Object.hasOwn(SCRIPTS, word);
}

/** Prints a script. */
export const completion: Command = {
  help: `usage: herald completion bash|zsh|fish

Prints a script that completes commands, options and their values when you press the Tab key. To have it in each shell:

  bash   echo 'source <(herald completion bash)' >> ~/.bashrc
  zsh    echo 'source <(herald completion zsh)' >> ~/.zshrc     (below the line with compinit)
  fish   herald completion fish > ~/.config/fish/completions/herald.fish

  --json    print {"shell": ..., "script": ...}
`,
  options: { json: { type: 'boolean' } },
  words: ['bash|zsh|fish'],
  async run(parsed, io, all) {
    const [shell = ''] = parsed.words;
    if (!isShell(shell)) return 2;
    const script = SCRIPTS[shell](await allHelp(all));
    await write(io.stdout, parsed.flag('json') ? jsonLine({ shell, script }) : script);
    return 0;
  },
};
