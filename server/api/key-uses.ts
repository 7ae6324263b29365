// Streams that tell how a key is used, so that a page can wait for the first request of a new sender.
import type { KeyUseInfo } from '../../shared/api.ts';
import type { KeyUse } from '../access/key-usage.ts';
import type { Key } from '../access/keys.ts';
import type { Principal } from '../access/principal.ts';
import type { Clock } from '../base/clock.ts';
import type { Answer, HttpRequest } from '../dialects/kit/http-message.ts';
import type { LiveStream, Streams } from '../dialects/kit/stream.ts';
import type { StreamPlaces } from '../dialects/kit/stream-places.ts';

/** What the streams need. */
export interface KeyUsesPorts {
  readonly senderKeys: { onChange(listener: (name: string, key: Key | undefined) => void): void };
  /** Calls the listener for each use on this node. */
  onKeyUse(listener: (name: string, use: KeyUse) => void): void;
  /** Calls the listener when the token of the relay, or tokens of devices, have ended. */
  onTokensEnded(listener: () => void): void;
  readonly streams: Pick<Streams, 'live'>;
  readonly streamPlaces: StreamPlaces;
  readonly clock: Clock;
}

/** One stream, and the time of the last use that it was told. */
interface Reader {
  readonly stream: LiveStream;
  readonly caller: Pick<Principal, 'isOwner'>;
  last: number;
}

/** Makes the answer that follows a key. It ends when its reader is no longer an owner. */
export function createKeyUses(
  ports: KeyUsesPorts,
  keepalive: number,
): (request: HttpRequest, caller: Pick<Principal, 'isOwner'>, key: Key) => Answer {
  const { streams, streamPlaces, clock } = ports;
  const readers = new Map<string, Set<Reader>>();

  function tell(name: string, use: KeyUseInfo): void {
    for (const reader of readers.get(name) ?? []) {
      if (!reader.caller.isOwner) {
        reader.stream.cut();
        continue;
      }
      reader.last = Math.max(reader.last, use.at);
      reader.stream.write(`event: use\ndata: ${JSON.stringify(use)}\n\n`);
    }
  }

  ports.onKeyUse((name, { address, dialect, title, result }) => {
    tell(name, { at: clock.now(), address, dialect, title, result });
  });
  // Readers who still may follow come back.
  ports.onTokensEnded(() => {
    for (const following of readers.values()) for (const { stream } of following) stream.cut();
  });
  // Uses on other nodes come with what is stored, once a minute at most.
  ports.senderKeys.onChange((name, key) => {
    const following = readers.get(name);
    if (following === undefined) return;
    if (key === undefined) for (const { stream } of following) stream.cut();
    const { usage } = key ?? {};
    if (usage === undefined || ![...following].every(({ last }) => usage.at > last)) return;
    const { at, address, dialect, title } = usage;
    tell(name, { at, address, dialect, title });
  });

  return (request, caller, { name, usage }) => {
    const free = streamPlaces.take(request.ip);
    let own: Reader | undefined;
    return streams.live({
      contentType: 'text/event-stream; charset=utf-8',
      keepalive,
      sign: () => ': keepalive\n\n',
      run(stream) {
        own = { stream, caller, last: usage?.at ?? 0 };
        const all = readers.get(name) ?? new Set();
        readers.set(name, all.add(own));
        stream.write('event: open\ndata: {}\n\n');
      },
      ended() {
        free();
        const all = readers.get(name);
        if (own !== undefined) all?.delete(own);
        if (all?.size === 0) readers.delete(name);
      },
    });
  };
}
