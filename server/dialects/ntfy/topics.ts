// Names of topics and of sequences, and the names that no topic may have.
import { NtfyError } from './errors.ts';

const TOPIC = /^[A-Za-z0-9_-]{1,64}$/;
/** What the app takes as the topic of a program that wants UnifiedPush. */
const UNIFIED_PUSH = /^up[A-Za-z0-9]{12}$/;
const ID = /^[A-Za-z0-9]{12}$/;

/** The names that ntfy keeps for itself, and those that other dialects have or will have as the first part of a path. */
const KEPT = [
  ...['docs', 'static', 'file', 'app', 'metrics', 'account', 'settings', 'signup', 'login', 'v1', 'ntfy'],
  ...['1', 'api', 'apps', 'application', 'client', 'discord', 'health', 'hook', 'hooks', 'message', 'notify', 'plugin'],
  ...['push', 'send', 'services', 'slack', 'stream', 'version', 'ws'],
];

/** Whether a text has the form of a topic. */
export function isTopic(text: string): boolean {
  return TOPIC.test(text);
}

/** Whether a topic has the form of those that the app makes for UnifiedPush. */
export function isUnifiedPush(topic: string): boolean {
  return UNIFIED_PUSH.test(topic);
}

/** Whether a text has the form of the id of a message. */
export function isMessageId(text: string): boolean {
  return ID.test(text);
}

/** The id of a sequence. @throws NtfyError 40049 */
export function readSequence(text: string): string {
  if (!TOPIC.test(text)) throw new NtfyError(40049);
  return text;
}

/** Names that no topic may have. */
export interface KeptNames {
  has(name: string): boolean;
  list(): readonly string[];
}

/** @param claimed the first parts of the paths that others have. They are known once every dialect was made */
export function createKeptNames(claimed: () => readonly string[]): KeptNames {
  let names: ReadonlySet<string> | undefined;
  const all = () => {
    names ??= new Set([...KEPT, ...claimed().filter(isTopic)]);
    return names;
  };
  return { has: (name) => all().has(name), list: () => [...all()] };
}
