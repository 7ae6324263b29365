// What a person can mute, how it is called, and until when.
import type { Mute } from '../../../shared/quiet.ts';
import type { InboxMessage } from '../model/model.ts';
import type { Ui } from './ui.ts';

const MORNING = 8;

/** The next 8:00 in the morning, ms since 1970. */
export function nextMorning(now: number): number {
  const morning = new Date(now);
  morning.setHours(MORNING, 0, 0, 0);
  if (morning.getTime() <= now) morning.setDate(morning.getDate() + 1);
  return morning.getTime();
}

/** What a person can mute of a message: its sender, its group, its key. */
export function mutesOf({ sender, group, key }: InboxMessage): readonly Mute[] {
  return [
    ...(sender === '' ? [] : [{ sender }]),
    ...(group === undefined ? [] : [{ group }]),
    ...(key === undefined ? [] : [{ key }]),
  ];
}

/** What is muted, in words. */
export function muteLabel({ t }: Pick<Ui, 't'>, { sender, group, key }: Mute): string {
  if (sender !== undefined) return t('silence.sender', { name: sender });
  if (group !== undefined) return t('silence.group', { name: group });
  return t('silence.key', { name: key ?? '' });
}
