// The lists of mids that a message belongs to beside the histories of its devices: that of its target and that of its key.
import type { Message } from '../../../../shared/message.ts';
import { isListed } from '../../target-history.ts';

/** The list of a target. */
export function targetList(target: string): string {
  return `t:${target}`;
}

/** The list of a key of a target. */
export function keyList(target: string, key: string): string {
  return `k:${JSON.stringify([target, key])}`;
}

/** The lists of a message; that of its target comes first. */
export function listsOf(message: Pick<Message, 'sendType' | 'target' | 'content' | 'feed'>): readonly string[] {
  const { target, content } = message;
  const lists = isListed(message) ? [targetList(target)] : [];
  return content.key === undefined ? lists : [...lists, keyList(target, content.key)];
}
