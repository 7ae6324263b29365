// Requests of this dialect, those that `fetch` cannot make among them: any header, bytes as they are, and connections that
// are cut. No test lives here.
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { onCleanup } from '../../support/cleanup.ts';
import { type TestDevice, TOKEN, type World, world } from '../../world.ts';

/** The config of a relay where no other dialect takes what is no packet. */
export const ONLY_MPUSH = { ntfy: { enabled: false } };

/** An answer to {@link raw}. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What {@link raw} sends; the token goes along unless a header says otherwise. */
export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  readonly port?: number;
}

/** A request with exactly these headers, of which a browser or a chat program may send some that `fetch` refuses. */
export function raw(relay: World, { method = 'GET', path, headers = {}, body, port }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port: port ?? relay.relay.ports.http,
      method,
      path,
      headers: { authorization: TOKEN, ...headers },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0, headers: given } = response;
        resolve({ status: statusCode, headers: given, text: Buffer.concat(chunks).toString() });
      });
    });
    request.end(body);
  });
}

/** A bare connection to the relay; it is cut after the test. */
export function open(relay: World): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(relay.relay.ports.http, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
    onCleanup(() => socket.destroy());
  });
}

/** Everything that comes until the peer ends the connection. */
export function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    socket.on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
}

/** Status and text of the answer to a packet. */
export async function answerOf(relay: World, packet: unknown): Promise<[number, string]> {
  const { status, text } = await relay.post(packet);
  return [status, text];
}

/** A token for a name, had over HTTP. */
export async function authOf(relay: World, name: string, group = ''): Promise<string> {
  const { json } = await relay.post({ cmd: 'AUTH', data: { token: TOKEN, name, group } });
  return json.data.auth;
}

/** The messages that the relay keeps for a device. */
export async function stored(relay: World, name: string) {
  const { json } = await relay.request(`/v1/devices/${encodeURIComponent(name)}/messages`);
  return json.messages as { text?: string; mid: string; status: string; message: Record<string, unknown> }[];
}

/** The bytes of an INFO packet. */
export function info(text: string): string {
  return JSON.stringify({ cmd: 'INFO', data: text });
}

/** An accepted AUTH: every key in its place, the web push key by its three names. */
export const ACCEPTED =
  /^\{"cmd":"AUTH","data":\{"code":200,"auth":"[\w.-]+","msg":"Successful authentication","fcmServerKey":"([\w-]*)","webpushServerKey":"\1","webpushPublicKey":"\1","fcmProjectId":"","fcmApplicationId":"","fcmApiKey":""\}\}$/;

/** A relay with one device, and a look at what has changed since. */
export async function target(): Promise<{ relay: World; device: TestDevice; unharmed(): Promise<void> }> {
  const relay = await world({ config: { ...ONLY_MPUSH, http: { maxAuthFailures: 1000 } } });
  const device = await relay.device('a', { acknowledge: true });
  return {
    relay,
    device,
    async unharmed() {
      expect(relay.relay.devices()).to.deep.equal(['a']);
      expect(await stored(relay, 'a')).to.deep.equal([]);
      expect((await relay.request('/a.send?text=alive')).json.data.a).to.equal('ok');
    },
  };
}
