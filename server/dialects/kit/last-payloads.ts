// The last payload that came with each key, for the preview of templates. It is in memory only, for a day, without secrets,
// and only the owner of the relay sees it. A node asks the others for what came to them.
import { randomInt, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isObject, parseObject } from '../../../shared/object.ts';
import type { LastPayload } from '../../../shared/templates.ts';
import { BoundedMap } from '../../base/bounded-map.ts';
import type { Clock } from '../../base/clock.ts';
import { letGo } from '../../base/maybe-promise.ts';
import type { App } from '../../channel/app.ts';
import type { Channels } from '../../channel/channels.ts';
import type { ChannelEvent, Connection } from '../../channel/connection.ts';
import type { Nodes } from '../../nodes.ts';
import type { Payload } from '../../templates/template.ts';
import { shownValue } from '../../templates/values.ts';

/** The last payloads of a relay. */
export interface LastPayloads {
  /** @param as the template that it was read with */
  keep(key: string, body: Payload['body'], headers: IncomingHttpHeaders, as: string): void;
  /** The newest one on any node. */
  find(key: string): Promise<LastPayload | undefined>;
  close(): void;
}

/** What {@link createLastPayloads} needs. */
export interface LastPayloadsPorts {
  readonly clock: Clock;
  readonly channels: Pick<Channels, 'subscribe' | 'publish' | 'disconnect'>;
  readonly relayApp: App;
  readonly nodes: Pick<Nodes, 'list'>;
  readonly isShared: boolean;
}

const DAY = 24 * 3_600_000;
const MAX_KEYS = 200;
/** Longest payload that is kept, in characters of its JSON. */
const MAX_SIZE = 65_536;
const MAX_TEXT = 4096;
const MAX_ITEMS = 50;
const MAX_DEPTH = 20;
const MAX_HEADER = 200;
/** Headers by which programs are recognised. No other header is kept, since it may be a secret. */
const HEADERS =
  /^(?:content-type|user-agent|ce-(?:specversion|type|source|id|subject)|sentry-hook-resource|x-(?:forgejo|gitea|gogs|github|gitlab)-event)$/;

/** Secrets within texts, after what names them: in front of a host, in the query of an address, and as in headers. */
const SECRETS = [
  /(:\/\/[^/?#\s:@]{0,256}:)[^/?#\s@]+(?=@)/g,
  /([?&#;][\w.-]{0,64}(?:token|secret|passw|key|auth|sig)[\w.-]{0,64}=)[^&#\s"'<>]+/gi,
  /(\b(?:Bearer|Basic) )[\w.~+/=-]{6,}/gi,
];

function withoutSecrets(text: string): string {
  return SECRETS.reduce((left, secret) => left.replace(secret, '$1…'), text);
}

const isSecret = (name: unknown): boolean => typeof name === 'string' && shownValue(name, '-') === '…';

/** A value without secrets, and without more than a preview needs. */
function shown(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') {
    return withoutSecrets(value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT - 1)}…` : value);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => shown(item, depth + 1));
  const entries = Object.entries(value).slice(0, 10 * MAX_ITEMS);
  // Headers and fields are often written as { "name": "Authorization", "value": "…" }.
  const hidesValue = entries.some(([name, item]) => (name === 'name' || name === 'key') && isSecret(item));
  return Object.fromEntries(
    entries.map(([name, item]) => {
      const hides = isSecret(name) || (hidesValue && name === 'value');
      return [name, hides ? '…' : shown(item, depth + 1)];
    }),
  );
}

/** What is kept of a payload. */
function keptOf(body: Payload['body'], given: IncomingHttpHeaders, at: number, as: string): LastPayload {
  const named = Object.entries(given).filter(([name]) => HEADERS.test(name));
  const headers = Object.fromEntries(named.map(([name, value]) => [name, String(value).slice(0, MAX_HEADER)]));
  const kept = shown(body);
  return JSON.stringify(kept).length > MAX_SIZE ? { at, as, headers } : { at, as, headers, body: kept };
}

const CHANNEL = 'private-last-payloads';
/** How long to wait for the answers of other nodes, in ms. */
const PATIENCE = 1000;
const RETRY = 10_000;
const ID_PART = 2 ** 31;

/** Keeps the last payloads of one node. */
export function createLastPayloads(ports: LastPayloadsPorts): LastPayloads {
  const { clock, channels, relayApp, isShared } = ports;
  const kept = new BoundedMap<string, LastPayload>(clock, { maxEntries: MAX_KEYS, ttl: DAY });
  const asked = new Map<string, (found: LastPayload | undefined) => void>();
  let retry: ReturnType<Clock['setTimeout']> | undefined;

  const tell = (name: 'ask' | 'answer', data: object) =>
    letGo(channels.publish(relayApp, [CHANNEL], { type: 'event', name, channel: CHANNEL, data: JSON.stringify(data) }));

  const connection: Connection = {
    id: `${randomInt(ID_PART)}.${randomInt(ID_PART)}`,
    deliver(events: readonly ChannelEvent[]) {
      for (const { name, data } of events) {
        const { id, key, found } = parseObject(data) ?? {};
        if (typeof id !== 'string') continue;
        if (name === 'answer') asked.get(id)?.(isObject(found) ? (found as unknown as LastPayload) : undefined);
        // A node does not answer its own question.
        else if (typeof key === 'string' && !asked.has(id)) tell('answer', { id, found: kept.get(key) ?? null });
      }
    },
    close() {},
  };

  function join(): void {
    const joined = channels.subscribe(relayApp, connection, CHANNEL);
    if (!(joined instanceof Promise)) return;
    joined.catch(() => {
      retry = clock.setTimeout(join, RETRY);
    });
  }
  if (isShared) join();

  /** What the other nodes have. */
  async function ask(key: string): Promise<readonly LastPayload[]> {
    let left = (await ports.nodes.list()).length - 1;
    if (left <= 0) return [];
    const id = randomUUID();
    const found: LastPayload[] = [];
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, PATIENCE);
      asked.set(id, (one) => {
        if (one !== undefined) found.push(one);
        left -= 1;
        if (left > 0) return;
        clock.clearTimeout(timer);
        resolve();
      });
      tell('ask', { id, key });
    });
    asked.delete(id);
    return found;
  }

  return {
    keep(key, body, headers, as) {
      kept.set(key, keptOf(body, headers, clock.now(), as));
    },
    async find(key) {
      const own = kept.get(key);
      const all = [...(own === undefined ? [] : [own]), ...(isShared ? await ask(key) : [])];
      return all.toSorted((one, other) => other.at - one.at)[0];
    },
    close() {
      clock.clearTimeout(retry);
      channels.disconnect(connection);
    },
  };
}
