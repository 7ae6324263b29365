// Reads a stream of server-sent events. EventSource cannot send a token in a header, so this reads it with fetch.
import { reconnectDelay } from '../../../../shared/backoff.ts';
import { type Clock, sleep } from '../clock.ts';
import type { Caller } from '../relay/api.ts';

/** What reading a stream needs. */
export interface EventStreamPorts {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly random: () => number;
  /** The relay and the token, read for each connection. */
  caller(): Caller;
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

/**
 * Tells each event until it is ended, and connects again when the stream ends or breaks.
 * @param opened called for each connection, before its events
 * @returns a function that ends this
 */
export function followEvents(
  path: string,
  tell: (event: string, data: string) => void,
  { fetch, clock, random, caller }: EventStreamPorts,
  opened: () => Promise<void> = () => Promise.resolve(),
): () => void {
  const end = new AbortController();
  let failures = 0;

  async function read(): Promise<void> {
    const { server, auth } = caller();
    const response = await fetch(server + path, {
      headers: { authorization: `Bearer ${auth}`, accept: 'text/event-stream' },
      signal: end.signal,
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    failures = 0;
    const readText = createEventReader((event, data) => {
      if (!end.signal.aborted) tell(event, data);
    });
    await opened();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) readText(piece.value);
  }

  async function run(): Promise<void> {
    while (!end.signal.aborted) {
      await read().catch(() => {});
      if (end.signal.aborted) break;
      await sleep(clock, reconnectDelay(failures, random()));
      failures += 1;
    }
  }

  void run();
  return () => end.abort();
}
