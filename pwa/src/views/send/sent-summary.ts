// Sums up the statuses of a sent message in one line.
import type { SentMessage } from '../../model/model.ts';
import type { Ui } from '../ui.ts';
import { statusText } from './statuses.tsx';

/** Whether at least one recipient has the message or will get it. */
export function isAccepted({ statuses }: SentMessage): boolean {
  return [...statuses.values()].some((status) => status !== 'no' && status !== 'failed');
}

/** `phone: Received`; for several recipients `family: Received 2, Waiting for the device 1`. */
export function summarize(t: Ui['t'], { target, statuses }: SentMessage): string {
  const counts = new Map<string, number>();
  for (const status of statuses.values()) {
    const text = statusText(t, status);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const parts = [...counts].map(([text, count]) => (statuses.size === 1 ? text : `${text} ${count}`));
  return `${target}: ${parts.join(', ')}`;
}

/** Why no one gets the message. */
export function whyNotAccepted(t: Ui['t'], { target, group, statuses }: SentMessage): string {
  if ([...statuses.values()].includes('failed')) return t('send.failed', { target });
  return t(group ? 'send.empty_group' : 'send.unknown_device', { target });
}
