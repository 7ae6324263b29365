// The application server's side: the push resources of RFC 8030.
//
//   POST   /wpush/v2/:token   send a message (subscriptions of Firefox)
//   POST   /fcm/send/:token   the same (Chromium makes endpoints of this form)
//   DELETE /m/:id             withdraw an undelivered message
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Broker, EncryptionHeaders, Subscription } from './broker.ts';
import type { Faults } from './faults.ts';
import type { EventFields, Recorder } from './recorder.ts';
import { checkVapid, fromBase64, parseParams, Refusal } from './vapid.ts';

const MAX_BODY = 4096;
const DRAIN_LIMIT = 1 << 20;
const MAX_TTL = 30 * 24 * 60 * 60; // longer ones are cut, as RFC 8030, section 5.2 allows
const URGENCIES = ['very-low', 'low', 'normal', 'high'];

/** Handles a request if it is for the push endpoint, and says whether it was. */
export type Handle = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

/** What the endpoint needs. */
export interface EndpointPorts {
  readonly broker: Broker;
  readonly recorder: Recorder;
  readonly faults: Faults;
  now(): number;
  /** The origins under which a request's resource is known. The first is the one in `Location`. */
  originsOf(request: IncomingMessage): readonly string[];
  readonly requireSub: boolean;
}

/** The body, or null if it is too long. It is always read to its end, so that the client sees the answer. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY) chunks.push(chunk);
    if (length > DRAIN_LIMIT) break;
  }
  return length > MAX_BODY ? null : Buffer.concat(chunks);
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/**
 * Checks the encryption headers and the visible structure of the body, and returns what the browser needs to decrypt
 * it. The content itself cannot be checked here: only the browser has the key.
 */
function encryptionHeaders(headers: IncomingHttpHeaders, body: Buffer): EncryptionHeaders {
  const bad = (message: string) => new Refusal(400, 'bad_encryption', message);
  const encoding = headers['content-encoding'];
  if (encoding === 'aes128gcm') {
    // RFC 8188, section 2.1: salt (16), record size (4), key id length (1), key id.
    // RFC 8291, section 4: the key id is the sender's P-256 point, and there is one record.
    if (body.length < 21 + 65 + 17) throw bad('the body is too short for aes128gcm');
    if (body[20] !== 65 || body[21] !== 4) throw bad('the key id is not an uncompressed P-256 point');
    if (body.readUInt32BE(16) < body.length - 86) throw bad('the message has more than one record');
    return { encoding };
  }
  if (encoding === 'aesgcm') {
    const salt = parseParams(header(headers, 'encryption') ?? '').get('salt');
    const dh = parseParams(header(headers, 'crypto-key') ?? '').get('dh');
    if (fromBase64(salt)?.length !== 16) throw bad('Encryption has no 16 byte salt');
    if (fromBase64(dh)?.length !== 65) throw bad('Crypto-Key has no dh of 65 bytes');
    return { encoding, encryption: `salt=${salt}`, crypto_key: `dh=${dh}` };
  }
  throw bad(encoding === undefined ? 'Content-Encoding is missing' : `unknown Content-Encoding ${encoding}`);
}

function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}, body = ''): void {
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

/** Makes the handler of the push endpoint. */
export function pushEndpoint({ broker, recorder, faults, now, originsOf, requireSub }: EndpointPorts): Handle {
  function find(token: string): Subscription {
    const subscription = broker.subscriptions.get(token);
    if (subscription === undefined) throw new Refusal(404, 'unknown_subscription', 'no such subscription');
    if (subscription.gone !== null) {
      throw new Refusal(subscription.gone, 'expired_subscription', 'the subscription is no longer valid');
    }
    return subscription;
  }

  function vet(headers: IncomingHttpHeaders, body: Buffer | null) {
    const [ttl, topic] = [header(headers, 'ttl'), header(headers, 'topic')];
    const urgency = header(headers, 'urgency') ?? 'normal';
    if (ttl === undefined) throw new Refusal(400, 'no_ttl', 'the TTL header is missing');
    if (!/^\d+$/.test(ttl)) throw new Refusal(400, 'bad_ttl', 'TTL is not a number of seconds');
    if (topic !== undefined && !/^[A-Za-z0-9_-]{1,32}$/.test(topic)) {
      throw new Refusal(400, 'bad_topic', 'Topic is not 1 to 32 base64url characters');
    }
    if (!URGENCIES.includes(urgency)) throw new Refusal(400, 'bad_urgency', `Urgency is not one of ${URGENCIES}`);
    if (body === null) throw new Refusal(413, 'too_large', `the body is longer than ${MAX_BODY} bytes`);
    return {
      ttl: Math.min(Number(ttl), MAX_TTL),
      topic,
      urgency,
      headers: body.length > 0 ? encryptionHeaders(headers, body) : {},
      data: body.length > 0 ? body : null,
    };
  }

  async function post(request: IncomingMessage, response: ServerResponse, token: string): Promise<void> {
    const body = await readBody(request);
    const { headers } = request;
    const record = (status: number, more: EventFields) =>
      recorder.add('push.request', {
        status,
        token,
        channelID: broker.subscriptions.get(token)?.channelID,
        ttl: header(headers, 'ttl'),
        topic: header(headers, 'topic'),
        urgency: header(headers, 'urgency'),
        encoding: headers['content-encoding'],
        bodyBytes: body?.length,
        ...more,
      });

    const fault = faults.take(token);
    if (fault !== undefined) {
      record(fault.status ?? 0, { reason: 'fault' });
      if (fault.delayMs !== undefined) await delay(fault.delayMs);
      if (fault.action === 'reset') request.socket.destroy();
      if (fault.action !== undefined) return;
      if (fault.status !== undefined) {
        const after = fault.retryAfter === undefined ? {} : { 'Retry-After': String(fault.retryAfter) };
        answer(response, fault.status, { ...after, ...fault.headers }, fault.body);
        return;
      }
    }
    try {
      const subscription = find(token);
      const { applicationServerKey: subscriptionKey } = subscription;
      const origins = originsOf(request);
      const claims = checkVapid({ headers, origins, subscriptionKey, nowMs: now(), requireSub });
      const accepted = broker.accept(subscription, vet(headers, body));
      record(201, { id: accepted.id, claims });
      answer(response, 201, { Location: `${origins[0]}/m/${accepted.id}`, TTL: String(accepted.ttl) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, reason, message } = error;
      record(status, { reason });
      const text = JSON.stringify({ code: status, error: STATUS_CODES[status], reason, message });
      answer(response, status, { 'Content-Type': 'application/json' }, text);
    }
  }

  return (request, response, path) => {
    const token = /^\/(?:wpush\/v2|fcm\/send)\/([A-Za-z0-9_-]+)$/.exec(path)?.[1];
    const id = /^\/m\/([A-Za-z0-9_-]+)$/.exec(path)?.[1];
    if (token !== undefined && request.method === 'POST') {
      post(request, response, token).catch((error: unknown) => {
        recorder.add('service.error', { message: error instanceof Error ? error.stack : String(error) });
        if (!response.headersSent) answer(response, 500);
      });
    } else if (token !== undefined) {
      answer(response, 405, { Allow: 'POST' });
    } else if (id !== undefined && request.method === 'DELETE') {
      answer(response, broker.cancel(id) ? 204 : 404);
    } else {
      return false;
    }
    return true;
  };
}
