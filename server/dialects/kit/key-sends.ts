// A message by a key: the key is in the path or in a field of the request and says where the message goes, if the sender says
// nothing else. Every dialect whose senders know only a key sends with this.
import { type Content, readContent } from '../../../shared/content.ts';
import type { SendType } from '../../../shared/message.ts';
import type { Authenticator } from '../../access/authenticator.ts';
import type { BodyBudget } from '../../access/body-budget.ts';
import type { Key } from '../../access/keys.ts';
import { type Principal, senderOf } from '../../access/principal.ts';
import { sha256 } from '../../base/digest.ts';
import { RelayError } from '../../base/errors.ts';
import type { Device } from '../../delivery/device.ts';
import { readIdempotency, type SendOptions } from '../../messages/options.ts';
import type { Publish } from '../../messages/publish.ts';
import type { Published } from '../../messages/publish-now.ts';
import { sourceOf } from './caller.ts';
import { readFields, type SentFields, type SentFile, withFileNames } from './fields.ts';
import { isNavigation, isSpeculative } from './guards.ts';
import { PAGE_HEADERS } from './html.ts';
import { htmlToMarkdown } from './html-to-markdown.ts';
import type { HttpAnswer, HttpRequest } from './http-message.ts';
import type { Admit } from './send-as.ts';
import { sendPage } from './send-page.ts';

/** What sending by a key needs of the relay. */
export interface KeySendPorts {
  readonly access: Pick<Authenticator, 'key'>;
  readonly publish: Publish;
  readonly admit: Admit;
  readonly bodyBudget: BodyBudget;
  readonly devices: { get(name: string): Device | undefined; groups(): readonly string[] };
}

/** The sections of the config that it reads. Sizes in bytes, times in ms. */
export interface KeySendSections {
  readonly http: { readonly maxBody: number; readonly maxWaitTimeout: number };
}

/** A caller that showed a key. */
export type KeyCaller = Principal & { readonly key: Key };

/** Where a message goes. */
export interface KeyTarget {
  readonly sendType: SendType;
  readonly target: string;
}

/** One message. */
export interface KeySend {
  readonly content: Content;
  /** By default the target of the key. A caller without a key needs one to which it may send. */
  readonly to?: KeyTarget | undefined;
  readonly options?: SendOptions | undefined;
  /** Identifies the event that is told: a repeat is answered as the first time. */
  readonly repeats?: string | undefined;
  /** The template that the payload was read with, for the owner. */
  readonly template?: string;
  /** How long to wait for the recipients, in ms; by default what `wait` of the query says. */
  readonly wait?: number;
}

/** Sends for one dialect. */
export interface KeySends {
  /**
   * Who shows a key.
   * @param path for the log, without the key
   * @throws RelayError `unauthorized` or `revoked` for what is no key, `forbidden` for a key that sends nothing, `too_many` after many wrong ones
   */
  caller(request: HttpRequest, shown: string, path: string): Promise<KeyCaller>;
  /** The fields of a request whose key is in its path. @throws RelayError as {@link readFields} */
  fields(request: HttpRequest): Promise<SentFields>;
  /**
   * The fields of a request whose key or keys are among them, and the callers. Strangers may send only so many bytes.
   * @param keysOf finds the keys. Wrong ones among right ones are left out
   * @throws RelayError as `caller` and `fields`; that of the first key if none is right
   */
  keyed(
    request: HttpRequest,
    keysOf: (fields: SentFields) => readonly string[],
  ): Promise<{ readonly caller: KeyCaller; readonly callers: readonly KeyCaller[]; readonly fields: SentFields }>;
  /**
   * What a request gets in place of a send if no program made it: HEAD sends nothing, and a browser gets a page with a button.
   * @param secrets names of parameters that the page does not show
   * @throws RelayError `forbidden` for a prefetch or a preview
   */
  guard(request: HttpRequest, secrets: readonly string[]): HttpAnswer | undefined;
  /**
   * Sends a message, after waiting for its recipients as long as `wait` of the query says.
   * @throws RelayError `not_found` if no one is there, and as `Admit` and `Publish`
   */
  send(request: HttpRequest, caller: Principal, send: KeySend): Promise<Published>;
}

/** The most keys of one request. */
const MAX_KEYS = 100;

/** Makes it. @param dialect its name, for the log and for the uses of keys */
export function createKeySends(dialect: string, ports: KeySendPorts, { http }: KeySendSections): KeySends {
  async function caller(request: HttpRequest, shown: string, path: string): Promise<KeyCaller> {
    const found = await ports.access.key(shown, sourceOf(request, dialect, path));
    const { key } = found;
    if (key === undefined) throw new RelayError('unauthorized', 'a key is needed');
    if (!found.may('send')) throw new RelayError('forbidden', 'this key may not send');
    return { ...found, key };
  }

  async function send(
    request: HttpRequest,
    from: Principal,
    { content, to, template, wait = readWait(request.parameter('wait'), http.maxWaitTimeout) }: KeySend,
    options: SendOptions | undefined,
  ): Promise<Published> {
    const target = to ?? defaultTarget(from.key, ports.devices);
    const idempotency = readIdempotency(request.header('idempotency-key') || undefined);
    await from.proof?.();
    const draft = { ...target, from: { method: 'http', name: '' } as const, content };
    const admitted = await ports.admit(from, draft, { dialect, address: request.ip, template });
    // One request may send to several targets, and repeats each of them.
    const own =
      to === undefined ? idempotency : idempotency && `to:${sha256(JSON.stringify([idempotency, to])).toString('hex')}`;
    const all = own === undefined ? options : { ...options, idempotency: own };
    const published = await ports.publish(admitted, wait, all, senderOf(from));
    const isLost = published.isRepeat !== true && [...published.statuses.values()].every((one) => one === 'no');
    if (isLost) throw noRecipient(target);
    return published;
  }

  return {
    caller,
    fields: (request) => readFields(request, http.maxBody),
    async keyed(request, keysOf) {
      const lease = ports.bodyBudget.take(request.ip, request.headers['content-length'], http.maxBody);
      const fields = await readFields(request, lease.limit);
      const [first = '', ...others] = keysOf(fields).slice(0, MAX_KEYS);
      const tried = [];
      for (const shown of [first, ...others]) tried.push(await settled(caller(request, shown, request.path)));
      const callers = tried.flatMap((one) => (one instanceof RelayError ? [] : [one]));
      const [found] = callers;
      if (found === undefined) throw tried[0];
      lease.refund();
      return { caller: found, callers, fields };
    },
    guard({ method, headers, query }, secrets) {
      if (method === 'HEAD') return { status: 200, headers: {}, body: '' };
      if (method !== 'GET') return undefined;
      if (isSpeculative(headers)) throw new RelayError('forbidden', 'a prefetch or preview sends nothing');
      if (!isNavigation(headers)) return undefined;
      const isSecret = ([name]: readonly [string, string]) => secrets.includes(name);
      const shown = query.filter((pair) => !isSecret(pair));
      return { status: 200, headers: PAGE_HEADERS, body: sendPage('Herald', shown, query.filter(isSecret)) };
    },
    async send(request, from, message) {
      const { repeats, options } = message;
      if (repeats === undefined) return send(request, from, message, options);
      const idempotency = `event:${sha256(repeats).toString('hex')}`;
      try {
        return await send(request, from, message, { ...options, idempotency });
      } catch (error) {
        if (!(error instanceof RelayError) || error.code !== 'conflict') throw error;
        // The program used the same id for another event, which must not be lost.
        return send(request, from, message, options);
      }
    },
  };
}

/** What a promise gives, or the refusal that it fails with. */
async function settled<T>(work: Promise<T>): Promise<T | RelayError> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RelayError) return error;
    throw error;
  }
}

function noRecipient({ sendType, target }: KeyTarget): RelayError {
  return new RelayError(
    'not_found',
    sendType === 'group' ? `nobody is in the group ${target}` : `there is no device ${target}`,
  );
}

/**
 * Where messages of a key go that name no target.
 * @throws RelayError `not_found` if the key has only patterns
 */
export function defaultTarget(key: Key | undefined, devices: KeySendPorts['devices']): KeyTarget {
  if (key === undefined) throw new RelayError('not_found', 'no target is named');
  const { device, group, send = [] } = key.settings;
  if (device !== undefined) return { sendType: 'personal', target: device };
  const target = group ?? send.find((one) => !one.includes('*'));
  if (target === undefined) throw new RelayError('not_found', `the key ${key.name} has no default target`);
  const isGroup = group !== undefined || (devices.get(target) === undefined && devices.groups().includes(target));
  return { sendType: isGroup ? 'group' : 'personal', target };
}

/** The ms that a sender waits. @throws RelayError `invalid` unless it is a whole number */
function readWait(text: string | undefined, most: number): number {
  if (text === undefined) return 0;
  if (!/^\d{1,15}$/.test(text)) throw new RelayError('invalid', 'wait must be a whole number of milliseconds');
  return Math.min(Number(text), most);
}

/** The longest body of one line that is a title. */
const MAX_TITLE = 100;

/** What a dialect made of its fields. */
export interface KeyMessage {
  readonly title: string;
  readonly body: string;
  /** What the body is written in; by default Markdown. */
  readonly format?: 'text' | 'markdown' | 'html' | undefined;
  /** Names of the sender first, then those that have a meaning here. Undefined ones are left out. */
  readonly extra: Iterable<readonly [name: string, value: unknown]>;
  readonly tags?: readonly string[] | undefined;
  readonly files?: readonly SentFile[];
}

/** The content of a message. Without a title, the first line of the body is the title; the key's name is, if that is too long. */
export function keyContent({ title, body, format = 'markdown', extra, tags = [], files = [] }: KeyMessage): Content {
  const whole = format === 'html' ? htmlToMarkdown(body) : body;
  const [text, rest] = title.trim() === '' ? splitTitle(whole) : [title, whole];
  const given = [
    ...extra,
    ['tags', tags.length === 0 ? undefined : tags] as const,
    ['markdown', format === 'text' ? 0 : undefined] as const,
  ].filter(([, value]) => value !== undefined);
  return readContent({ text, desp: withFileNames(rest, files), extra: Object.fromEntries(given) });
}

function splitTitle(body: string): readonly [title: string, rest: string] {
  const trimmed = body.trim();
  const [first = '', ...rest] = trimmed.split('\n');
  // A block of code has no first line for a title.
  if (first.startsWith('```') || (rest.length === 0 && first.length > MAX_TITLE)) return ['', body];
  return [first.trim(), rest.join('\n').trim()];
}
