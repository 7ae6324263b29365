// The one entrance of messages, for senders of every dialect. A message without a key and without options goes straight to
// delivery; for others this decides when it is sent, whether it rings, and whether it was sent before.
import { readContent, writeContent } from '../../shared/content.ts';
import type { Draft } from '../delivery/message.ts';
import type { Send } from '../delivery/send.ts';
import type { PublishDue } from './emergency.ts';
import type { Idempotency } from './idempotency.ts';
import type { SendOptions } from './options.ts';
import type { Published } from './publish-now.ts';
import type { Timed } from './timed.ts';

/**
 * Sends a draft now or later. Resolves when that is durable.
 * @param wait how long to wait for the recipients, in ms
 * @param sender identifies the credential, for idempotency keys and names of scheduled messages; `""` for no one
 * @throws RelayError as {@link Send}, and `conflict` for an idempotency key that was used for another message, or a name that
 * another sender uses
 */
export type Publish = (draft: Draft, wait: number, options?: SendOptions, sender?: string) => Promise<Published>;

/** What {@link createPublish} needs. */
export interface PublishPorts {
  readonly send: Send;
  readonly publishDue: PublishDue;
  readonly timed: Pick<Timed, 'schedule'>;
  readonly idempotency: Idempotency;
}

/** A draft whose content claims to be a question. Only the relay makes questions, or their messages could not be told apart. */
function withoutAsk(draft: Draft): Draft {
  const { extra, ...rest } = writeContent(draft.content);
  const { ask: _, answer: __, ...others } = extra;
  return { ...draft, content: readContent({ ...rest, extra: others }) };
}

/** Makes the entrance of one relay. */
export function createPublish({ send, publishDue, timed, idempotency }: PublishPorts): Publish {
  async function place(
    draft: Draft,
    wait: number,
    options: SendOptions | undefined,
    sender: string,
  ): Promise<Published> {
    if (options?.timing === undefined) return publishDue(draft, wait, options, sender);
    const { id, dueAt } = await timed.schedule(draft, options.timing, options, sender);
    return { mid: '', statuses: new Map(), scheduled: { id, dueAt } };
  }

  return (given, wait, options, sender = '') => {
    const draft = given.content.ask === undefined ? given : withoutAsk(given);
    // The usual case, without a further promise.
    if (options === undefined && draft.content.key === undefined) return send(draft, wait);
    const key = options?.idempotency;
    if (key === undefined) return place(draft, wait, options, sender);
    return idempotency.once({ sender, key, draft, options }, (numbered) => place(numbered, wait, options, sender));
  };
}
