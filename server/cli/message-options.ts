// What a message says, as the options and words of a command.
import type { WireBody } from '../../shared/content.ts';
import { readPriority } from '../../shared/priority.ts';
import { type CommandIo, type OptionTable, type ParsedOptions, UsageError } from './command.ts';
import { readInput } from './stdin.ts';

/** The options of every command that writes a message. */
export const messageOptions = {
  desp: { type: 'string' },
  priority: {
    type: 'string',
    expectation: (value) =>
      readPriority(value) === undefined ? '1 to 5, or min, low, default, high or max' : undefined,
  },
  tags: { type: 'string' },
  click: { type: 'string' },
  from: { type: 'string' },
  extra: {
    type: 'string',
    expectation: (value) => (/^[^=]/.test(value) && value.includes('=') ? undefined : 'key=value'),
  },
} as const satisfies OptionTable;

/** Help text for {@link messageOptions}. */
export const MESSAGE_HELP = `  --desp TEXT     the description, in Markdown; - reads it from the standard input
  --priority P    1 to 5, or min, low, default, high, max
  --tags A,B      words shown with the message; short codes such as warning become emoji
  --click URL     the link that the message opens
  --from NAME     name of the sender, such as backup
  --extra K=V     any other value for the recipients; can be repeated
`;

/**
 * Builds the message from the second word and the options, and reads from standard input what they leave out.
 * @throws UsageError if there is no text
 */
export async function compose(parsed: ParsedOptions, io: CommandIo): Promise<WireBody> {
  const [, text] = parsed.words;
  const given = parsed.value('desp');
  const desp = given === '-' ? undefined : given;
  const extra = readExtra(parsed);
  // Standard input is read only if needed: over ssh, for example, it can be a pipe that never closes.
  if (text !== undefined && given !== '-') return { text, desp: desp ?? '', extra };
  const input = (await readInput(io)).replace(/\r?\n$/, '');
  if (text !== undefined) return { text, desp: input, extra };
  if (desp !== undefined) return { text: input, desp, extra };
  const [, first = '', rest = ''] = /^\s*([^\r\n]*)(?:\r?\n)?(.*)$/s.exec(input) ?? [];
  // A message that changes the state of a key needs no text.
  if (first === '' && parsed.value('key') !== undefined && parsed.value('state') !== undefined) {
    return { text: '', desp: '', extra };
  }
  if (first === '') throw new UsageError(['nothing to send: give a text, or pipe one in']);
  return { text: first, desp: rest, extra };
}

/** Options that set the extra of the same name. */
const NAMED_EXTRAS = ['priority', 'tags', 'click'] as const;

/** A repeated key becomes an array of its values, as in a query. */
function readExtra(parsed: ParsedOptions): Record<string, unknown> {
  const extra = new Map<string, string[]>();
  for (const name of NAMED_EXTRAS) {
    const value = parsed.value(name);
    if (value !== undefined) extra.set(name, [value]);
  }
  for (const pair of parsed.values('extra')) {
    const at = pair.indexOf('=');
    const key = pair.slice(0, at);
    extra.set(key, [...(extra.get(key) ?? []), pair.slice(at + 1)]);
  }
  return Object.fromEntries([...extra].map(([key, values]) => [key, values.length === 1 ? values[0] : values]));
}
