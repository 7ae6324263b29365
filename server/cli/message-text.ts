// A message as the terminal shows it.
import type { WireMessage } from '../../shared/message.ts';
import { systemClock } from '../base/clock.ts';
import { type Style, timeText, visible, visibleLines } from './output.ts';

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
  const details = [
    ...(message.desp === '' ? [] : visibleLines(message.desp)),
    ...Object.entries(message.extra).map(([key, value]) =>
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
