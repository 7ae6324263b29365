// Notes between tabs and the service worker. A note carries only ids and states. Its receiver reads the database.
import type { AlertInfo, AnswerInfo } from '../../../../shared/api.ts';
import type { ConnectionState } from '../model.ts';

/** A note. */
export type Note =
  /** These messages were stored or changed. */
  | { readonly kind: 'messages'; readonly ids: readonly (readonly [accountId: string, mid: string])[] }
  /** These messages were deleted. */
  | { readonly kind: 'removed'; readonly ids: readonly (readonly [accountId: string, mid: string])[] }
  | { readonly kind: 'accounts' }
  | { readonly kind: 'settings' }
  | { readonly kind: 'cursors' }
  | { readonly kind: 'push' }
  /** The states of the sockets, from the page that owns them. */
  | { readonly kind: 'connections'; readonly states: readonly (readonly [accountId: string, state: ConnectionState])[] }
  /** The open alerts of a relay. */
  | { readonly kind: 'alerts'; readonly accountId: string; readonly alerts: readonly AlertInfo[] }
  /** What became of questions of a relay. */
  | { readonly kind: 'questions'; readonly accountId: string; readonly questions: readonly AnswerInfo[] }
  /** The status of a recipient has changed. */
  | {
      readonly kind: 'status';
      readonly accountId: string;
      readonly mid: string;
      readonly name: string;
      readonly status: string;
    }
  /** The push of a delivery check has arrived in the service worker. */
  | { readonly kind: 'check'; readonly mid: string }
  /** A new page asks for the states of the sockets. */
  | { readonly kind: 'hello' }
  /** A person asks to connect this account now. */
  | { readonly kind: 'reconnect'; readonly accountId: string }
  /** Without locks, a page claims the sockets (`lead`) or gives them up (`resign`). The greatest claim wins. */
  | { readonly kind: 'lead'; readonly claim: string }
  | { readonly kind: 'resign' };

/** The part of a BroadcastChannel that the model uses. A channel never receives its own notes. */
export interface ChannelPort {
  postMessage(note: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

/** The channel of one origin and path. */
export interface Channel {
  /** Sends a note to the others. */
  post(note: Note): void;
  /** Calls `hear` with each note of the others. Returns a function that stops this. */
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

/** The ids of these messages, as notes carry them. */
export function idsOf(
  records: readonly { readonly accountId: string; readonly mid: string }[],
): (readonly [string, string])[] {
  return records.map(({ accountId, mid }) => [accountId, mid] as const);
}
