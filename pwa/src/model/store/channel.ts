// What pages and the service worker tell each other. Notes carry ids and states; what they are about is read from the store.
import type { ConnectionState } from '../model.ts';

/** One note. */
export type Note =
  /** These messages were stored or changed. */
  | { readonly kind: 'messages'; readonly ids: readonly (readonly [accountId: string, mid: string])[] }
  /** These messages were deleted. */
  | { readonly kind: 'removed'; readonly ids: readonly (readonly [accountId: string, mid: string])[] }
  | { readonly kind: 'accounts' }
  | { readonly kind: 'settings' }
  | { readonly kind: 'cursors' }
  | { readonly kind: 'push' }
  /** How the sockets stand, from the page that holds them. */
  | { readonly kind: 'connections'; readonly states: readonly (readonly [accountId: string, state: ConnectionState])[] }
  /** Some recipient of a message has moved on. */
  | {
      readonly kind: 'status';
      readonly accountId: string;
      readonly mid: string;
      readonly name: string;
      readonly status: string;
    }
  /** The push of a delivery check has arrived in the service worker. */
  | { readonly kind: 'check'; readonly mid: string }
  /** A page has come and wants to know how the sockets stand. */
  | { readonly kind: 'hello' }
  /** A person wants this account connected at once. */
  | { readonly kind: 'reconnect'; readonly accountId: string }
  /** Where there are no locks: a page takes the sockets over, or leaves them. The claim that is the greatest wins. */
  | { readonly kind: 'lead'; readonly claim: string }
  | { readonly kind: 'resign' };

/** The part of a BroadcastChannel that is used; it never hears itself. */
export interface ChannelPort {
  postMessage(note: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

/** The notes of one origin and path. */
export interface Channel {
  /** Tells the others; this page itself hears nothing of it. */
  post(note: Note): void;
  /** Hears the others. Returns how to stop. */
  listen(hear: (note: Note) => void): () => void;
  close(): void;
}

/** Wraps a BroadcastChannel. */
export function createChannel(port: ChannelPort): Channel {
  const listeners = new Set<(note: Note) => void>();
  port.onmessage = ({ data }: MessageEvent) => {
    for (const hear of [...listeners]) hear(data as Note);
  };
  return {
    post: (note) => port.postMessage(note),
    listen(hear) {
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
    close: () => port.close(),
  };
}

/** The note for these messages. */
export function idsOf(
  records: readonly { readonly accountId: string; readonly mid: string }[],
): (readonly [string, string])[] {
  return records.map(({ accountId, mid }) => [accountId, mid] as const);
}
