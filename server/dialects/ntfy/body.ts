// The body of a publication: a text, a file, or the data of templates.
import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { lastPart } from '../../../shared/links.ts';
import type { Principal } from '../../access/principal.ts';
import { attachmentOf, type Upload } from '../../messages/attachments/attachments.ts';
import { runTemplate, TemplateFault, type TemplateFaultKind } from '../../templates/language/run.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import { type NtfyCode, NtfyError } from './errors.ts';
import { type Fields, readPriorityText } from './fields.ts';
import type { Publication } from './message.ts';
import type { NtfyPorts, NtfySections } from './ports.ts';
import { cutBytes, type ReadPayload, toldBy } from './program.ts';

/** How long a file is kept, in ms. */
export const FILE_TTL = 3 * 3_600_000;

/** The words of `template` that say that the parameters are templates. */
const WORDS: ReadonlySet<string> = new Set(['1', 'yes', 'true', '0', 'no', 'false']);
const APK = 'application/vnd.android.package-archive';
/** Longest JSON for templates, in bytes. */
const MAX_DATA = 131_072;

const FAULTS: Readonly<Record<TemplateFaultKind, NtfyCode>> = {
  syntax: 40043,
  disallowed: 40044,
  failed: 40045,
  time: 40055,
  size: 40056,
};

/** Who publishes, and how the request came in. */
export interface Publisher {
  readonly request: HttpRequest;
  readonly caller: Principal;
}

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
export type BodyParts = Partial<Omit<Publication, 'topic' | 'sequence' | 'isCached'>> & {
  readonly upload?: Upload;
  /** The template that the body was read with. */
  readonly as?: string;
};

/** Reads the body. The caller discards an upload if nothing is sent. @throws NtfyError */
export type ReadBody = (publisher: Publisher, body: PublicationBody, fields: Fields) => Promise<BodyParts>;

/** Makes the reader. */
export function createReadBody(ports: NtfyPorts, config: NtfySections): ReadBody {
  const { clock, attachments } = ports;
  const { messageSizeLimit } = config.ntfy;
  const { historyTtl } = config.storage;

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
      // The app for Android installs such a file, if it is told so.
      attachment: { ...rest, name: shown, type: /\.apk$/i.test(shown) ? APK : type },
      message: fields.message === '' ? `You received a file: ${shown}` : fields.message,
    };
  }

  /** The text of a body; longer than a message, it is cut. */
  async function cutText(body: PublicationBody): Promise<string> {
    const bytes = await body.peek(config.http.maxBody);
    if (bytes === undefined) throw new NtfyError(41301);
    if (!isUtf8(bytes)) throw new NtfyError(40011);
    return cutBytes(bytes, messageSizeLimit);
  }

  async function readData(body: PublicationBody): Promise<Buffer> {
    const bytes = await body.peek(MAX_DATA);
    if (bytes === undefined) throw new NtfyError(41303);
    return bytes;
  }

  /** Fills the templates of the parameters with the JSON of the body. */
  async function fill(body: PublicationBody, { message, title, priority }: Fields): Promise<BodyParts> {
    const bytes = await readData(body);
    let data: unknown;
    try {
      data = JSON.parse(bytes.toString());
    } catch (cause) {
      throw new NtfyError(40042, '', { cause });
    }
    const filled = (one: string) => {
      try {
        return runTemplate(one, data, { now: clock.now });
      } catch (cause) {
        if (!(cause instanceof TemplateFault)) throw cause;
        const isExplained = cause.kind === 'syntax' || cause.kind === 'failed';
        throw new NtfyError(FAULTS[cause.kind], isExplained ? cause.message : '', { cause });
      }
    };
    const [text, name] = [filled(message), filled(title)];
    const isLong = [text, name].some((one) => Buffer.byteLength(one) > messageSizeLimit);
    if (isLong) throw new NtfyError(40041);
    return { message: text, title: name, priority: readPriorityText(filled(priority)) };
  }

  return async (publisher, body, fields) => {
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
    if (fields.template !== '') {
      if (WORDS.has(fields.template.toLowerCase())) return fill(body, fields);
      // Any other word is the name of a template that the server has.
      const found = await ports.templates.find(fields.template);
      if (found === undefined) throw new NtfyError(40047);
      const { request } = publisher;
      const read: ReadPayload = (payload, as = found) => ports.templates.read(payload, as, '');
      return toldBy(read, await readData(body), request, fields, messageSizeLimit);
    }
    const bytes = await body.peek(messageSizeLimit);
    if (bytes === undefined || !isUtf8(bytes)) return asFile(publisher, body, fields);
    const text = bytes.toString().trim();
    return text === '' ? {} : { message: text };
  };
}
