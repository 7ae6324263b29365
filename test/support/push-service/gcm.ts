// The side of the service that Chromium uses: the parts of Google's cloud messaging that pushManager.subscribe() needs.
// Chromium has command line switches for their addresses (--gcm-checkin-url and so on), so no browser is patched.
//
//   check-in   POST, protobuf   the browser gets an id and a secret
//   register3  POST, form       a subscription gets its token, or returns it
//   MCS        TLS, protobuf    a lasting connection that carries messages
//
// Field numbers are those of checkin.proto and mcs.proto in the Chromium tree (google_apis/gcm/protocol).
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type TLSSocket } from 'node:tls';
import type { Agent, Broker, Deliver } from './broker.ts';
import { listen } from './listen.ts';
import { bytes, fixed64, int, parse, readVarint, varint } from './protobuf.ts';
import type { Recorder } from './recorder.ts';
import type { Certificate } from './self-signed.ts';
import { fromBase64, p256PublicKey } from './vapid.ts';

const MCS_VERSION = 41;
const TAG = { ping: 0, pingAck: 1, login: 2, loginReply: 3, close: 4, iq: 7, data: 8 };
/** Where each message of a browser carries "I have everything up to your nth message". */
const LAST_RECEIVED = new Map([
  [TAG.ping, 2],
  [TAG.pingAck, 2],
  [TAG.iq, 10],
  [TAG.data, 11],
]);

/** What Chromium's side needs. */
export interface GcmPorts {
  readonly broker: Broker;
  readonly recorder: Recorder;
  readonly certificate: Certificate;
  readonly host: string;
  readonly hostInUrl: string;
  readonly plainOrigin: string;
}

/** Chromium's side of one service. */
export interface Gcm {
  /** For Chromium's command line. The last one makes it accept our certificate, and no other. */
  readonly chromiumArgs: readonly string[];
  /** Whether the request was for check-in or registration. */
  handle(request: IncomingMessage, response: ServerResponse, path: string): boolean;
  disconnect(options: { readonly refuse?: boolean }): void;
  accept(): void;
  close(): Promise<void>;
}

const randomId = () => (randomBytes(8).readBigUInt64LE() >> 2n) | 1n; // fits a signed 64 bit number
const numberOf = (value: unknown) => (typeof value === 'bigint' ? value : 0n);

/** Starts Chromium's side. */
export async function gcm(ports: GcmPorts): Promise<Gcm> {
  const { broker, recorder, certificate, host, hostInUrl, plainOrigin } = ports;
  // By channel: the data that addresses messages.
  const registrations = new Map<string, { app: string; sender: string }>();
  const connections = new Set<TLSSocket>();
  let refusing = false;
  let lastConnection = 0;

  function checkin(body: Buffer): Buffer {
    const known = numberOf(parse(body).get(2)?.[0]); // a browser that restarts shows its id
    const id = known === 0n ? randomId() : known;
    recorder.add('ua.checkin', { uaid: String(id), returning: id === known });
    broker.adopt(String(id));
    return Buffer.concat([
      int(1, 1), // stats_ok
      int(3, Date.now()),
      fixed64(7, id),
      fixed64(8, randomId()), // security token; the MCS login is not checked
      int(9, 1), // settings_diff, with no settings: keep the defaults
    ]);
  }

  function register(body: Buffer): string {
    const form = new URLSearchParams(body.toString());
    const [uaid, channelID, sender] = ['device', 'X-subtype', 'sender'].map((name) => form.get(name) ?? '');
    // Chromium also registers for its own services; those have no subtype.
    if (uaid === undefined || sender === undefined || !channelID?.startsWith('wp:')) {
      return `token=${randomBytes(24).toString('base64url')}`;
    }
    if (form.has('delete')) {
      broker.unsubscribe(uaid, channelID);
      recorder.add('ua.unregister', { uaid, channelID });
      return `token=${channelID}`;
    }
    const key = fromBase64(sender);
    const applicationServerKey = p256PublicKey(key) === null ? null : key;
    const subscription = broker.subscribe(uaid, channelID, applicationServerKey);
    const restricted = applicationServerKey !== null;
    recorder.add('ua.register', { uaid, channelID, status: subscription === null ? 409 : 200, restricted });
    if (subscription === null) return 'Error=INVALID_PARAMETERS';
    registrations.set(channelID, { app: form.get('app') ?? '', sender });
    return `token=${subscription.token}`;
  }

  const routes = new Map<string, (body: Buffer) => string | Buffer>([
    ['/gcm/checkin', checkin],
    ['/gcm/register3', register],
  ]);

  function serve(socket: TLSSocket): void {
    if (refusing) {
      recorder.add('ua.refused');
      socket.destroy();
      return;
    }
    lastConnection += 1;
    const connection = `mcs-${lastConnection}`;
    const unacknowledged = new Map<number, string>(); // our nth message, its id
    let sent = 0;
    let agent: Agent | undefined;
    let versionSeen = false;
    let buffered = Buffer.alloc(0);

    const send = (tag: number, ...fields: Buffer[]) => {
      const body = Buffer.concat(fields);
      socket.write(Buffer.concat([Buffer.from([tag]), varint(body.length), body]));
      sent += 1;
    };
    const property = (key: string, value = '') => bytes(7, [bytes(1, key), bytes(2, value)]);

    const deliver: Deliver = ({ id, channelID, headers, data, ttl }) => {
      const { app, sender } = registrations.get(channelID) ?? { app: '', sender: '' };
      send(
        TAG.data,
        bytes(3, sender),
        bytes(5, app),
        property('subtype', channelID),
        ...(headers.encoding === 'aes128gcm' ? [property('content-encoding', 'aes128gcm')] : []),
        ...(headers.encoding === 'aesgcm'
          ? [property('encryption', headers.encryption), property('crypto-key', headers.crypto_key)]
          : []),
        bytes(9, id), // persistent_id
        int(17, ttl),
        ...(data === null ? [] : [bytes(21, data)]),
        int(24, 1), // acknowledge at once, not after ten messages
      );
      unacknowledged.set(sent, id);
    };

    const acknowledge = ({ uaid }: Agent, id: string) => {
      recorder.add('ua.ack', { connection, uaid, id, code: 100 });
      broker.acknowledge(uaid, id, 100);
    };

    const receive = (tag: number, body: Buffer) => {
      const fields = parse(body);
      if (tag === TAG.login) {
        agent = broker.adopt(String(fields.get(3)?.[0] ?? ''));
        recorder.add('ua.hello', { connection, uaid: agent.uaid, returning: true });
        broker.connect(agent.uaid, deliver);
        send(TAG.loginReply, bytes(1, connection), int(8, Date.now()));
        for (const id of fields.get(10) ?? []) acknowledge(agent, id.toString()); // received before it disconnected
        broker.flush(agent);
        return;
      }
      if (tag === TAG.ping) send(TAG.pingAck);
      const upTo = numberOf(fields.get(LAST_RECEIVED.get(tag) ?? 0)?.[0]);
      for (const [nth, id] of unacknowledged) {
        if (nth > upTo || agent === undefined) break;
        unacknowledged.delete(nth);
        acknowledge(agent, id);
      }
    };

    socket.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk]);
      if (!versionSeen) {
        versionSeen = true;
        buffered = buffered.subarray(1);
        socket.write(Buffer.from([MCS_VERSION]));
      }
      while (buffered.length > 1) {
        const size = readVarint(buffered, 1);
        if (size === undefined) return;
        const end = size.next + Number(size.value);
        if (buffered.length < end) return;
        const [tag, body] = [buffered.readUInt8(0), buffered.subarray(size.next, end)];
        buffered = buffered.subarray(end);
        receive(tag, body);
      }
    });
    connections.add(socket);
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      connections.delete(socket);
      recorder.add('ua.disconnected', { connection, uaid: agent?.uaid });
      if (agent !== undefined) broker.disconnect(agent, deliver);
    });
  }

  const server = createServer(certificate, serve);
  const port = await listen(server, 0, host);
  const spki = new X509Certificate(certificate.cert).publicKey.export({ type: 'spki', format: 'der' });

  return {
    chromiumArgs: [
      `--gcm-checkin-url=${plainOrigin}/gcm/checkin`,
      `--gcm-registration-url=${plainOrigin}/gcm/register3`,
      `--gcm-mcs-endpoint=https://${hostInUrl}:${port}`,
      `--ignore-certificate-errors-spki-list=${createHash('sha256').update(spki).digest('base64')}`,
    ],
    handle(request, response, path) {
      const route = request.method === 'POST' ? routes.get(path) : undefined;
      if (route === undefined) return false;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (refusing) response.writeHead(503).end();
        else response.end(route(Buffer.concat(chunks)));
      });
      return true;
    },
    disconnect({ refuse = false }) {
      refusing = refuse;
      for (const socket of connections) socket.destroy();
    },
    accept() {
      refusing = false;
    },
    close() {
      for (const socket of connections) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
