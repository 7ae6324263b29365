// Pictures of applications. What an owner uploads is kept among the documents of the relay.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { sha256 } from '../../base/digest.ts';
import { RelayError } from '../../base/errors.ts';
import { kindOf } from '../../messages/attachments/content-type.ts';
import type { Documents } from '../../messages/documents.ts';
import { essenceOf } from '../kit/body.ts';
import type { HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import { readMultipart } from '../kit/multipart.ts';
import { invalid } from './errors.ts';

/** The picture of applications that have none, below the address of the relay. */
export const DEFAULT_PICTURE = 'static/defaultapp.png';
/** Most bytes of an upload. */
export const MAX_PICTURE = 1_048_576;

const TYPES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif']);
const ENDING = /\.(?:gif|png|jpe?g)$/i;
const NAME = /^app-(\d{1,10})-([\da-f]{16})\.(?:gif|png|jpg)$/;

/** The pictures of one relay. */
export interface Pictures {
  /** Where the picture of an application is, below the address of the relay; undefined if no one uploaded one. */
  pathOf(number: number): Promise<string | undefined>;
  /** Keeps what a request uploads. @throws RelayError `invalid` in Gotify's words, `too_large` */
  upload(request: HttpRequest, number: number): Promise<void>;
  /** @returns whether there was one */
  remove(number: number): Promise<boolean>;
  /** @param name the last part of its path @throws RelayError `not_found` */
  show(name: string): Promise<HttpAnswer>;
}

/** A picture as it is kept. */
interface Kept {
  readonly [name: string]: string;
  readonly type: string;
  readonly name: string;
  readonly base64: string;
}

interface Uploaded {
  readonly filename: string;
  readonly bytes: Buffer;
}

async function readUpload(request: HttpRequest): Promise<Uploaded | undefined> {
  const type = request.header('content-type');
  const body = await request.read();
  if (essenceOf(type) !== 'multipart/form-data') return undefined;
  let found: Uploaded | undefined;
  await readMultipart(Readable.from([body]), type, body.length, async (name, file, filename = '') => {
    const bytes = await buffer(file);
    if (name === 'file') found ??= { filename, bytes };
  });
  return found;
}

/** Makes them. */
export function createPictures(documents: Documents): Pictures {
  const kept = documents.collection<Kept>('gotify-pictures');

  return {
    async pathOf(number) {
      const found = await kept.get(String(number));
      return found === undefined ? undefined : `static/${found.value.name}`;
    },
    async upload(request, number) {
      const uploaded = await readUpload(request);
      if (uploaded === undefined) throw invalid("file with key 'file' must be present");
      const { filename, bytes } = uploaded;
      const { type, ending } = kindOf(bytes);
      if (!TYPES.has(type)) throw invalid('file must be an image');
      if (!ENDING.test(filename)) throw invalid('invalid file extension');
      const name = `app-${number}-${sha256(bytes).toString('hex', 0, 8)}${ending}`;
      await kept.put(String(number), { type, name, base64: bytes.toString('base64') });
    },
    remove: async (number) => (await kept.remove(String(number))) === 'removed',
    async show(name) {
      const [, number] = NAME.exec(name) ?? [];
      const found = number === undefined ? undefined : await kept.get(number);
      if (found === undefined || found.value.name !== name) throw new RelayError('not_found', 'page not found');
      const headers = {
        'content-type': found.value.type,
        'content-security-policy': "sandbox; default-src 'none'",
        'x-content-type-options': 'nosniff',
      };
      return { status: 200, headers, body: Buffer.from(found.value.base64, 'base64') };
    },
  };
}
