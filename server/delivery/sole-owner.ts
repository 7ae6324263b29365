// Ownership and mail of a relay that shares its log with no one: every device is its own, and all mail is local.
import type { Message } from '../../shared/message.ts';
import type { Mail, Ownership } from './ports.ts';

/** The ownership of a single node. It never changes. */
export const soleOwner: Ownership = {
  isShared: false,
  owns: () => true,
  mayBegin: () => true,
  onGained() {},
  onLost() {},
  onResumed() {},
  onMissed() {},
};

/** Mail within one node: it arrives before `post` returns. */
export function createLocalMail(): Mail {
  const listeners: ((message: Message, devices: readonly string[]) => void)[] = [];
  const hearers: ((message: Message) => void)[] = [];
  return {
    post(message, devices) {
      for (const listener of listeners) listener(message, devices);
      for (const hearer of hearers) hearer(message);
    },
    onMail(listener) {
      listeners.push(listener);
    },
    onHeard: (hearer) => void hearers.push(hearer),
    onUnheard() {},
    onStatus() {},
    progress: undefined,
    reread: undefined,
    depths: undefined,
  };
}
