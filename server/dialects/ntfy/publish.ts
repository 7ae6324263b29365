// Publishing: reads the body, sends the message, and answers with it.
import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { type Content, plainContent } from '../../../shared/content.ts';
import { lastPart } from '../../../shared/links.ts';
import { type Principal, senderOf } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import type { Draft } from '../../delivery/message.ts';
import { attachmentOf, type Upload } from '../../messages/attachments/attachments.ts';
import { readIdempotency } from '../../messages/options.ts';
import type { HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import { mayUse } from './caller.ts';
import { readDelay } from './delay.ts';
import { NtfyError } from './errors.ts';
import { type Fields, readPriorityText } from './fields.ts';
import { contentOf, messageEvent, type NtfyMessage, type Publication } from './message.ts';
import type { NtfyPorts, NtfySections } from './ports.ts';
import { runTemplate } from './template/run.ts';
import { readSequence } from './topics.ts';

/** How long a file is kept, in ms. */
const FILE_TTL = 3 * 3_600_000;

/** The words of `template` that say that the parameters are templates. */
const WORDS: ReadonlySet<string> = new Set(['1', 'yes', 'true', '0', 'no', 'false']);
/** Longest JSON for templates, in bytes. */
const MAX_DATA = 131_072;

/** The body of a publication. */
export interface PublicationBody {
  /** The whole body; undefined if it has more bytes than that. */
  peek(limit: number): Promise<Buffer | undefined>;
  stream(limit: number): Readable;
}

/** The body of a request. */
export function requestBody(request: HttpRequest): PublicationBody {
  return { peek: (limit) => request.peek(limit), stream: (limit) => request.stream(limit, true) };
}

/** A text as a body. */
export function textBody(text: string): PublicationBody {
  const bytes = Buffer.from(text);
  return {
    peek: async (limit) => (bytes.length > limit ? undefined : bytes),
    stream: () => Readable.from([bytes]),
  };
}

/** What the body adds to the fields. */
type BodyParts = Partial<Pick<Publication, 'title' | 'message' | 'priority' | 'isBase64' | 'attachment'>> & {
  readonly upload?: Upload;
};

/** An answer with one JSON object. */
export function jsonLine(value: object): HttpAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` };
}

/** Who publishes, and how the request came in. */
export interface Publisher {
  readonly request: HttpRequest;
  readonly caller: Principal;
}

interface Sent {
  readonly id: string;
  /** When it is told, in ms since 1970; undefined for now. */
  readonly at: number | undefined;
  readonly content: Content;
  readonly isRepeat: boolean;
}

/** Publishes messages. */
export interface Publishing {
  /** @throws NtfyError 40301 unless the caller may send to the topic */
  requireSend(publisher: Publisher, topic: string): Promise<void>;
  publish(publisher: Publisher, fields: Fields, body: PublicationBody): Promise<NtfyMessage>;
}

/** Makes it. @param published is told of each message */
export function createPublishing(ports: NtfyPorts, config: NtfySections, published: () => void): Publishing {
  const { clock, messageIds, attachments } = ports;
  const { messageSizeLimit } = config.ntfy;
  const { historyTtl } = config.storage;
  const entranceOf = ({ ip }: HttpRequest) => ({ dialect: 'ntfy', address: ip });

  function draftOf(topic: string, content: Draft['content'], isKept: boolean): Draft {
    const sendType = ports.devices.groups().includes(topic) ? 'group' : 'personal';
    return { sendType, target: topic, from: { method: 'http', name: '' }, content, feed: isKept, byName: true };
  }

  async function upload({ caller }: Publisher, body: PublicationBody, name: string): Promise<Upload> {
    if (attachments === undefined) throw new NtfyError(40014);
    const facts = { name: name === '' ? undefined : name, by: caller, ttl: Math.min(FILE_TTL, historyTtl) };
    return attachments.receive(body.stream(attachments.maxSize), facts);
  }

  async function asFile(publisher: Publisher, body: PublicationBody, fields: Fields): Promise<BodyParts> {
    const { filename } = fields;
    const made = await upload(publisher, body, filename);
    const { name = '', type = '', ...rest } = attachmentOf(made.file, ports.publicUrl(publisher.request));
    const ending = type.startsWith('text/plain') ? '.txt' : '.bin';
    const shown = filename === '' && !name.includes('.') ? `${name}${ending}` : name;
    return {
      upload: made,
      attachment: { ...rest, name: shown, type },
      message: fields.message === '' ? `You received a file: ${shown}` : fields.message,
    };
  }

  /** The text of a body; longer than a message, it is cut. */
  async function cutText(body: PublicationBody): Promise<string> {
    const bytes = await body.peek(config.http.maxBody);
    if (bytes === undefined) throw new NtfyError(41301);
    if (!isUtf8(bytes)) throw new NtfyError(40011);
    if (bytes.length <= messageSizeLimit) return bytes.toString().trim();
    // A character that is cut in two is left out.
    return new TextDecoder().decode(bytes.subarray(0, messageSizeLimit), { stream: true }).trim();
  }

  /** Fills the templates of the parameters with the JSON of the body. */
  async function fill(body: PublicationBody, { template, message, title, priority }: Fields): Promise<BodyParts> {
    // Any other word is the name of a template that the server has.
    if (!WORDS.has(template.toLowerCase())) throw new NtfyError(40047);
    const bytes = await body.peek(MAX_DATA);
    if (bytes === undefined) throw new NtfyError(41303);
    let data: unknown;
    try {
      data = JSON.parse(bytes.toString());
    } catch (cause) {
      throw new NtfyError(40042, '', { cause });
    }
    const filled = (one: string) => runTemplate(one, data, clock.now);
    const [text, name] = [filled(message), filled(title)];
    const isLong = [text, name].some((one) => Buffer.byteLength(one) > messageSizeLimit);
    if (isLong) throw new NtfyError(40041);
    return { message: text, title: name, priority: readPriorityText(filled(priority)) };
  }

  async function readBody(publisher: Publisher, body: PublicationBody, fields: Fields): Promise<BodyParts> {
    const { attach, filename, isUnifiedPush } = fields;
    if (isUnifiedPush) {
      const bytes = await body.peek(messageSizeLimit);
      if (bytes === undefined) throw new NtfyError(41303);
      return isUtf8(bytes) ? { message: bytes.toString() } : { message: bytes.toString('base64'), isBase64: true };
    }
    if (attach !== '') {
      const name = filename || lastPart(attach) || 'attachment';
      const text = (await cutText(body)) || fields.message || `You received a file: ${name}`;
      return { attachment: { name, url: attach }, message: text };
    }
    if (filename !== '') return asFile(publisher, body, fields);
    if (fields.template !== '') return fill(body, fields);
    const bytes = await body.peek(messageSizeLimit);
    if (bytes === undefined || !isUtf8(bytes)) return asFile(publisher, body, fields);
    const text = bytes.toString().trim();
    return text === '' ? {} : { message: text };
  }

  /** Sends it. Its content has what the key adds. */
  async function send({ request, caller }: Publisher, draft: Draft, dueAt: number | undefined): Promise<Sent> {
    const { key } = draft.content;
    const admitted = await ports.admit(caller, draft, entranceOf(request));
    const idempotency = readIdempotency(request.header('idempotency-key') || undefined);
    const timing = dueAt === undefined ? undefined : { dueAt, given: String(Math.floor(dueAt / 1000)) };
    // A later message of a sequence takes the place of one that waits.
    if (key !== undefined) await ports.timed.cancelKey(draft.target, key);
    const isPlain = timing === undefined && idempotency === undefined;
    const options = isPlain ? undefined : { timing, idempotency };
    try {
      const { mid, scheduled, isRepeat = false } = await ports.publish(admitted, 0, options, senderOf(caller));
      // A request that may be repeated is answered with the message that is stored.
      const stored = idempotency === undefined || mid === '' ? undefined : await ports.log.find(mid);
      const id = scheduled?.id ?? stored?.message.id ?? messageIds.idOf(mid);
      const at = scheduled?.dueAt ?? stored?.message.createdAt;
      return { id, at, isRepeat, content: stored?.message.content ?? admitted.content };
    } catch (cause) {
      // The relay keeps messages for as many names as it may.
      const isFull = timing === undefined && cause instanceof RelayError && cause.code === 'too_many';
      throw isFull ? new NtfyError(42904, '', { cause }) : cause;
    }
  }

  /** A message without a sequence has its id as one: a later message of that sequence takes its place on the devices. */
  async function replaceOwn(topic: string, sequence: string): Promise<void> {
    const number = messageIds.midOf(sequence);
    const found = number === undefined ? undefined : await ports.log.find(number);
    if (found === undefined || found.message.target !== topic || found.message.content.key !== undefined) return;
    const read = await ports.log.markRead([found.message.mid]);
    if (read.length > 0) ports.tellRead(read);
  }

  return {
    async requireSend({ caller, request }, topic) {
      if (mayUse(caller, 'send', topic)) return;
      // Counts that the key was refused.
      if (caller.key !== undefined)
        await ports.admit(caller, draftOf(topic, plainContent(''), false), entranceOf(request));
      throw new NtfyError(40301);
    },
    async publish(publisher, fields, body) {
      const { topic, isCached, delay } = fields;
      const sequence = fields.sequence === '' ? '' : readSequence(fields.sequence);
      const isFilled =
        fields.template !== '' && fields.attach === '' && fields.filename === '' && !fields.isUnifiedPush;
      const priority = isFilled ? undefined : readPriorityText(fields.priority);
      const now = clock.now();
      const dueAt = delay === '' ? undefined : readDelay(delay, now);
      const isFile = fields.filename !== '' && fields.attach === '';
      if (dueAt !== undefined && isFile && dueAt > now + FILE_TTL) throw new NtfyError(40015);
      const { upload: made, ...parts } = await readBody(publisher, body, fields);
      try {
        const { title, message, tags, click, icon, actions, isMarkdown } = fields;
        const content = contentOf({
          ...{ topic, sequence, title, message, priority, tags, click, icon, actions, isMarkdown, isCached },
          attachment: undefined,
          isBase64: false,
          ...parts,
        });
        if (dueAt !== undefined && made !== undefined && dueAt > made.file.expiresAt) throw new NtfyError(40015);
        const sent = await send(publisher, draftOf(topic, content, isCached), dueAt);
        if (sequence !== '' && dueAt === undefined) await replaceOwn(topic, sequence);
        if (!sent.isRepeat) made?.keep();
        published();
        return messageEvent(sent.id, topic, sent.content, { at: sent.at ?? now, historyTtl });
      } finally {
        await made?.discard();
      }
    },
  };
}
