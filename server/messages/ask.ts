// Asks a question: stores it, sends its message, and finds it again for a request that is repeated.
import type { AnswerInfo } from '../../shared/api.ts';
import { type Content, readContent, writeContent } from '../../shared/content.ts';
import type { JsonObject } from '../../shared/object.ts';
import type { Clock } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Draft } from '../delivery/message.ts';
import type { MessageLog } from '../delivery/ports.ts';
import { askOf, type Question } from './answer-state.ts';
import type { Answers } from './answers.ts';
import type { Idempotency } from './idempotency.ts';
import type { SendOptions } from './options.ts';
import type { Published, PublishNow } from './publish-now.ts';

/** What a question asks for, and for how long. */
export interface AskSettings extends Pick<Question, 'kind' | 'options' | 'default' | 'callback'> {
  /** How long it waits for an answer, in ms. */
  readonly openFor: number;
}

/**
 * Asks a question. Resolves when it is durable and its message is sent.
 * @param baseUrl address of the relay with its prefix, for the address in the message
 * @param sender the credential, as `senderOf` writes it
 * @throws RelayError as `Send`, `too_many` beyond the bounds of `answers`, `conflict` for an idempotency key that was used for
 * another message
 */
export type AskQuestion = (
  draft: Draft,
  settings: AskSettings,
  options: Omit<SendOptions, 'timing' | 'ttl'>,
  baseUrl: string,
  sender: string,
) => Promise<AnswerInfo>;

/** What {@link createAsk} needs. */
export interface AskPorts {
  readonly answers: Pick<Answers, 'ask' | 'noteMid' | 'get' | 'cancel' | 'tokenOf'>;
  readonly publishNow: PublishNow;
  readonly idempotency: Idempotency;
  readonly log: Pick<MessageLog, 'stamp'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'warn'>;
}

const MAX_TITLE = 200;

/** The title of a question: that of its message, or the beginning of its text. */
export function titleOf({ title, body }: Content): string {
  return (title.trim() === '' ? body.trim() : title.trim()).slice(0, MAX_TITLE);
}

function withExtra(draft: Draft, more: JsonObject): Draft {
  const body = writeContent(draft.content);
  return { ...draft, content: readContent({ ...body, extra: { ...body.extra, ...more } }) };
}

/** Makes the function that asks, for one relay. */
export function createAsk({ answers, publishNow, idempotency, log, clock, logger }: AskPorts): AskQuestion {
  return async (draft, settings, { idempotency: key, ...options }, baseUrl, sender) => {
    const { openFor, ...asked } = settings;

    /** After a crash it is called again with the same number, which then means the same question and the same message. */
    async function run(
      number: string,
      failed?: (id: string) => Promise<void>,
    ): Promise<Published & { readonly id: string }> {
      const { sendType, target, from, content } = draft;
      const now = clock.now();
      const info = await answers.ask({
        ...{ sendType, target, key: content.key, title: titleOf(content), from: from.name, sender },
        ...{ ...asked, until: now + openFor, number },
      });
      const { id, until } = info;
      const numbered = withExtra(
        { ...draft, number },
        { ask: askOf(info), answer: `${baseUrl}/a/${answers.tokenOf(id)}` },
      );
      let reply: Published;
      try {
        reply = await publishNow(numbered, 0, { ...options, ttl: Math.max(1000, until - now) });
      } catch (error) {
        await failed?.(id);
        throw error;
      }
      await answers.noteMid(id, reply.mid);
      return { ...reply, id };
    }

    /** Withdraws a question whose message could not be sent. Not for a request with a key, which may come again. */
    async function takeBack(id: string): Promise<void> {
      try {
        await answers.cancel(id);
      } catch (error) {
        logger.warn(
          { err: error, question: id },
          'a question that could not be sent stays open until its time is over',
        );
      }
    }

    async function known(id: string): Promise<AnswerInfo> {
      const found = await answers.get(id);
      if (found === undefined) throw new RelayError('not_found', 'the question is no longer kept');
      return found.info;
    }

    if (key === undefined) return known((await run((await log.stamp(draft)).mid, takeBack)).id);
    // The question belongs to the request with that key.
    const keyed = withExtra(draft, { ask: settings, answer: '' });
    const request = { sender, key, draft: keyed, options };
    const { mid } = await idempotency.once(request, ({ number = '' }) => run(number));
    const info = await known(mid);
    // The first request may have ended between the message and its note.
    return info.mids.includes(mid) ? info : ((await answers.noteMid(info.id, mid)) ?? info);
  };
}
