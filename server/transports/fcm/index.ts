// Messages to native apps over Firebase Cloud Messaging, HTTP v1.
// Not here: whether a push waits for a connected device, and when it is tried again; the outbox decides both.
import { z } from 'zod';
import type { Message } from '../../../shared/message.ts';
import { RelayError } from '../../base/errors.ts';
import { ABORTED, type Client } from '../../outbound/client.ts';
import { RETRY_CAP } from '../../outbound/retry-after.ts';
import { parseOnce } from '../parse-once.ts';
import { messageText } from '../shorten.ts';
import type { RunningTransport, TransportModule, TransportTools } from '../transport.ts';
import { createAccess, TokenError } from './access.ts';
import { readServiceAccount } from './account.ts';
import { readFailure } from './answer.ts';
import type { FcmConfig } from './config.ts';

/** Longest time in ms that one request may take. */
const TIMEOUT = 20_000;
/** Longest time that FCM keeps a message, in ms. */
const MAX_TTL = 28 * 24 * 3_600_000;
/** FCM accepts 4,096 bytes of data, keys included. */
const MAX_TEXT = 4096 - 'cmdMESSAGEdata'.length;

/** The address of a route: the registration token of an app. */
const address = z.object({
  token: z
    .string()
    .max(4096, 'token must be at most 4096 characters')
    .regex(/^[!-~]+$/, 'token must be printable ASCII without spaces'),
});

/** The fcm transport, for relays with `fcm.serviceAccount`. `create` throws RelayError for a broken key. */
export const fcm: TransportModule<FcmConfig> = {
  name: 'fcm',
  create: (config, tools) => createFcm(config, tools, tools.outbound.client({ timeout: TIMEOUT, http2: true })),
};

type Tools = Pick<TransportTools, 'clock' | 'logger' | 'pushGrace'>;

/** Makes the transport. It owns `client` and closes it at the end. */
export function createFcm(config: FcmConfig, tools: Tools, client: Client): RunningTransport {
  const { clock, logger, pushGrace } = tools;
  const account = readServiceAccount(config);
  const access = createAccess({ account, client, proxy: config.proxy, clock });
  const url = new URL(
    `${config.endpoint.replace(/\/+$/, '')}/v1/projects/${encodeURIComponent(account.projectId)}/messages:send`,
  );
  const read = parseOnce((registered) => address.safeParse(registered));
  // A problem is logged when it begins, not at every attempt.
  let isWell = true;

  function bodyOf(token: string, message: Message): Buffer {
    const { priority = 5 } = message.content;
    const left = Math.min(message.expiresAt - clock.now(), MAX_TTL);
    const android = { priority: priority > 3 ? 'HIGH' : 'NORMAL', ttl: `${Math.max(0, Math.ceil(left / 1000))}s` };
    const data = { cmd: 'MESSAGE', data: messageText(message, MAX_TEXT) };
    return Buffer.from(JSON.stringify({ message: { token, data, android } }));
  }

  function send(body: Buffer, authorization: string, signal: AbortSignal) {
    const headers = {
      authorization: `Bearer ${authorization}`,
      'content-type': 'application/json',
      'user-agent': 'herald',
    };
    return client.send({ method: 'POST', url, headers, body, proxy: config.proxy }, signal);
  }

  function noteTrouble(facts: object, text: string): void {
    if (isWell) logger.warn(facts, text);
    isWell = false;
  }

  return {
    name: 'fcm',
    window: 4,
    awaitsAcknowledgement: false,
    rings: true,
    grace: pushGrace,
    statuses: { attempting: 'fcm-wait', accepted: 'fcm-ok' },
    retry: { base: config.retryTimeout, cap: RETRY_CAP },

    checkAddress(registered) {
      const { error } = read(registered);
      if (error !== undefined) throw new RelayError('invalid', error.issues[0]?.message ?? 'expected an FCM token');
    },

    async deliver(_device, registered, message, signal) {
      const { data } = read(registered);
      if (data === undefined) return { kind: 'refused', reason: 'the address is not an FCM token' };
      const body = bodyOf(data.token, message);
      try {
        let token = await access.token();
        let answer = await send(body, token, signal);
        if (answer.fault === undefined && answer.status === 401) {
          access.renew(token);
          token = await access.token();
          answer = await send(body, token, signal);
        }
        if (answer.fault !== undefined) {
          const { fault: reason } = answer;
          if (reason !== ABORTED)
            noteTrouble({ service: url.origin, reason }, 'FCM cannot be reached; the push is tried again');
          return { kind: 'retry', reason };
        }
        if (answer.status >= 200 && answer.status < 300) {
          isWell = true;
          return { kind: 'accepted' };
        }
        const { outcome, isOwnFault } = readFailure(answer);
        if (isOwnFault)
          noteTrouble({ outcome }, 'FCM does not accept this relay: see fcm.serviceAccount and projectId');
        return outcome;
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        const { message: reason, after } = error;
        const { origin: service } = account.tokenUri;
        if (reason !== ABORTED) noteTrouble({ service, reason }, 'no access token for FCM: see fcm.serviceAccount');
        return { kind: 'retry', reason: `no access token: ${reason}`, ...(after === undefined ? {} : { after }) };
      }
    },

    async close() {
      client.close();
    },
  };
}
