// The side of the service that Firefox uses: the WebSocket protocol that it speaks to `dom.push.serverURL`.
// JSON text frames; each has a messageType, except that "{}" is a ping and its answer.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Agent, Broker, Deliver, Subscription } from './broker.ts';
import type { Recorder } from './recorder.ts';
import { fromBase64, p256PublicKey } from './vapid.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** How to disconnect the browsers. */
export interface Disconnect {
  /** They cannot come back until `accept`. */
  readonly refuse?: boolean;
  /**
   * They get a close frame with this code first. After 4774 Firefox does not reconnect on its own; after any other code
   * it does.
   */
  readonly code?: number;
}

/** What the browsers' side needs. */
export interface AutopushPorts {
  readonly broker: Broker;
  readonly recorder: Recorder;
  endpointFor(subscription: Subscription): string;
}

/** The browsers' side of one service. */
export interface UserAgents {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  disconnect(options: Disconnect): void;
  accept(): void;
  close(): void;
}

/** Any frame. Fields that it lacks are undefined. */
interface Frame {
  readonly messageType?: string;
  readonly uaid?: string;
  readonly channelID?: string;
  readonly key?: string;
  readonly code?: number;
  readonly version?: string;
  readonly updates?: readonly { channelID: string; version: string; code?: number }[];
}

/** Makes the browsers' side. */
export function autopush({ broker, recorder, endpointFor }: AutopushPorts): UserAgents {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: 1 << 20,
    // Firefox asks for this subprotocol and expects it confirmed.
    handleProtocols: (offered) => (offered.has('push-notification') ? 'push-notification' : false),
  });
  let refusing = false;
  let lastConnection = 0;

  function serve(socket: WebSocket): void {
    lastConnection += 1;
    const connection = lastConnection;
    let agent: Agent | undefined;
    const send = (frame: object) => socket.send(JSON.stringify(frame));
    const deliver: Deliver = ({ channelID, id, headers, data }) =>
      send({
        messageType: 'notification',
        channelID,
        version: id,
        ...(data === null ? {} : { data: data.toString('base64url'), headers }),
      });

    function hello({ uaid }: Frame): void {
      agent = broker.connect(uaid, deliver);
      recorder.add('ua.hello', { connection, uaid: agent.uaid, returning: agent.uaid === uaid });
      send({ messageType: 'hello', status: 200, uaid: agent.uaid, use_webpush: true, broadcasts: {} });
      broker.flush(agent);
    }

    function register({ uaid }: Agent, { channelID = '', key }: Frame): void {
      const applicationServerKey = key === undefined ? null : fromBase64(key);
      const isValid = UUID.test(channelID) && (key === undefined || p256PublicKey(applicationServerKey) !== null);
      const subscription = isValid ? broker.subscribe(uaid, channelID, applicationServerKey) : null;
      const status = subscription !== null ? 200 : isValid ? 409 : 400;
      const pushEndpoint = subscription === null ? '' : endpointFor(subscription);
      recorder.add('ua.register', { connection, uaid, channelID, status, restricted: key !== undefined });
      send({ messageType: 'register', channelID, status, pushEndpoint });
    }

    function unregister({ uaid }: Agent, { channelID = '', code }: Frame): void {
      broker.unsubscribe(uaid, channelID);
      recorder.add('ua.unregister', { connection, uaid, channelID, code });
      send({ messageType: 'unregister', channelID, status: 200 });
    }

    function acknowledge({ uaid }: Agent, { updates = [] }: Frame): void {
      for (const { channelID, version: id, code = 100 } of updates) {
        recorder.add('ua.ack', { connection, uaid, channelID, id, code });
        broker.acknowledge(uaid, id, code);
      }
    }

    function receive(frame: Frame): void {
      const { messageType: type = 'ping' } = frame;
      if (type === 'hello' && agent === undefined) hello(frame);
      else if (agent === undefined || type === 'hello') socket.close(1008, 'say hello first, and once');
      else if (type === 'register') register(agent, frame);
      else if (type === 'unregister') unregister(agent, frame);
      else if (type === 'ack') acknowledge(agent, frame);
      else if (type === 'nack') {
        recorder.add('ua.nack', { connection, uaid: agent.uaid, id: frame.version, code: frame.code });
      } else if (type === 'ping') {
        recorder.add('ua.ping', { connection, uaid: agent.uaid });
        socket.send('{}');
      } else if (type !== 'broadcast_subscribe') {
        // The exception asks for news of remote settings; there are none.
        socket.close(1008, 'unknown messageType');
      }
    }

    socket.on('message', (raw) => {
      let frame: Frame;
      try {
        frame = JSON.parse(raw.toString()) as Frame;
      } catch {
        socket.close(1007, 'not JSON');
        return;
      }
      receive(frame);
    });
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', (code) => {
      recorder.add('ua.disconnected', { connection, uaid: agent?.uaid, code });
      if (agent !== undefined) broker.disconnect(agent, deliver);
    });
  }

  return {
    upgrade(request, socket, head) {
      if (refusing) {
        recorder.add('ua.refused');
        socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, serve);
    },
    disconnect({ code, refuse = false }) {
      refusing = refuse;
      for (const socket of server.clients) {
        if (code === undefined) {
          socket.terminate();
          continue;
        }
        socket.close(code);
        // Firefox does not answer a close frame; it expects the server to hang up.
        setTimeout(() => socket.terminate(), 50).unref();
      }
    },
    accept() {
      refusing = false;
    },
    close() {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}
