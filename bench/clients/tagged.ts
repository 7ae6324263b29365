// Sockets that have one tag each and count bytes, and pushes to them over HTTP.
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { answerCalls } from '../support/calls.ts';
import { upgradeRequest } from './web-socket.ts';

/** The relay, and the account that may push. */
export interface TaggedCall {
  readonly port: number;
  readonly count: number;
  readonly account: string;
  readonly password: string;
}

/** Pushes for `ms`. A push begins when all its sockets have the one before. */
export interface PushCall {
  /** Pattern of the tags that get it; `""` for all. */
  readonly pattern: string;
  readonly bytes: number;
  readonly ms: number;
}

const APP = 'bench';
const CONNECTING = 50;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let call: TaggedCall = { port: 0, count: 0, account: '', password: '' };
let missing = 0;
let arrived = () => {};

function open(tag: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: call.port, host: '127.0.0.1', noDelay: true });
    socket.on('error', reject);
    socket.write(upgradeRequest(`/ws/${APP}/${encodeURIComponent(tag)}`));
    // Nothing follows the handshake until the first push.
    socket.once('data', () => {
      socket.on('data', (chunk: Buffer) => {
        missing -= chunk.length;
        if (missing === 0) arrived();
      });
      resolve();
    });
  });
}

function post(path: string, parameters: Readonly<Record<string, string>>): Promise<{ readonly sent: number }> {
  return new Promise((resolve, reject) => {
    const sending = request({
      agent,
      host: '127.0.0.1',
      port: call.port,
      method: 'POST',
      path,
      auth: `${call.account}:${call.password}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    sending.on('error', reject);
    sending.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${path} answered ${response.statusCode} ${text}`));
      });
    });
    sending.end(new URLSearchParams(parameters).toString());
  });
}

answerCalls({
  /** Registers an app and connects its sockets, with the tags `user:0`, `user:1` and so on. */
  async connect(given: TaggedCall): Promise<void> {
    call = given;
    await post('/api/register', { app_key: APP, auth_account: 'app', auth_password: 'app' });
    for (let next = 0; next < call.count; next += CONNECTING) {
      const batch = Math.min(CONNECTING, call.count - next);
      await Promise.all(Array.from({ length: batch }, (_, index) => open(`user:${next + index}`)));
    }
  },

  /** Counts deliveries. */
  async push({ pattern, bytes, ms }: PushCall) {
    const content = 'x'.repeat(bytes);
    const frame = bytes + (bytes < 126 ? 2 : 4);
    const started = performance.now();
    let count = 0;
    let pushes = 0;
    while (performance.now() < started + ms) {
      const everybody = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const { sent } = await post(`/api/push/${APP}`, { content, user_tag: pattern });
      if (sent === 0) throw new Error(`${pattern} reached no socket`);
      missing += sent * frame;
      if (missing > 0) await everybody;
      count += sent;
      pushes += 1;
    }
    return { count, pushes, ms: performance.now() - started };
  },
});
