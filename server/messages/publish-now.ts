// Sends a message that is due: whether it rings is decided here, and when devices forget it.
import type { KeyEvent } from '../../shared/api.ts';
import { type Content, readContent, writeContent } from '../../shared/content.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Draft } from '../delivery/message.ts';
import type { Reply, Send } from '../delivery/send.ts';
import type { Alerts } from './alerts.ts';
import type { SendOptions } from './options.ts';

/** The reply to a sender: of a message that was sent, or of one that is due later, which has no mid yet. */
export interface Published extends Reply {
  /** Of an emergency: the id of its question. */
  readonly receipt?: string;
  readonly scheduled?: { readonly id: string; readonly dueAt: number };
  /** Whether the request was carried out before, so that what came with it is not needed. */
  readonly isRepeat?: true;
}

/**
 * Sends a draft now, with the number of its acceptance if it has one.
 * @param stored is told the mid as soon as the message is durable, before anybody waits for the recipients
 */
export type PublishNow = (
  draft: Draft,
  wait: number,
  options?: SendOptions,
  stored?: (mid: string) => void,
) => Promise<Reply>;

/** What {@link createPublishNow} needs. */
export interface PublishNowPorts {
  readonly send: Send;
  readonly alerts: Alerts;
  /** Tells the pages of the recipients. */
  tell(event: KeyEvent): void;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'error'>;
}

/** The content with the time at which it expires, for devices. */
function expiring(content: Content, expires: number): Content {
  const body = writeContent(content);
  return readContent({ ...body, extra: { ...body.extra, expires } });
}

/** Makes the part that sends at once: it folds messages with a key into their alert. */
export function createPublishNow({ send, alerts, tell, clock, logger }: PublishNowPorts): PublishNow {
  function drafted(given: Draft, { ttl, quiet }: SendOptions): Draft {
    const draft: Draft = quiet === 'break' ? { ...given, breaksQuiet: true } : given;
    if (ttl === undefined) return draft;
    const expires = Math.floor((clock.now() + ttl) / 1000);
    return { ...draft, ttl: Math.min(draft.ttl ?? ttl, ttl), content: expiring(draft.content, expires) };
  }

  /** A message that only changes the state of its key has the title of the alert. */
  async function titled(draft: Draft, key: string): Promise<Draft> {
    const { sendType, target, content } = draft;
    if (content.title.trim() !== '' || content.body.trim() !== '') return draft;
    const known = await alerts.find(sendType, target, key);
    return { ...draft, content: readContent({ ...writeContent(content), text: known?.title ?? key }) };
  }

  async function sendKeyed(
    draft: Draft,
    key: string,
    wait: number,
    ring: SendOptions['ring'],
    stored?: (mid: string) => void,
  ): Promise<Reply> {
    const whole = await titled(draft, key);
    const { rings, alert, settle } = await alerts.fold(whole, key, ring);
    let reply: Reply;
    try {
      reply = await send(rings ? whole : { ...whole, silent: true }, wait, stored);
    } catch (error) {
      await settle(false);
      throw error;
    }
    // The message is stored: whatever fails now must not make the sender repeat it.
    settle(true).catch((error: unknown) => logger.error({ err: error, key }, 'an alert was not noted'));
    if (alert.state !== null) tell({ event: 'alert', target: alert.target, key, alert });
    return reply;
  }

  return async (draft, wait, options, stored) => {
    const whole = options === undefined ? draft : drafted(draft, options);
    const { key } = whole.content;
    if (key !== undefined) return sendKeyed(whole, key, wait, options?.ring, stored);
    return send(options?.ring === 'never' ? { ...whole, silent: true } : whole, wait, stored);
  };
}
