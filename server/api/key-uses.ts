// Streams that tell how keys are used, so that a page can wait for the first request of a new sender. Nodes that share a
// backend tell each other over a channel.
import { randomInt } from 'node:crypto';
import type { KeyUseInfo, NamedKeyUse } from '../../shared/api.ts';
import { parseObject } from '../../shared/object.ts';
import type { KeyUsage } from '../access/key-record.ts';
import { type KeyUse, keptFields } from '../access/key-usage.ts';
import type { Key } from '../access/keys.ts';
import type { Principal } from '../access/principal.ts';
import type { Clock } from '../base/clock.ts';
import { letGo } from '../base/maybe-promise.ts';
import type { App } from '../channel/app.ts';
import type { Channels } from '../channel/channels.ts';
import type { Connection } from '../channel/connection.ts';
import type { Answer, HttpRequest } from '../dialects/kit/http-message.ts';
import type { LiveStream } from '../dialects/kit/live-stream.ts';
import type { Streams } from '../dialects/kit/stream.ts';
import type { StreamPlaces } from '../dialects/kit/stream-places.ts';

/** What the streams need. */
export interface KeyUsesPorts {
  readonly senderKeys: { onChange(listener: (name: string, key: Key | undefined) => void): void };
  /** Calls the listener for each use on this node. */
  onKeyUse(listener: (name: string, use: KeyUse, at: number) => void): void;
  /** Calls the listener when the token of the relay, or tokens of devices, have ended. */
  onTokensEnded(listener: () => void): void;
  readonly streams: Pick<Streams, 'live'>;
  readonly streamPlaces: StreamPlaces;
  readonly clock: Clock;
  readonly channels: Pick<Channels, 'publish' | 'subscribe' | 'disconnect'>;
  readonly relayApp: App;
  /** Whether other nodes share the backend. */
  readonly isShared: boolean;
}

/** One stream, and the time of the last use that it was told of each key. */
interface Reader {
  readonly stream: LiveStream;
  readonly caller: Pick<Principal, 'isOwner'>;
  /** The key that it follows; undefined for all. */
  readonly name: string | undefined;
  readonly last: Map<string, number>;
}

const CHANNEL = 'private-key-uses';
const ID_PART = 2 ** 31;
/** Longest text of a message that is told, in characters. */
const MAX_BODY = 500;
/** Least time in ms between two uses of one key that other nodes are told. Of several in between, they are told the last. */
const PACE = 200;

/** A use as it is told while it happens. */
function useOf({ address, dialect, title, template, content, result }: KeyUse, at: number): KeyUseInfo {
  const fields = content && {
    ...keptFields(content),
    body: content.body.slice(0, MAX_BODY),
    markdown: content.format === 'markdown',
  };
  return { at, address, dialect, title, result, template, fields };
}

/** The last use that is stored. */
export function storedUse({ at, address, dialect, title, template, fields }: KeyUsage): KeyUseInfo {
  return { at, address, dialect, title, template, fields };
}

/** The readers of this node, as a connection of the channel over which nodes tell each other of uses. */
class Readers extends Set<Reader> implements Connection {
  readonly id = `${randomInt(ID_PART)}.${randomInt(ID_PART)}`;
  readonly #told: (use: NamedKeyUse) => void;

  constructor(told: (use: NamedKeyUse) => void) {
    super();
    this.#told = told;
  }

  deliver(events: Parameters<Connection['deliver']>[0]): void {
    for (const { data } of events) {
      const use = parseObject(data);
      if (typeof use?.['name'] === 'string' && typeof use['at'] === 'number') this.#told(use as unknown as NamedKeyUse);
    }
  }

  close(): void {}
}

/**
 * The answer that follows keys.
 * @param keys whose uses so far are known
 * @param name the only key that is followed; undefined for all, also those that are made later
 */
type FollowUses = (
  request: HttpRequest,
  caller: Pick<Principal, 'isOwner'>,
  keys: readonly Key[],
  name?: string,
) => Answer;

/** Makes the streams. A stream ends when its reader is no longer an owner. */
export function createKeyUses(ports: KeyUsesPorts, keepalive: number): FollowUses {
  const { streams, streamPlaces, clock, channels, relayApp, isShared } = ports;
  /** Set while there are any. */
  let readers: Readers | undefined;
  /** Keys whose use the other nodes were just told of, and the last use since then. */
  const paced = new Map<string, NamedKeyUse | undefined>();
  /** Tells one node's uses apart from those that come back to it. */
  const node = randomInt(ID_PART);

  const following = (name: string) => [...(readers ?? [])].filter((one) => one.name === undefined || one.name === name);

  function tell({ name, ...use }: NamedKeyUse): void {
    for (const reader of following(name)) {
      if (!reader.caller.isOwner) {
        reader.stream.cut();
        continue;
      }
      reader.last.set(name, Math.max(reader.last.get(name) ?? 0, use.at));
      const told = reader.name === undefined ? { name, ...use } : use;
      reader.stream.write(`event: use\ndata: ${JSON.stringify(told)}\n\n`);
    }
  }

  function tellOthers(use: NamedKeyUse): void {
    const waiting = paced.has(use.name);
    paced.set(use.name, waiting ? use : undefined);
    if (waiting) return;
    const data = JSON.stringify({ ...use, node });
    letGo(channels.publish(relayApp, [CHANNEL], { type: 'event', name: 'use', channel: CHANNEL, data }));
    clock.setTimeout(() => {
      const next = paced.get(use.name);
      paced.delete(use.name);
      if (next !== undefined) tellOthers(next);
    }, PACE);
  }

  ports.onKeyUse((name, given, at) => {
    if (readers === undefined && !isShared) return;
    const use = { name, ...useOf(given, at) };
    tell(use);
    if (isShared) tellOthers(use);
  });
  // Readers who still may follow come back.
  ports.onTokensEnded(() => {
    for (const { stream } of readers ?? []) stream.cut();
  });
  ports.senderKeys.onChange((name, key) => {
    if (key === undefined) {
      for (const reader of following(name)) if (reader.name !== undefined) reader.stream.cut();
    } else if (key.usage !== undefined && following(name).length > 0) {
      const { usage } = key;
      // A use that came just before its reader is told when it is stored; so is what another node could not tell, once a
      // minute at most. What another node does tell comes first.
      if (isShared) clock.setTimeout(() => tellStored(name, usage), PACE);
      else tellStored(name, usage);
    }
  });

  function tellStored(name: string, usage: KeyUsage): void {
    const all = following(name);
    if (all.every(({ last }) => usage.at > (last.get(name) ?? 0))) tell({ name, ...storedUse(usage) });
  }

  function add(reader: Reader): void {
    if (readers === undefined) {
      readers = new Readers(({ node: from, ...use }: NamedKeyUse & { readonly node?: unknown }) => {
        if (from !== node) tell(use);
      });
      if (isShared) letGo(channels.subscribe(relayApp, readers, CHANNEL));
    }
    readers.add(reader);
  }

  function leave(reader: Reader): void {
    if (readers?.delete(reader) !== true || readers.size > 0) return;
    if (isShared) channels.disconnect(readers);
    readers = undefined;
  }

  return (request, caller, keys, name) => {
    const free = streamPlaces.take(request.ip);
    let own: Reader | undefined;
    return streams.live({
      contentType: 'text/event-stream; charset=utf-8',
      keepalive,
      sign: () => ': keepalive\n\n',
      run(stream) {
        own = { stream, caller, name, last: new Map(keys.map((key) => [key.name, key.usage?.at ?? 0])) };
        add(own);
        stream.write('event: open\ndata: {}\n\n');
      },
      ended() {
        free();
        if (own !== undefined) leave(own);
      },
    });
  };
}
