// What commands print: text that is safe to show, colours for a terminal, tables, and JSON.
import { CommandError, type CommandIo, type Output } from './command.ts';

/**
 * Writes text. Resolves to true when it is written, and to false if the reader is gone.
 * @throws CommandError if it cannot be written, for example to a full disk
 */
export function write(stream: Output, text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      const code = (error as NodeJS.ErrnoException | null | undefined)?.code;
      if (!error) resolve(true);
      else if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') resolve(false);
      else reject(new CommandError(`the output cannot be written: ${error.message}`, 1, error));
    });
  });
}

/** Writes a line to standard error. Never rejects, and callers need not wait for it. */
export async function note(io: Pick<CommandIo, 'stderr'>, text: string): Promise<void> {
  await write(io.stderr, `herald: ${text}\n`).catch(() => false);
}

/** Characters that move a terminal's cursor, change its state or reorder its text, and lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCharacter(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Text from outside as one line that is safe to print on a terminal. */
export function visible(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** The lines of a text from outside, each of them safe to print on a terminal. */
export function visibleLines(text: string): string[] {
  return text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => visible(line.replaceAll('\t', '    ')));
}

/** A value as JSON in one line, safe to print on a terminal. */
export function jsonLine(value: unknown): string {
  return `${visible(JSON.stringify(value))}\n`;
}

/** Colours for one stream. On a stream without colours, each function returns the text unchanged. */
export interface Style {
  dim(text: string): string;
  good(text: string): string;
  pending(text: string): string;
  bad(text: string): string;
}

/** Colours only on a terminal, and never with NO_COLOR. */
export function styleFor(stream: Output, env: CommandIo['env']): Style {
  const coloured = stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const paint = (code: number) => (text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { dim: paint(2), good: paint(32), pending: paint(33), bad: paint(31) };
}

/** A status in its colour. */
export function statusText(status: string, style: Style): string {
  if (status === 'ok') return style.good(status);
  return status === 'failed' || status === 'no' ? style.bad(status) : style.pending(visible(status));
}

/** Characters that a terminal draws two columns wide, and characters without a width. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60\p{Emoji_Presentation}]/u;
const NARROW = /\p{Mn}|\p{Me}|\p{Cf}/u;

function width(text: string): number {
  let columns = 0;
  for (const character of text) columns += NARROW.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}

/** Rows in columns; the first row is the heading. Cells may be text from outside: this function makes them safe. */
export function table(rows: readonly (readonly string[])[], style: Style): string {
  const safe = rows.map((row) => row.map(visible));
  const widths = (safe[0] ?? []).map((_, column) => Math.max(...safe.map((row) => width(row[column] ?? ''))));
  const lines = safe.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line, index) => `${index === 0 ? style.dim(line) : line}\n`).join('');
}

/** A time in the zone of the machine: `2026-01-31 09:05:00`. A number that is not a time is returned as text. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  const local = new Date(ms - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}
