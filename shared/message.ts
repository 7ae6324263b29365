// Shared by the relay, the page and the service worker: messages, packets, statuses. Imports nothing.

/** Whether a message goes to one device or to every device of a group. */
export type SendType = 'personal' | 'group';

/** What the sender wrote. `desp` is Markdown; `extra` holds every parameter the relay gives no meaning to. */
export interface MessageBody {
  text: string;
  desp: string;
  extra: Record<string, unknown>;
}

/** Who sent it: `name` is `""` for an anonymous HTTP sender. */
export interface MessageSource {
  method: 'http' | 'websocket';
  name: string;
}

/** A durable message, keys in the order in which mpush sends them. `mid` is a decimal integer, strictly increasing. */
export interface Message {
  sendType: SendType;
  target: string;
  from: MessageSource;
  message: MessageBody;
  mid: string;
}
