// A message as the terminal shows it.
import { type Ask, readContent } from '../../shared/content.ts';
import type { WireMessage } from '../../shared/message.ts';
import { systemClock } from '../base/clock.ts';
import { type Style, timeText, visible, visibleLines } from './output.ts';
import { quoteFor, shellOf } from './shell.ts';

/** Extras that are shown as a question. */
const OF_QUESTIONS = new Set(['ask', 'answer']);

/** What a question asks for, and the command that answers it. */
function questionLines(
  mid: string,
  { kind, options = [], default: preset, until, round }: Ask,
  style: Style,
): string[] {
  const end = `until ${timeText(until)}${preset === undefined ? '' : `, then ${visible(preset)}`}`;
  const command = `herald answer ${visible(mid)}`;
  if (kind === 'acknowledge') {
    const count = round === undefined || round < 2 ? '' : ` (${round} times so far)`;
    return [style.pending(`it rings until somebody acknowledges it${count}, ${end}`), `${command}`];
  }
  if (kind === 'text') return [style.pending(`it asks for a text, ${end}`), `${command} TEXT`];
  return [style.pending(`it asks for one of these, ${end}`), ...options.map((option) => `${command} ${word(option)}`)];
}

/** An option as a word of a command line. */
function word(option: string): string {
  return visible(/^[\p{L}\p{N}_./:@%+-]+$/u.test(option) && !option.startsWith('-') ? option : quoted(option));
}

function quoted(option: string): string {
  const text = quoteFor(shellOf(process.platform, process.env), option);
  return option.startsWith('-') ? `-- ${text}` : text;
}

/**
 * Time and title in one line, then the body and the extras, indented.
 * @param status a coloured status. The line then begins with the mid and has the status after the time
 */
export function messageText(
  { mid, from, sendType, target, message, createdAt }: WireMessage,
  style: Style,
  status?: string,
): string {
  const origin = [
    ...(from.name === '' ? [] : [`from ${visible(from.name)}`]),
    ...(sendType === 'group' ? [`to ${visible(target)}`] : []),
  ].join(' ');
  const { ask } = readContent(message);
  const extras = Object.entries(message.extra).filter(([key]) => ask === undefined || !OF_QUESTIONS.has(key));
  const details = [
    ...(message.desp === '' ? [] : visibleLines(message.desp)),
    ...(ask === undefined ? [] : questionLines(mid, ask, style)),
    ...extras.map(([key, value]) =>
      style.dim(visible(`${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)),
    ),
  ];
  // Only messages of the history come with their time. A message that arrives now gets the current time.
  const time = style.dim(timeText(createdAt ?? systemClock.now()));
  const head = [
    ...(status === undefined ? [time] : [style.dim(mid), time, status]),
    visible(message.text),
    ...(origin === '' ? [] : [style.dim(`(${origin})`)]),
  ];
  return [head.join('  '), ...details.map((line) => `  ${line}`), ''].join('\n');
}
