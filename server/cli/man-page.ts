// The man page herald(1), made from the help of the commands.
import type { CommandHelp, OptionHelp } from './command-help.ts';

/** Options that so many commands have in the same words are described once. */
const SHARED_BY = 5;

/** Text as roff shows it. */
function roff(text: string): string {
  const safe = text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

/** Lines of a paragraph; examples and tables, which are indented, stay as they are. */
function paragraph(lines: readonly string[]): string {
  const parts: string[] = ['.PP'];
  let isLiteral = false;
  for (const line of lines) {
    const indented = line.startsWith('  ');
    if (indented !== isLiteral) parts.push(indented ? '.nf' : '.fi');
    isLiteral = indented;
    parts.push(roff(line));
  }
  if (isLiteral) parts.push('.fi');
  return parts.join('\n');
}

function optionText({ name, value, text }: OptionHelp): string {
  return `.TP\n\\fB\\-\\-${roff(name)}\\fR${value === undefined ? '' : ` \\fI${roff(value)}\\fR`}\n${roff(text)}`;
}

const idOf = ({ name, text }: OptionHelp) => `${name}: ${text}`;

/** The options that most commands share. */
function sharedOptions(all: readonly CommandHelp[]): Map<string, OptionHelp> {
  const counts = new Map<string, { readonly option: OptionHelp; readonly count: number }>();
  for (const option of all.flatMap(({ options }) => options)) {
    counts.set(idOf(option), { option, count: (counts.get(idOf(option))?.count ?? 0) + 1 });
  }
  return new Map([...counts].filter(([, { count }]) => count > SHARED_BY).map(([id, { option }]) => [id, option]));
}

function section(
  { name, usage, before, after, options }: CommandHelp,
  shared: ReadonlyMap<string, OptionHelp>,
): string {
  const own = options.filter((option) => !shared.has(idOf(option)));
  const others = options.filter((option) => shared.has(idOf(option)));
  const also = others.map((option) => `\\fB\\-\\-${roff(option.name)}\\fR`).join(', ');
  return [
    `.SS "herald ${name}"`,
    ...usage.map((line, index) => `${index === 0 ? '' : '.br\n'}${roff(line)}`),
    ...before.map(paragraph),
    ...own.map(optionText),
    ...(also === '' ? [] : [`.PP\nAlso: ${also}.`]),
    ...after.map(paragraph),
  ].join('\n');
}

/**
 * The man page, as roff.
 * @param date such as 2026-01-31
 */
export function manPage(all: readonly CommandHelp[], version: string, date: string): string {
  const shared = sharedOptions(all);
  return `.TH HERALD 1 "${date}" "Herald ${roff(version)}" "User Commands"
.SH NAME
herald \\- send notifications to your devices, and run the relay that delivers them
.SH SYNOPSIS
\\fBherald\\fR [\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]
.SH DESCRIPTION
Without a command, it runs the relay.
The relay takes messages over HTTP, and delivers them to phones, browsers and programs.
.SH OPTIONS
Many commands have these options:
${[...shared.values()].map(optionText).join('\n')}
${optionText({ name: 'help', text: 'print the help of a command' })}
${optionText({ name: 'version', text: 'print the version' })}
.SH COMMANDS
${all.map((one) => section(one, shared)).join('\n')}
.SH ENVIRONMENT
.TP
\\fBHERALD_SERVER\\fR
the address of the relay, unless there is \\fB\\-\\-server\\fR
.TP
\\fBHERALD_TOKEN\\fR, \\fBHERALD_TOKEN_FILE\\fR
the token, or a file that has it, unless there is \\fB\\-\\-token\\fR
.TP
\\fBNO_COLOR\\fR
no colours, if it is set
.SH FILES
.TP
\\fI~/.config/herald/login.json\\fR
the address and the token that \\fBherald login\\fR keeps
.TP
\\fI./config.json\\fR
the config of the relay
.SH EXIT STATUS
0 done, 1 failed, 2 wrong options or config; other values are listed with their commands.
`;
}
