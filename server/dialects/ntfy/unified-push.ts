// UnifiedPush: strangers may send to topics of the app's form that someone listens to. Matrix servers are such strangers.
import { isObject } from '../../../shared/object.ts';
import { BoundedMap } from '../../base/bounded-map.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import { NtfyError } from './errors.ts';
import type { NtfyPorts, NtfySections } from './ports.ts';
import { isTopic, isUnifiedPush } from './topics.ts';

/** Knows which topics of UnifiedPush someone listens to. */
export interface PushTopics {
  /** Notes that someone with the right listens to these topics. Resolves when that is durable. */
  listened(topics: readonly string[]): Promise<void>;
  isListened(topic: string): Promise<boolean>;
}

/** How often the same topic is noted again, in ms. */
const NOTED_FOR = 3_600_000;
const MAX_NOTED = 10_000;

/** Makes it. */
export function createPushTopics({ documents, clock }: NtfyPorts, { storage }: NtfySections): PushTopics {
  const collection = documents.collection<{ at: number }>('ntfy-push-topics');
  const noted = new BoundedMap<string, true>(clock, {
    maxEntries: MAX_NOTED,
    ttl: Math.min(NOTED_FOR, storage.historyTtl / 2),
  });

  return {
    async listened(topics) {
      const fresh = topics.filter((topic) => isUnifiedPush(topic) && !noted.has(topic));
      const at = clock.now();
      await Promise.all(fresh.map((topic) => collection.put(topic, { at }, { expiresAt: at + storage.historyTtl })));
      for (const topic of fresh) noted.set(topic, true);
    },
    isListened: async (topic) => (await collection.get(topic)) !== undefined,
  };
}

/** A request of a Matrix server: to which topic it goes, or the address that is none of this relay. */
export interface MatrixRequest {
  readonly pushkey: string;
  readonly topic: string | undefined;
}

/**
 * Reads the body of a Matrix server.
 * @param bases addresses of this relay at which topics are, without a slash at the end
 * @throws NtfyError 40019
 */
export function readMatrix(bytes: Buffer, bases: readonly string[]): MatrixRequest {
  const pushkey = pushkeyOf(bytes);
  const base = bases.find((one) => pushkey.startsWith(`${one}/`));
  const [topic = ''] = base === undefined ? [] : pushkey.slice(base.length + 1).split('?', 1);
  return { pushkey, topic: isTopic(topic) ? topic : undefined };
}

function pushkeyOf(bytes: Buffer): string {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (cause) {
    throw new NtfyError(40019, '', { cause });
  }
  const notification = isObject(value) ? value['notification'] : undefined;
  const devices = isObject(notification) ? notification['devices'] : undefined;
  const first: unknown = Array.isArray(devices) ? devices[0] : undefined;
  const pushkey = isObject(first) ? first['pushkey'] : undefined;
  if (typeof pushkey !== 'string' || pushkey === '') throw new NtfyError(40019);
  return pushkey;
}

/** Whether the body is a message of Web Push, which only the receiver can read. */
export function isWebPush({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  return headers['content-encoding']?.toLowerCase() === 'aes128gcm';
}
