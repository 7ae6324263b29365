// Messages to browsers over push services: encrypted (RFC 8291), signed (RFC 8292) and sent (RFC 8030).
// Not here: whether a push waits for a connected device, and when it is tried again; the outbox decides both.
import type { Message } from '../../../shared/message.ts';
import { RelayError } from '../../base/errors.ts';
import type { Outcome } from '../../delivery/ports.ts';
import { ABORTED, type Answer, type Client, type OutgoingRequest } from '../../outbound/client.ts';
import { leadsToPrivateAddress, namesPrivateAddress } from '../../outbound/public-address.ts';
import { RETRY_CAP } from '../../outbound/retry-after.ts';
import { parseOnce } from '../parse-once.ts';
import type { RunningTransport, TransportModule, TransportTools } from '../transport.ts';
import type { WebpushConfig } from './config.ts';
import { encrypt } from './encrypt.ts';
import { MAX_PAYLOAD, payloadOf, SHORT_PAYLOAD, topicOf } from './payload.ts';
import { isPublicSubject } from './subject.ts';
import { readSubscription, type Subscription } from './subscription.ts';
import { createVapidHeaders } from './vapid.ts';

/** Longest time in ms that one attempt may take. */
const TIMEOUT = 20_000;
/** Longest TTL that push services keep, in ms. */
const MAX_TTL = 28 * 24 * 3_600_000;
/** The push service of Windows answers 406 when it is asked too often, usually with `Retry-After`. */
const THROTTLED = 406;
const THROTTLE_REST = 60_000;
const URGENCIES = { 1: 'very-low', 2: 'low', 3: 'normal', 4: 'high', 5: 'high' } as const;

/** The webpush transport. An address is the subscription of a browser. */
export const webpush: TransportModule<WebpushConfig> = {
  name: 'webpush',
  create(config, tools) {
    const publicOnly = !config.allowPrivateEndpoints;
    return createWebpush(config, tools, tools.outbound.client({ timeout: TIMEOUT, publicOnly, http2: true }));
  },
};

type Tools = Pick<TransportTools, 'clock' | 'logger' | 'vapid' | 'pushGrace'>;

/** Makes the transport. It owns `client` and closes it at the end. */
export function createWebpush(config: WebpushConfig, tools: Tools, client: Client): RunningTransport {
  const { clock, logger, vapid, pushGrace } = tools;
  const read = parseOnce(readSubscription);
  const authorization = createVapidHeaders(config.subject, vapid, clock);
  // Subscriptions whose last push failed. Only the first of several failures in a row is logged.
  const troubled = new WeakSet<Subscription>();
  if (!isPublicSubject(config.subject)) {
    logger.warn(
      { subject: config.subject },
      "webpush.subject names no public domain: Apple's push service refuses every push of this relay; expected a mailto: or https: URL with a public domain",
    );
  }

  function push({ url, keys }: Subscription, message: Message, limit: number, signal: AbortSignal) {
    const { priority, key } = message.content;
    const topic = topicOf(key, vapid.privateKey);
    const prepare = (): OutgoingRequest => {
      const left = Math.min(message.expiresAt - clock.now(), config.ttl, MAX_TTL);
      const headers = {
        authorization: authorization.of(url.origin),
        ttl: String(Math.max(0, Math.ceil(left / 1000))),
        urgency: priority === undefined ? config.urgency : URGENCIES[priority],
        ...(topic === undefined ? {} : { topic }),
        'content-type': 'application/octet-stream',
        'content-encoding': 'aes128gcm',
        'user-agent': 'herald',
      };
      return { method: 'POST', url, headers, body: encrypt(keys, payloadOf(message, limit)), proxy: config.proxy };
    };
    return client.send(prepare, signal);
  }

  function outcomeOf(answer: Answer): Outcome {
    if (answer.fault !== undefined) return { kind: 'retry', reason: answer.fault };
    const { status, words: reason } = answer;
    if (status >= 200 && status < 300) return { kind: 'accepted' };
    if (status === 404 || status === 410) return { kind: 'gone', reason };
    const after = answer.after ?? (status === THROTTLED ? THROTTLE_REST : undefined);
    // 401 and 403 refuse the relay's VAPID token, which says nothing about the message or the subscription.
    const mayPass = status < 400 || status >= 500 || [401, 403, THROTTLED, 408, 425, 429].includes(status);
    // A server that says when to try again has not refused the message.
    if (after === undefined) return { kind: mayPass ? 'retry' : 'refused', reason };
    return { kind: 'retry', reason, after };
  }

  function note(device: string, subscription: Subscription, answer: Answer, outcome: Outcome): void {
    if (outcome.kind !== 'retry') {
      troubled.delete(subscription);
      return;
    }
    const { reason } = outcome;
    if (reason === ABORTED || troubled.has(subscription)) return;
    troubled.add(subscription);
    const said = answer.fault === undefined ? answer.body.toString().replace(/[^ -~]/g, ' ') : '';
    const facts = {
      device,
      service: subscription.url.origin,
      reason,
      ...(said === '' ? {} : { said: said.slice(0, 200) }),
    };
    logger.warn(facts, 'a push does not get through; it is tried again');
  }

  return {
    name: 'webpush',
    window: 4,
    awaitsAcknowledgement: false,
    rings: true,
    grace: pushGrace,
    statuses: { attempting: 'webpush-wait', accepted: 'webpush-ok' },
    retry: { base: config.retryTimeout, cap: RETRY_CAP },

    async checkAddress(address) {
      const found = read(address);
      if (found.subscription === undefined) throw new RelayError('invalid', found.problem);
      if (config.allowPrivateEndpoints) return;
      // This check applies with a proxy, too: a host that is private from here is refused without asking the proxy.
      if (await leadsToPrivateAddress(found.subscription.url)) {
        throw new RelayError('invalid', 'endpoint must be on the public internet (see webpush.allowPrivateEndpoints)');
      }
    },

    async deliver(device, address, message, signal) {
      const { subscription } = read(address);
      // The route stays: only a push service can say that a subscription has ended.
      if (subscription === undefined) return { kind: 'refused', reason: 'the address is not a push subscription' };
      const { url } = subscription;
      // What a name leads to may change, so the client's refusal of a name is tried again.
      if (!config.allowPrivateEndpoints && namesPrivateAddress(url)) {
        return { kind: 'refused', reason: 'the endpoint is not public' };
      }
      let answer = await push(subscription, message, MAX_PAYLOAD, signal);
      if (answer.fault === undefined && answer.status === 413) {
        answer = await push(subscription, message, SHORT_PAYLOAD, signal);
      }
      // The service may have another idea of the time.
      if (answer.fault === undefined && (answer.status === 401 || answer.status === 403))
        authorization.renew(url.origin);
      const outcome = outcomeOf(answer);
      note(device, subscription, answer, outcome);
      return outcome;
    },

    async close() {
      client.close();
    },
  };
}
