// The notices that a node gets on its channel, handed to those who listen for their kind.
import { createListeners } from '../../base/listeners.ts';
import type { Logger } from '../../base/logger.ts';
import type { RedisConnection } from './connection.ts';
import type { Keys } from './keys.ts';
import { decodeNotice } from './notice.ts';

/** The kinds of notices. They are part of the form, so a number never gets another meaning. */
export const NOTICE = {
  /** A message for devices of this node. Fields: mid, times of acceptance and expiry, ticket, names as JSON. Body: its text. */
  mail: 1,
  /** A status that another node changed. Fields: mid, device, status. */
  status: 2,
} as const;

/** One kind of notice. */
export type NoticeKind = (typeof NOTICE)[keyof typeof NOTICE];

/** Notices to one node. */
export interface Notices {
  /** Calls the listener for each notice of a kind. The body is a view of bytes that must not be kept. */
  on(kind: NoticeKind, listener: (fields: readonly string[], body: Buffer) => void): void;
  /** Listens on the channel of a node id, instead of that of the last one. */
  listen(node: string): Promise<void>;
}

/** Makes the notices of a node. */
export function createNotices(connection: RedisConnection, keys: Keys, logger: Logger): Notices {
  const failed = (error: unknown) => logger.error({ err: error }, 'listener fault');
  const listeners = new Map(
    Object.values(NOTICE).map((kind) => [kind, createListeners<[fields: readonly string[], body: Buffer]>(failed)]),
  );
  let channel: string | undefined;

  function receive(bytes: Buffer): void {
    const notice = decodeNotice(bytes);
    if (notice !== undefined) listeners.get(notice.kind as NoticeKind)?.tell(notice.fields, notice.body);
  }

  return {
    on: (kind, listener) => listeners.get(kind)?.add(listener),
    async listen(node) {
      const before = channel;
      channel = keys.notices(node);
      await connection.subscribe(channel, receive);
      if (before !== undefined && before !== channel) await connection.unsubscribe(before);
    },
  };
}
