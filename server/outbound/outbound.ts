// Every HTTP call that the relay makes goes through a client from this folder.
import type { Clock } from '../base/clock.ts';
import { createLimiter } from '../base/limiter.ts';
import { createTurns } from '../base/turns.ts';
import { createAgents } from './agents.ts';
import { type Client, createClient, type Profile } from './client.ts';
import type { Http2 } from './http2.ts';
import type { Http2Options } from './http2-connect.ts';
import { lookupPublic } from './public-address.ts';

/** Makes clients that share one bound on sockets. */
export interface Outbound {
  /** A client for one kind of request. */
  client(profile: Profile): Client;
  /** Closes every client. */
  close(): void;
}

/** What {@link createOutbound} works with. */
export interface OutboundOptions {
  readonly clock: Clock;
  /** Requests under way at once over all clients; further ones wait for their turn. */
  readonly maxSockets: number;
  /** Certificates to trust in place of Node's. */
  readonly ca?: string;
}

/** Requests that start in one turn of the event loop. Sixteen pushes take about 5 ms, most of it for encryption. */
const STARTS = 16;

/** Loads HTTP/2, which takes memory, and which many relays need late or never. */
async function makeHttp2(options: Http2Options): Promise<Http2> {
  const { createHttp2 } = await import('./http2.ts');
  return createHttp2(options);
}

/** Makes the outbound side of one relay. */
export function createOutbound({ clock, maxSockets, ca }: OutboundOptions): Outbound {
  // The senders bound this queue: the lanes, the queues of reports, and the sockets that wait for admission.
  const sockets = createLimiter({ concurrency: maxSockets, queue: Number.POSITIVE_INFINITY });
  const turns = createTurns(STARTS);
  const clients = new Set<Client>();
  return {
    client(profile) {
      const connections = {
        clock,
        timeout: profile.timeout,
        ...(ca === undefined ? {} : { ca }),
        ...(profile.publicOnly === true ? { lookup: lookupPublic } : {}),
      };
      const client = createClient({
        ...profile,
        clock,
        sockets,
        turns,
        agents: createAgents(connections),
        ...(profile.http2 === true ? { makeHttp2: () => makeHttp2(connections) } : {}),
      });
      clients.add(client);
      return client;
    },
    close() {
      for (const client of clients) client.close();
    },
  };
}
