// The file of a send: the field `file` of a multipart form, or a whole body with `?filename=`.
import type { Readable } from 'node:stream';
import type { Principal } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import type { Upload } from '../../messages/attachments/attachments.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import { readMultipart, type TakeFile } from '../kit/multipart.ts';
import { unauthorized } from './authorize.ts';
import type { MpushPorts } from './ports.ts';

/** How the files of one request are taken in. */
export interface TakesFiles {
  /** Most bytes of a file; 0 if none is taken. */
  readonly maxSize: number;
  take(source: Readable, filename: string): Promise<Upload>;
}

/** Takes files from a caller whose right to send is known before the body is read. */
export function filesOf(caller: Principal, { attachments }: Pick<MpushPorts, 'attachments'>): TakesFiles {
  const refuse = (error: RelayError): TakesFiles => ({ maxSize: 0, take: () => Promise.reject(error) });
  if (!caller.may('send')) return refuse(unauthorized(caller));
  if (attachments === undefined) {
    return refuse(new RelayError('forbidden', 'this relay takes no files: attachments.dir is not set'));
  }
  return {
    maxSize: attachments.maxSize,
    take: (source, name) => attachments.receive(source, { name, by: caller }),
  };
}

/** For the boundaries and headers of a form. */
const FRAME_BYTES = 65_536;

/**
 * Reads a multipart form with at most one file in its field `file`. Other files are read as text.
 * @param limit most bytes of all fields
 * @throws RelayError as {@link readMultipart} does; then no file is left
 */
export async function readFileForm(request: HttpRequest, limit: number, files: TakesFiles) {
  let taken: Promise<Upload> | undefined;
  const takeFile: TakeFile = (name, source, filename) => {
    // A browser sends an empty name for a field in which no file was chosen.
    if (name !== 'file' || filename === undefined || filename === '') return undefined;
    if (taken !== undefined) return Promise.reject(new RelayError('invalid', 'expected one file'));
    taken = files.take(source, filename);
    return taken;
  };
  const type = request.headers['content-type'] ?? '';
  try {
    const pairs = await readMultipart(request.stream(limit + files.maxSize + FRAME_BYTES), type, limit, takeFile);
    const upload = await taken;
    return upload === undefined ? { pairs } : { pairs, upload };
  } catch (error) {
    const upload = await taken?.catch(() => undefined);
    await upload?.discard();
    throw error;
  }
}
