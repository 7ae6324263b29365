// Words of RFC 2047 in headers: `=?utf-8?B?…?=` and `=?utf-8?Q?…?=`.

const WORD = /=\?([\w-]+)(?:\*[\w-]+)?\?([bq])\?([^?\s]*)\?=/gi;
/** White space between two words is no part of the text. */
const BETWEEN = /(=\?[\w-]+(?:\*[\w-]+)?\?[bq]\?[^?\s]*\?=)\s+(?==\?[\w-]+(?:\*[\w-]+)?\?[bq]\?[^?\s]*\?=)/gi;
const CHARSETS: Readonly<Record<string, BufferEncoding>> = {
  'utf-8': 'utf8',
  utf8: 'utf8',
  'iso-8859-1': 'latin1',
  'us-ascii': 'latin1',
};

function bytesOf(form: string, text: string): Buffer {
  if (form.toLowerCase() === 'b') return Buffer.from(text, 'base64');
  const latin1 = text
    .replaceAll('_', ' ')
    .replace(/=([\da-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(latin1, 'latin1');
}

/** Replaces the encoded words in a text. Words in other charsets stay as they are. */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text;
  return text.replace(BETWEEN, '$1').replace(WORD, (all, charset: string, form: string, encoded: string) => {
    const encoding = CHARSETS[charset.toLowerCase()];
    return encoding === undefined ? all : bytesOf(form, encoded).toString(encoding);
  });
}
