// Follows the uses of a key as they come.
import type { KeyUseInfo } from '../../../../shared/api.ts';
import { parseObject } from '../../../../shared/object.ts';
import { type EventStreamPorts, followEvents } from './event-stream.ts';

/** What reading the stream needs. */
export interface UsesPorts extends EventStreamPorts {
  /** The last use that the relay has stored, for what came while there was no stream. */
  lastUse(): Promise<KeyUseInfo | null>;
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
  let last = since;
  let isOver = false;

  function take(use: KeyUseInfo): void {
    if (isOver) return;
    last = Math.max(last, use.at);
    tell(use);
  }

  const end = followEvents(
    path,
    (event, data) => {
      const use = event === 'use' ? readUse(data) : undefined;
      if (use !== undefined) take(use);
    },
    ports,
    // What came while there was no stream is the last use that the relay has stored.
    async () => {
      const missed = await ports.lastUse();
      if (missed !== null && missed.at > last) take(missed);
    },
  );
  return () => {
    isOver = true;
    end();
  };
}
