// Finds out what a file is from its first bytes. The type that a sender declares is never trusted, because a browser shows the
// file under the relay's own address. A table of our own and no library: only what a browser can show matters here, and a
// library parses far more of a hostile file.

/** What a file is. */
export interface FileKind {
  /** MIME type. */
  readonly type: string;
  /** The ending of its names, with the dot; `""` if the type does not say. */
  readonly ending: string;
  /** Whether a browser may show it in place. Everything else is a download. */
  readonly inline: boolean;
}

/** How many bytes {@link kindOf} needs at most. */
export const HEAD_BYTES = 4096;

/** Each row: the bytes at the start as text in latin1, where `?` stands for any byte, and what the file is. */
const SIGNATURES: readonly (readonly [start: string, type: string, ending: string, inline?: false])[] = [
  ['\x89PNG\r\n\x1a\n', 'image/png', '.png'],
  ['\xff\xd8\xff', 'image/jpeg', '.jpg'],
  ['GIF87a', 'image/gif', '.gif'],
  ['GIF89a', 'image/gif', '.gif'],
  ['RIFF????WEBP', 'image/webp', '.webp'],
  ['????ftypavif', 'image/avif', '.avif'],
  ['????ftypheic', 'image/heic', '.heic'],
  ['????ftypM4A ', 'audio/mp4', '.m4a'],
  ['????ftypqt  ', 'video/quicktime', '.mov'],
  ['????ftyp', 'video/mp4', '.mp4'],
  ['\x1aE\xdf\xa3', 'video/webm', '.webm'],
  ['ID3', 'audio/mpeg', '.mp3'],
  ['\xff\xfb', 'audio/mpeg', '.mp3'],
  ['OggS', 'audio/ogg', '.ogg'],
  ['fLaC', 'audio/flac', '.flac'],
  ['RIFF????WAVE', 'audio/wav', '.wav'],
  // A browser's own viewer does not run in a sandbox.
  ['%PDF-', 'application/pdf', '.pdf', false],
  // Also the container of office documents, so the ending of the name is kept.
  ['PK\x03\x04', 'application/zip', '', false],
  ['\x1f\x8b\x08', 'application/gzip', '', false],
];

const TEXT: FileKind = { type: 'text/plain; charset=utf-8', ending: '', inline: true };
const OTHER: FileKind = { type: 'application/octet-stream', ending: '', inline: false };

function begins(head: Buffer, start: string): boolean {
  if (head.length < start.length) return false;
  for (let index = 0; index < start.length; index += 1) {
    if (start[index] !== '?' && head[index] !== start.charCodeAt(index)) return false;
  }
  return true;
}

/** Whether the bytes are UTF-8 without control characters that text does not have. The last character may be cut off. */
function isText(head: Buffer): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they tell bytes from text
    return !/[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text);
  } catch {
    return false;
  }
}

/** What a file is. HTML, SVG and scripts are plain text. @param head its first {@link HEAD_BYTES} bytes, or all of it */
export function kindOf(head: Buffer): FileKind {
  for (const [start, type, ending, inline = true] of SIGNATURES) {
    if (begins(head, start)) return { type, ending, inline };
  }
  return isText(head) ? TEXT : OTHER;
}

/** Whether a browser may show a file of this type in place. */
export function isInline(type: string): boolean {
  return type === TEXT.type || SIGNATURES.some(([, known, , inline = true]) => known === type && inline);
}
