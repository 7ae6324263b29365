// A push client without a browser: real subscriptions with real keys, and real decryption of what arrives.

import { createDecipheriv, createECDH, type ECDH, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { WebSocket } from 'ws';
import { soon } from '../eventually.ts';
import { fromBase64, parseParams } from './vapid.ts';

/** What PushSubscription.toJSON() returns in a browser, and the channel. */
export interface UaSubscription {
  readonly channelID: string;
  readonly endpoint: string;
  readonly expirationTime: null;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** A push that was decrypted; `data` is null for one without payload. */
export interface Push {
  readonly channelID: string;
  readonly id: string;
  readonly data: Buffer | null;
}

interface Keys {
  readonly ecdh: ECDH;
  readonly auth: Buffer;
}

type Headers = Readonly<Record<string, string | undefined>>;

const hkdf = (salt: Buffer, key: Buffer, info: Buffer, length: number) =>
  Buffer.from(hkdfSync('sha256', key, salt, info, length));
const label = (text: string) => Buffer.from(`${text}\0`);

function open(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

/** RFC 8291 (aes128gcm): one record, padding delimiter 2. */
function decryptAes128gcm({ ecdh, auth }: Keys, body: Buffer): Buffer {
  const salt = body.subarray(0, 16);
  const start = 21 + body.readUInt8(20);
  const senderKey = body.subarray(21, start);
  const info = Buffer.concat([label('WebPush: info'), ecdh.getPublicKey(), senderKey]);
  const ikm = hkdf(auth, ecdh.computeSecret(senderKey), info, 32);
  const plain = open(
    hkdf(salt, ikm, label('Content-Encoding: aes128gcm'), 16),
    hkdf(salt, ikm, label('Content-Encoding: nonce'), 12),
    body.subarray(start),
  );
  const end = plain.findLastIndex((byte) => byte !== 0);
  if (plain[end] !== 2) throw new Error('bad padding');
  return plain.subarray(0, end);
}

/** The older draft (aesgcm): padding length in front. */
function decryptAesgcm({ ecdh, auth }: Keys, body: Buffer, headers: Headers): Buffer {
  const parameter = (name: string, key: string) =>
    Buffer.from(parseParams(headers[name] ?? '').get(key) ?? '', 'base64');
  const [salt, senderKey] = [parameter('encryption', 'salt'), parameter('crypto_key', 'dh')];
  const ikm = hkdf(auth, ecdh.computeSecret(senderKey), label('Content-Encoding: auth'), 32);
  const sized = (key: Buffer) => Buffer.concat([Buffer.from([0, key.length]), key]);
  const context = Buffer.concat([label('P-256'), sized(ecdh.getPublicKey()), sized(senderKey)]);
  const info = (name: string) => Buffer.concat([label(`Content-Encoding: ${name}`), context]);
  const plain = open(hkdf(salt, ikm, info('aesgcm'), 16), hkdf(salt, ikm, info('nonce'), 12), body);
  return plain.subarray(2 + plain.readUInt16BE(0));
}

/** Any frame of the service. */
interface Frame {
  readonly messageType: string;
  readonly channelID: string;
  readonly uaid: string;
  readonly status: number;
  readonly pushEndpoint: string;
  readonly version: string;
  readonly data?: string;
  readonly headers?: Headers;
}

interface Events {
  push: [Push];
  undecryptable: [{ readonly channelID: string; readonly id: string; readonly error: unknown }];
  disconnected: [];
  answer: [Frame];
}

/** One browser. Everything received is kept in `pushes`. */
export class VirtualUserAgent extends EventEmitter<Events> {
  readonly pushes: Push[] = [];
  readonly #url: string;
  readonly #channels = new Map<string, Keys>();
  #socket: WebSocket | undefined;
  uaid: string | undefined;

  /** @param url `wsUrl` of the service */
  constructor(url: string) {
    super();
    this.#url = url;
  }

  /** Connects or reconnects. The push service then delivers what it stored. */
  async connect(): Promise<this> {
    const socket = new WebSocket(this.#url, 'push-notification');
    this.#socket = socket;
    await once(socket, 'open');
    socket.on('message', (raw) => this.#receive(JSON.parse(raw.toString()) as Frame));
    socket.on('close', () => this.emit('disconnected'));
    const known = this.uaid === undefined ? {} : { uaid: this.uaid };
    this.#send({ messageType: 'hello', use_webpush: true, broadcasts: {}, ...known });
    this.uaid = (await this.#answer('hello')).uaid;
    return this;
  }

  async disconnect(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    const closed = once(socket, 'close');
    socket.close();
    await closed;
  }

  /** @param applicationServerKey base64url; without it, anyone may push */
  async subscribe(applicationServerKey?: string): Promise<UaSubscription> {
    const ecdh = createECDH('prime256v1');
    ecdh.generateKeys();
    const auth = randomBytes(16);
    const channelID = randomUUID();
    this.#channels.set(channelID, { ecdh, auth });
    this.#send({ messageType: 'register', channelID, key: applicationServerKey });
    const { status, pushEndpoint } = await this.#answer('register', channelID);
    if (status !== 200) throw new Error(`register was answered with ${status}`);
    return {
      channelID,
      endpoint: pushEndpoint,
      expirationTime: null,
      keys: { p256dh: ecdh.getPublicKey('base64url'), auth: auth.toString('base64url') },
    };
  }

  async unsubscribe(channelID: string): Promise<void> {
    this.#send({ messageType: 'unregister', channelID, code: 200 });
    await this.#answer('unregister', channelID);
    this.#channels.delete(channelID);
  }

  /** Resolves when that many pushes have arrived in total. */
  async received(count: number, timeoutMs = 15_000): Promise<readonly Push[]> {
    const signal = AbortSignal.timeout(timeoutMs);
    while (this.pushes.length < count) await once(this, 'push', { signal });
    return this.pushes;
  }

  async #answer(type: string, channelID?: string): Promise<Frame> {
    for (;;) {
      const [frame] = (await soon(`the answer to ${type}`, once(this, 'answer'))) as [Frame];
      if (frame.messageType === type && (channelID === undefined || frame.channelID === channelID)) return frame;
    }
  }

  #send(frame: object): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #receive(frame: Frame): void {
    if (frame.messageType === 'notification') this.#notification(frame);
    else this.emit('answer', frame);
  }

  #notification({ channelID, version: id, data, headers = {} }: Frame): void {
    let code = 100;
    try {
      const keys = this.#channels.get(channelID);
      if (keys === undefined) throw new Error('unknown channel');
      const push = { channelID, id, data: data === undefined ? null : this.#decrypt(keys, data, headers) };
      this.pushes.push(push);
      this.emit('push', push);
    } catch (error) {
      code = 101;
      this.emit('undecryptable', { channelID, id, error });
    }
    this.#send({ messageType: 'ack', updates: [{ channelID, version: id, code }] });
  }

  #decrypt(keys: Keys, data: string, headers: Headers): Buffer {
    const body = fromBase64(data) ?? Buffer.alloc(0);
    return headers['encoding'] === 'aesgcm' ? decryptAesgcm(keys, body, headers) : decryptAes128gcm(keys, body);
  }
}
