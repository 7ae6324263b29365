// Messages to browsers over push services: encrypted (RFC 8291), signed (RFC 8292) and sent (RFC 8030).
// Not here: holding a push back for a connected device, and when to try again; the outbox decides both.
import webPush from 'web-push';
import type { Message } from '../../../shared/message.ts';
import type { Outcome } from '../../delivery/ports.ts';
import { RelayError } from '../../errors.ts';
import { type Agents, createAgents } from '../agents.ts';
import { type Answer, createOutgoing, RETRY_CAP } from '../outgoing.ts';
import { readPriority } from '../priority.ts';
import type { RunningTransport, TransportModule, TransportTools } from '../transport.ts';
import type { WebpushConfig } from './config.ts';
import { leadsToPrivateAddress, lookupPublic, namesPrivateAddress } from './endpoint.ts';
import { MAX_PAYLOAD, payloadOf, SHORT_PAYLOAD, topicOf } from './payload.ts';
import { subscriptionSchema } from './subscription.ts';

/** Longest time in ms that one attempt may take. */
const TIMEOUT = 20_000;
/** Longest TTL that push services keep, in ms. */
const MAX_TTL = 28 * 24 * 3_600_000;
const URGENCIES = { 1: 'very-low', 2: 'low', 3: 'normal', 4: 'high', 5: 'high' } as const;

/** The webpush transport; an address is the subscription that a browser gave. */
export const webpush: TransportModule<WebpushConfig> = {
  name: 'webpush',
  create(config, tools) {
    const lookup = config.allowPrivateEndpoints ? {} : { lookup: lookupPublic };
    return createWebpush(config, tools, createAgents({ clock: tools.clock, timeout: TIMEOUT, ...lookup }));
  },
};

type Tools = Pick<TransportTools, 'clock' | 'logger' | 'vapid' | 'messageTtl' | 'pushGrace'>;

/** The transport over the given connections, which it closes in the end. */
export function createWebpush(config: WebpushConfig, tools: Tools, agents: Agents): RunningTransport {
  const { clock, logger, vapid, messageTtl, pushGrace } = tools;
  const outgoing = createOutgoing({ clock, timeout: TIMEOUT, agents });
  // Devices whose push service does not accept the relay itself; each is logged once.
  const unwelcome = new Set<string>();

  function push(
    url: URL,
    keys: { auth: string; p256dh: string },
    message: Message,
    limit: number,
    signal: AbortSignal,
  ) {
    const { cipherText } = webPush.encrypt(keys.p256dh, keys.auth, payloadOf(message, limit), 'aes128gcm');
    const { Authorization: authorization } = webPush.getVapidHeaders(
      url.origin,
      config.subject,
      vapid.publicKey,
      vapid.privateKey,
      'aes128gcm',
    );
    const { extra } = message.message;
    const priority = readPriority(extra['priority']);
    const topic = topicOf(extra['key'], vapid.privateKey);
    const left = Math.min(Number(message.mid) + messageTtl - clock.now(), config.ttl, MAX_TTL);
    const headers = {
      authorization,
      ttl: String(Math.max(0, Math.ceil(left / 1000))),
      urgency: priority === undefined ? config.urgency : URGENCIES[priority],
      ...(topic === undefined ? {} : { topic }),
      'content-type': 'application/octet-stream',
      'content-encoding': 'aes128gcm',
      'user-agent': 'herald',
    };
    return outgoing.send({ method: 'POST', url, headers, body: cipherText, proxy: config.proxy }, signal);
  }

  /** Without a proxy the lookup of the connection checks names; a proxy resolves them itself, out of reach of that. */
  function isPrivate(url: URL): boolean | Promise<boolean> {
    return config.proxy === undefined ? namesPrivateAddress(url) : leadsToPrivateAddress(url);
  }

  /** A push service that refuses the relay's proof says nothing about the message or the subscription. */
  function outcomeOf(device: string, url: URL, answer: Answer): Outcome {
    if (answer.fault !== undefined) return { kind: 'retry', reason: answer.fault };
    const { status, words: reason, after } = answer;
    if (status >= 200 && status < 300) {
      unwelcome.delete(device);
      return { kind: 'accepted' };
    }
    if (status === 404 || status === 410) {
      unwelcome.delete(device);
      return { kind: 'gone', reason };
    }
    if (status === 401 || status === 403) {
      if (!unwelcome.has(device)) {
        const body = answer.body
          .toString()
          .replace(/[^ -~]/g, ' ')
          .slice(0, 200);
        logger.warn({ device, service: url.origin, reason, body }, 'a push service does not accept this relay');
      }
      unwelcome.add(device);
      return { kind: 'retry', reason };
    }
    const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429;
    return isFinal ? { kind: 'refused', reason } : { kind: 'retry', reason, ...(after === undefined ? {} : { after }) };
  }

  return {
    name: 'webpush',
    window: 4,
    awaitsAcknowledgement: false,
    grace: pushGrace,
    statuses: { attempting: 'webpush-wait', accepted: 'webpush-ok' },
    retry: { base: config.retryTimeout, cap: RETRY_CAP },

    async checkAddress(address) {
      const { success, data, error } = subscriptionSchema.safeParse(address);
      if (!success) {
        throw new RelayError('invalid', error.issues[0]?.message ?? 'expected a push subscription');
      }
      if (config.allowPrivateEndpoints) return;
      // Asked also where a proxy stands between: what is known to be private here needs no proxy to tell.
      if (await leadsToPrivateAddress(new URL(data.endpoint))) {
        throw new RelayError('invalid', 'endpoint must be on the public internet (see webpush.allowPrivateEndpoints)');
      }
    },

    async deliver(device, address, message, signal) {
      const { success, data } = subscriptionSchema.safeParse(address);
      // Kept all the same: only a push service says that a subscription has ended.
      if (!success) return { kind: 'refused', reason: 'the address is no push subscription' };
      const url = new URL(data.endpoint);
      if (!config.allowPrivateEndpoints && (await isPrivate(url))) {
        return { kind: 'refused', reason: 'the endpoint is not public' };
      }
      const answer = await push(url, data.keys, message, MAX_PAYLOAD, signal);
      if (answer.fault !== undefined || answer.status !== 413) return outcomeOf(device, url, answer);
      return outcomeOf(device, url, await push(url, data.keys, message, SHORT_PAYLOAD, signal));
    },

    async close() {
      outgoing.close();
    },
  };
}
