// Messages, for the relay, the page and the service worker: in memory, and on mpush's wire.
import { type Content, type WireBody, writeContent } from './content.ts';
import type { Digest } from './quiet.ts';

/** Whether a message goes to one device or to every device of a group. */
export type SendType = 'personal' | 'group';

/** Who sent it: `name` is `""` for an anonymous HTTP sender. */
export interface MessageSource {
  readonly method: 'http' | 'websocket';
  readonly name: string;
}

/** Notifications that are out of date. It comes in a push of its own, for pages that are closed. */
export interface Retraction {
  /** The messages whose notifications go, the latest last. */
  readonly mids: readonly string[];
  /** Their key, if they have one. */
  readonly key?: string;
  /** Of the latest; `""` if it must no longer be shown. */
  readonly title: string;
  /** `clear`: they were read elsewhere. `delete`: they are gone. `settled`: their question is over. */
  readonly why: 'clear' | 'delete' | 'settled';
  /** How the question ended. */
  readonly outcome?: {
    readonly kind: 'choice' | 'text' | 'acknowledge';
    readonly state: 'answered' | 'expired' | 'cancelled';
    readonly answer?: string;
    /** Name of the device, key or person that answered. */
    readonly by?: string;
  };
}

/** The messages of a key were cleared or deleted. */
export interface MessageNotice {
  readonly kind: 'clear' | 'delete';
  readonly key: string;
}

/** A durable message. */
export interface Message {
  readonly sendType: SendType;
  /** Name of the device or the group. */
  readonly target: string;
  readonly from: MessageSource;
  readonly content: Content;
  /** Whether it must not ring: a repeat of its alert, or the sender wants it so. */
  readonly silent?: true | undefined;
  /** Whether it rings in quiet hours too, because the sender wants it so. */
  readonly breaksQuiet?: true | undefined;
  /** A decimal integer, unique and strictly increasing. It orders messages and says nothing else. */
  readonly mid: string;
  /** 12 characters, made from the mid or the number, and a secret of the relay. */
  readonly id: string;
  /** The number of its acceptance, if it had one before its mid. Then the id is made from it. */
  readonly number?: string | undefined;
  /** Whether it is kept for later readers of its target, even if no one is there now. */
  readonly feed?: boolean | undefined;
  /** Says what happened to earlier messages of the target. Such a message goes to no device. */
  readonly notice?: MessageNotice | undefined;
  /** When the relay accepted it, ms since 1970. */
  readonly createdAt: number;
  /** When the relay stops trying to deliver it, ms since 1970. */
  readonly expiresAt: number;
  /** Not a message, but what became of earlier ones. No sender can set it. */
  readonly retract?: Retraction;
  /** Not a message, but how much was held back. No sender can set it. */
  readonly digest?: Digest;
}

/** A message on mpush's wire, keys in the order in which mpush writes them. */
export interface WireMessage {
  readonly sendType: SendType;
  readonly target: string;
  readonly from: MessageSource;
  readonly message: WireBody;
  /** Whether it must not ring. mpush's clients do not know this field, and ignore it. */
  readonly silent?: true;
  /** Whether it rings in quiet hours too. */
  readonly quiet?: 'break';
  readonly mid: string;
  /** When the relay accepted it, ms since 1970. Only Herald's own clients get it. */
  readonly createdAt?: number;
  /** Only in pushes to Herald's own service worker. */
  readonly retract?: Retraction;
  /** The same. */
  readonly digest?: Digest;
}

/** The message on mpush's wire. The keys are written out, because receivers may rely on their order. */
export function toWire(message: Message): WireMessage {
  const { sendType, target, from, content, silent, breaksQuiet, mid, retract, digest } = message;
  const { text, desp, extra } = writeContent(content);
  return {
    sendType,
    target,
    from: { method: from.method, name: from.name },
    message: { text, desp, extra },
    ...(silent === true ? { silent } : {}),
    ...(breaksQuiet === true ? { quiet: 'break' } : {}),
    mid,
    ...(retract === undefined ? {} : { retract }),
    ...(digest === undefined ? {} : { digest }),
  };
}
