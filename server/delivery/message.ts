// Makes durable messages, and the mids that order them.
import { type Content, readContent } from '../../shared/content.ts';
import {
  type Message,
  type MessageNotice,
  type MessageSource,
  type SendType,
  toWire,
  type WireMessage,
} from '../../shared/message.ts';
import { isObject } from '../../shared/object.ts';
import type { Clock } from '../base/clock.ts';

/** A message before it is accepted. */
export interface Draft {
  readonly sendType: SendType;
  readonly target: string;
  readonly from: MessageSource;
  readonly content: Content;
  /** How long the relay tries to deliver it, in ms; by default as long as any message. */
  readonly ttl?: number;
  /** The number of its acceptance, from `MessageLog.stamp`: the log stores a message with this number only once. */
  readonly number?: string | undefined;
  /** Whether it is kept for later readers of its target, even if no one is there now. */
  readonly feed?: boolean | undefined;
  /** Whether it goes to the device and to the group of that name, to each device once, and to everyone who listens. */
  readonly byName?: boolean | undefined;
  /** Says what happened to earlier messages of the target. It goes to no device. It is stored for those who read the target. */
  readonly notice?: MessageNotice | undefined;
  /** Whether it must not ring. */
  readonly silent?: true | undefined;
  /** Whether it rings in quiet hours too. */
  readonly breaksQuiet?: true | undefined;
}

/** What the relay gives a message when it accepts it. */
export interface Stamp {
  readonly mid: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Makes the id of a mid. */
export type IdOf = (mid: string) => string;

/**
 * A message that caches its JSON on mpush's wire. The log and the wire share that text, so that it is written once for
 * all devices. The id costs a digest, so it is computed only when it is read.
 */
class RelayMessage implements Message {
  readonly sendType: SendType;
  readonly target: string;
  readonly from: MessageSource;
  readonly content: Content;
  readonly silent?: true | undefined;
  readonly breaksQuiet?: true | undefined;
  readonly mid: string;
  readonly number: string | undefined;
  readonly feed: boolean | undefined;
  readonly notice: MessageNotice | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly #idOf: IdOf;
  #text: string | undefined;
  #silenced: Message | undefined;

  constructor(
    { sendType, target, from, content, silent, breaksQuiet, number, feed, notice }: Draft,
    stamp: Stamp,
    idOf: IdOf,
    text?: string,
  ) {
    this.sendType = sendType;
    this.target = target;
    this.from = from;
    this.content = content;
    this.silent = silent === true ? silent : undefined;
    this.breaksQuiet = breaksQuiet === true ? breaksQuiet : undefined;
    this.mid = stamp.mid;
    this.number = number;
    this.feed = feed;
    this.notice = notice;
    this.createdAt = stamp.createdAt;
    this.expiresAt = stamp.expiresAt;
    this.#idOf = idOf;
    this.#text = text;
  }

  get id(): string {
    return this.#idOf(this.number ?? this.mid);
  }

  /** The same message, made once for all devices. */
  static silenced(message: Message): Message {
    if (message.silent === true) return message;
    if (!(#idOf in message)) return { ...message, silent: true };
    message.#silenced ??= new RelayMessage({ ...message, silent: true }, message, message.#idOf);
    return message.#silenced;
  }

  static textOf(message: Message): string {
    if (!(#text in message)) return JSON.stringify(toWire(message));
    message.#text ??= JSON.stringify(toWire(message));
    return message.#text;
  }
}

/** What the log stores behind the text of a message. Most messages have nothing of it. */
export interface Marks {
  readonly number?: string | undefined;
  readonly feed?: boolean | undefined;
  readonly notice?: MessageNotice | undefined;
}

/** Begins the marks. It is escaped in JSON, so that no text contains it. */
const BREAK = '\n';

/** The marks of a message as the log stores them behind its text. */
export function marksText({ number, feed, notice }: Marks): string {
  if (number === undefined && feed !== true && notice === undefined) return '';
  return `${BREAK}${JSON.stringify([{ number, feed, notice } satisfies Marks])}`;
}

/** The text of a message as the log stores it. */
export function storedText(message: Message): string {
  return wireText(message) + marksText(message);
}

/** Takes a stored text apart: the JSON on mpush's wire and the marks. */
export function splitStored(stored: string): { readonly text: string; readonly marks: Marks } {
  // Without marks, it ends with the brace of the message.
  if (stored.endsWith('}')) return { text: stored, marks: {} };
  const end = stored.indexOf(BREAK);
  if (end < 0) return { text: stored, marks: {} };
  try {
    const [marks]: unknown[] = JSON.parse(stored.slice(end + 1));
    const { number, feed, notice } = isObject(marks) ? marks : {};
    const [hasNumber, isFeed] = [typeof number === 'string', feed === true];
    const told = readNotice(notice);
    return {
      text: stored.slice(0, end),
      marks: {
        ...(hasNumber ? { number: String(number) } : {}),
        ...(isFeed ? { feed: true } : {}),
        ...(told === undefined ? {} : { notice: told }),
      },
    };
  } catch {
    return { text: stored, marks: {} };
  }
}

function readNotice(value: unknown): MessageNotice | undefined {
  if (!isObject(value)) return undefined;
  const { kind, key } = value;
  return (kind === 'clear' || kind === 'delete') && typeof key === 'string' ? { kind, key } : undefined;
}

/** The message as JSON on mpush's wire. The log stores the same text. */
export function wireText(message: Message): string {
  return RelayMessage.textOf(message);
}

/** The same message, which must not ring. */
export function silenced(message: Message): Message {
  return RelayMessage.silenced(message);
}

/** The bytes of a message on disk and on the wire. In memory, it takes about as many. */
export function sizeOf(message: Message): number {
  return Buffer.byteLength(wireText(message));
}

/** What {@link createMessageFactory} needs. */
export interface MessageFactoryPorts {
  readonly clock: Clock;
  /** The greatest mid before this start. */
  readonly lastMid: string;
  /** How long the relay tries to deliver a message, in ms. */
  readonly ttl: number;
  readonly idOf: IdOf;
}

/**
 * Makes the function that creates all messages of a relay. Mids are `max(now in ms, last + 1)`: they never repeat, and
 * mpush's clients can read them as times.
 */
export function createMessageFactory({ clock, lastMid, ttl, idOf }: MessageFactoryPorts): (draft: Draft) => Message {
  let latest = Number(lastMid);
  return (draft) => {
    const createdAt = clock.now();
    latest = Math.max(createdAt, latest + 1);
    const stamp = { mid: String(latest), createdAt, expiresAt: createdAt + (draft.ttl ?? ttl) };
    return messageOf(draft, stamp, idOf);
  };
}

/** @param value what `JSON.parse` gave: none of the names below can be inherited */
function isWireMessage(value: unknown): value is WireMessage {
  if (!isObject(value)) return false;
  const { sendType, target, from, message, mid } = value;
  return (
    (sendType === 'personal' || sendType === 'group') &&
    typeof target === 'string' &&
    typeof mid === 'string' &&
    isObject(from) &&
    typeof from['method'] === 'string' &&
    typeof from['name'] === 'string' &&
    isObject(message) &&
    typeof message['text'] === 'string' &&
    typeof message['desp'] === 'string' &&
    isObject(message['extra'])
  );
}

function parseStored(text: string, mid: string): WireMessage | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isWireMessage(value) && value.mid === mid ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The marks that an entry of a history has. */
export function entryMarks({ number, notice }: Marks): { readonly number?: string; readonly notice?: MessageNotice } {
  return { ...(number === undefined ? {} : { number }), ...(notice === undefined ? {} : { notice }) };
}

/** Whether {@link storedText} wrote this text for this mid. */
export function isStoredMessage(stored: string, mid: string): boolean {
  return parseStored(splitStored(stored).text, mid) !== undefined;
}

/** The message of a draft. */
export function messageOf(draft: Draft, stamp: Stamp, idOf: IdOf): Message {
  return new RelayMessage(draft, stamp, idOf);
}

/** A message that was stored. @param text what {@link wireText} wrote for it */
export function storedMessage(wire: WireMessage, text: string, stamp: Stamp, idOf: IdOf, marks: Marks = {}): Message {
  const { sendType, target, from, message, silent, quiet } = wire;
  const breaksQuiet = quiet === 'break' ? (true as const) : undefined;
  const draft = { sendType, target, from, content: readContent(message), silent, breaksQuiet, ...marks };
  return new RelayMessage(draft, stamp, idOf, text);
}

/** Reads a message from the text that {@link storedText} wrote; undefined if the text is damaged. */
export function readStoredMessage(stored: string, stamp: Stamp, idOf: IdOf): Message | undefined {
  const { text, marks } = splitStored(stored);
  const value = parseStored(text, stamp.mid);
  return value === undefined ? undefined : storedMessage(value, text, stamp, idOf, marks);
}

/** The message of an entry of a history; undefined if it is damaged. */
export function entryMessage(
  { text, number, notice, ...stamp }: Stamp & Omit<Marks, 'feed'> & { readonly text: string },
  idOf: IdOf,
): Message | undefined {
  return readStoredMessage(text + marksText({ number, notice }), stamp, idOf);
}
