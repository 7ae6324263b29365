// Follows the uses of a key as they come. EventSource cannot send a token in a header, so this reads the stream with fetch.
import type { KeyUseInfo } from '../../../../shared/api.ts';
import { reconnectDelay } from '../../../../shared/backoff.ts';
import { parseObject } from '../../../../shared/object.ts';
import { type Clock, sleep } from '../clock.ts';
import type { Caller } from '../relay/api.ts';

/** What reading the stream needs. */
export interface UsesPorts {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly random: () => number;
  /** The relay and the token, read for each connection. */
  caller(): Caller;
  /** The last use that the relay has stored, for what came while there was no stream. */
  lastUse(): Promise<KeyUseInfo | null>;
}

/** Longest event that is read, in characters. The relay's are shorter. */
const MAX_EVENT = 65_536;

/** Splits text that comes in pieces into events. */
export function createEventReader(tell: (event: string, data: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    rest += text;
    const blocks = rest.split('\n\n');
    rest = (blocks.pop() ?? '').slice(-MAX_EVENT);
    for (const block of blocks) {
      const field = (name: string) =>
        block
          .split('\n')
          .filter((line) => line.startsWith(`${name}: `))
          .map((line) => line.slice(name.length + 2))
          .join('\n');
      if (field('data') !== '') tell(field('event'), field('data'));
    }
  };
}

function readUse(data: string): KeyUseInfo | undefined {
  const use = parseObject(data);
  if (use === undefined) return undefined;
  const { at, dialect, title, address } = use;
  const isUse = typeof at === 'number' && [dialect, title, address].every((text) => typeof text === 'string');
  return isUse ? (use as unknown as KeyUseInfo) : undefined;
}

/**
 * Tells each use from now on, once. Connects again until it is ended.
 * @param path of the stream
 * @param since uses at that time, in ms since 1970, or before are known
 * @returns a function that ends this
 */
export function followUses(path: string, since: number, tell: (use: KeyUseInfo) => void, ports: UsesPorts): () => void {
  const end = new AbortController();
  let last = since;
  let failures = 0;

  function take(use: KeyUseInfo): void {
    if (end.signal.aborted) return;
    last = Math.max(last, use.at);
    tell(use);
  }

  async function read(): Promise<void> {
    const { server, auth } = ports.caller();
    const response = await ports.fetch(server + path, {
      headers: { authorization: `Bearer ${auth}`, accept: 'text/event-stream' },
      signal: end.signal,
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    failures = 0;
    const readText = createEventReader((event, data) => {
      const use = event === 'use' ? readUse(data) : undefined;
      if (use !== undefined) take(use);
    });
    const missed = await ports.lastUse();
    if (missed !== null && missed.at > last) take(missed);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) readText(piece.value);
  }

  async function run(): Promise<void> {
    while (!end.signal.aborted) {
      // A stream that ends or breaks is opened again. What came meanwhile is the last use that the relay has stored.
      await read().catch(() => {});
      if (end.signal.aborted) break;
      await sleep(ports.clock, reconnectDelay(failures, ports.random()));
      failures += 1;
    }
  }

  void run();
  return () => end.abort();
}
