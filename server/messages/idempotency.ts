// Idempotency keys: a request that is repeated with the same key is answered as the first one was, and sends nothing.
import { writeContent } from '../../shared/content.ts';
import type { Clock } from '../base/clock.ts';
import { sha256 } from '../base/digest.ts';
import { RelayError } from '../base/errors.ts';
import { createKeyedMutex } from '../base/keyed-mutex.ts';
import type { Draft } from '../delivery/message.ts';
import type { LoggedMessage, MessageLog } from '../delivery/ports.ts';
import type { Documents } from './documents.ts';
import type { SendOptions } from './options.ts';
import type { Published } from './publish-now.ts';

/** A request with an idempotency key. */
export interface KeyedRequest {
  /** Identifies the credential. */
  readonly sender: string;
  readonly key: string;
  readonly draft: Draft;
  readonly options: SendOptions | undefined;
}

/** The requests of the last 24 hours that had a key. */
export interface Idempotency {
  /**
   * Runs the request, unless it was run before.
   * @param run sends a draft that has the number of its acceptance. It may be called again with the same number, after a
   * crash or a failure: the log stores a number only once
   * @throws RelayError `conflict` if the key was used for another message
   */
  once(request: KeyedRequest, run: (draft: Draft) => Promise<Published>): Promise<Published>;
}

/** What is kept of a request: never its content. */
interface RequestRecord {
  /** A digest of everything that the sender asked for. */
  readonly digest: string;
  /** The number of its acceptance. It is stored first, so that a repeat after a crash has the same one. */
  readonly number: string;
  /** The message, once it is known to be stored. */
  readonly mid?: string;
  /** The answer to a scheduled message: it may have been sent, changed or cancelled since. */
  readonly scheduled?: { readonly id: string; readonly dueAt: number };
  readonly [field: string]: unknown;
}

/** What {@link createIdempotency} needs. */
export interface IdempotencyPorts {
  readonly documents: Documents;
  readonly log: Pick<MessageLog, 'stamp' | 'find'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** How long a key is kept, in ms. */
const KEPT_FOR = 24 * 3_600_000;

/** Times are compared as they were given: a delay leads to another time whenever the request is repeated. */
function digestOf({ draft, options }: KeyedRequest): string {
  const { sendType, target, from, content } = draft;
  const { ring, quiet, ttl, timing, emergency } = options ?? {};
  const when = timing === undefined ? null : [timing.given, timing.tz, timing.name];
  const { text, desp, extra } = writeContent(content);
  // The same file sent again has another address.
  const { url: _, expires: __, ...file } = content.attachment ?? { url: '' };
  const rest = content.attachment === undefined ? extra : { ...extra, attachment: file };
  const asked = [sendType, target, from, text, desp, rest, ring, ttl, when, ...(quiet === undefined ? [] : [quiet])];
  // The address of the relay may be written in several ways.
  const urgent = emergency === undefined ? [] : [{ ...emergency, url: undefined }];
  return sha256(JSON.stringify([...asked, ...urgent])).toString('base64url');
}

/** The reply to the sender of a message that is stored. */
function replyOf({ message: { mid, content }, statuses }: LoggedMessage): Published {
  const receipt = content.ask?.round === undefined ? {} : { receipt: content.ask.id };
  return { mid, statuses, ...receipt };
}

/** Makes the idempotency of one relay. */
export function createIdempotency({ documents, log, clock }: IdempotencyPorts): Idempotency {
  const collection = documents.collection<RequestRecord>('idempotency');
  // A request that is repeated while the first one waits for devices is answered after it.
  const mutex = createKeyedMutex();

  /** The record of a request: that of the first one with this key, or a new one. */
  async function recordOf(id: string, request: KeyedRequest): Promise<{ record: RequestRecord; isNew: boolean }> {
    const digest = digestOf(request);
    for (;;) {
      const known = await collection.get(id);
      if (known !== undefined) {
        if (known.value.digest === digest) return { record: known.value, isNew: false };
        throw new RelayError('conflict', 'this idempotency key was used for another message');
      }
      const { mid: number } = await log.stamp(request.draft);
      const record = { digest, number };
      const put = await collection.put(id, record, { seen: 0, expiresAt: clock.now() + KEPT_FOR });
      if (put !== 'conflict') return { record, isNew: true };
    }
  }

  async function once(
    id: string,
    request: KeyedRequest,
    run: (draft: Draft) => Promise<Published>,
  ): Promise<Published> {
    const { record, isNew } = await recordOf(id, request);
    const { number, mid = number, scheduled } = record;
    if (scheduled !== undefined) return { mid: '', statuses: new Map(), scheduled, isRepeat: true };
    const stored = isNew ? undefined : await log.find(mid);
    if (stored !== undefined) return { ...replyOf(stored), isRepeat: true };
    const reply = await run({ ...request.draft, number });
    const answer = reply.scheduled === undefined ? { mid: reply.mid } : { scheduled: reply.scheduled };
    await collection.put(id, { ...record, ...answer }, { expiresAt: clock.now() + KEPT_FOR });
    return reply;
  }

  return {
    once(request, run) {
      const id = sha256(`${request.sender}\n${request.key}`).toString('base64url');
      return mutex.run(id, () => once(id, request, run));
    },
  };
}
