// herald help: what the commands do, as text, as a man page or as JSON.
import { version } from '../base/installation.ts';
import { type Command, type CommandEntry, findCommand } from './command.ts';
import { allHelp } from './command-help.ts';
import { manPage } from './man-page.ts';
import { jsonLine, write } from './output.ts';

/** The list of the commands. */
function overview(all: readonly CommandEntry[]): string {
  return `usage: herald [COMMAND] [OPTIONS]

${all.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n')}

  --help      print this help, or the help of a command
  --version   print the version
`;
}

/** The day that the man page shows: that of the build, if it says one, or today. */
function today({ SOURCE_DATE_EPOCH: epoch }: Readonly<Record<string, string | undefined>>): string {
  const date = epoch === undefined ? new Date() : new Date(Number(epoch) * 1000);
  return date.toISOString().slice(0, 10);
}

/** Prints help. */
export const help: Command = {
  help: `usage: herald help [COMMAND]
       herald help --man

Prints the list of the commands, or the help of one.

  --man     print everything as a man page: herald help --man | man -l -
  --json    print one JSON object for each command
`,
  options: { man: { type: 'boolean' }, json: { type: 'boolean' } },
  words: ['COMMAND?'],
  async run(parsed, io, all) {
    const [name] = parsed.words;
    const some = name === undefined ? all : [findCommand(name, all)];
    const [one] = some;
    if (parsed.flag('man')) {
      const page = manPage(await allHelp(all), version, today(io.env));
      await write(io.stdout, parsed.flag('json') ? jsonLine({ man: page }) : page);
    } else if (parsed.flag('json')) await write(io.stdout, (await allHelp(some)).map(jsonLine).join(''));
    else if (name === undefined || one === undefined) await write(io.stdout, overview(all));
    else await write(io.stdout, (await one.load()).help);
    return 0;
  },
};
