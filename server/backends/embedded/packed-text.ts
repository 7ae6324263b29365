// The text of a message as its row stores it. Most messages are plain: they have no extras, and nothing in them is
// escaped. Those are stored without the frame of their JSON and without the mid, which the row has. Everything else is
// stored as it is, as are the messages of earlier versions.
import type { MessageSource, SendType, WireMessage } from '../../../shared/message.ts';

/** Longer texts are not packed, because it would save little. Then only the start of short ones tells how long they are. */
const MAX_LENGTH = 1024;
/** The most bytes of a packed text. */
export const MAX_PACKED_BYTES = 3 * MAX_LENGTH;

/** Separates the parts. It is escaped in JSON, so that no part contains it. */
const BREAK = '\n';
const PLAIN = String.raw`([^"\\\x00-\x1f]*)`;

/** The JSON around a message, by the character that a packed text begins with. */
const KINDS = new Map(
  ['personal', 'group'].flatMap((sendType, first) =>
    ['http', 'websocket'].map((method, second) => [
      String(2 * first + second),
      {
        sendType: sendType as SendType,
        method: method as MessageSource['method'],
        opening: `{"sendType":"${sendType}","target":"`,
        from: `","from":{"method":"${method}","name":"`,
        text: '"},"message":{"text":"',
        desp: '","desp":"',
        mid: '","extra":{}},"mid":"',
        end: '"}',
      },
    ]),
  ),
);

const PLAIN_MESSAGE = new RegExp(
  String.raw`^\{"sendType":"(personal|group)","target":"${PLAIN}","from":\{"method":"(http|websocket)","name":"${PLAIN}"\},` +
    String.raw`"message":\{"text":"${PLAIN}","desp":"${PLAIN}","extra":\{\}\},"mid":"(\d+)"\}$`,
);
const PACKED = new RegExp(`^([0-3])${[PLAIN, PLAIN, PLAIN, PLAIN].join(BREAK)}$`);

/** By the code of the first character: how many characters longer the JSON is, without the mid. */
const SAVED: (number | undefined)[] = [];
for (const [kind, { opening, from, text, desp, mid, end }] of KINDS) {
  SAVED[kind.charCodeAt(0)] = [opening, from, text, desp, mid, end].join('').length - 'k\n\n\n'.length;
}

/** How many digits a mid has. Those that are times have 13. */
function digits(mid: number): number {
  return mid >= 1e12 && mid < 1e13 ? 13 : String(mid).length;
}

/** The text to store for the JSON of a message. */
export function packText(json: string, mid: number): string {
  const found = json.length > MAX_LENGTH ? null : PLAIN_MESSAGE.exec(json);
  if (found === null || found[7] !== String(mid)) return json;
  const [, sendType, target, method, name, text, desp] = found;
  const kind = (sendType === 'group' ? 2 : 0) + (method === 'websocket' ? 1 : 0);
  return `${kind}${target}${BREAK}${name}${BREAK}${text}${BREAK}${desp}`;
}

/** The JSON of a packed text; undefined if the text is damaged or not packed. */
export function unpackText(stored: string, mid: string): string | undefined {
  const found = PACKED.exec(stored);
  return found === null ? undefined : frame(found, mid);
}

function frame([, first = '', target, name, text, desp]: RegExpExecArray, mid: string): string | undefined {
  const kind = KINDS.get(first);
  return (
    kind && kind.opening + target + kind.from + name + kind.text + text + kind.desp + desp + kind.mid + mid + kind.end
  );
}

/** The message of a packed text, and its JSON. */
export function unpack(stored: string, mid: string): { wire: WireMessage; json: string } | undefined {
  const found = PACKED.exec(stored);
  const json = found === null ? undefined : frame(found, mid);
  const [, first = '', target = '', name = '', text = '', desp = ''] = found ?? [];
  const kind = KINDS.get(first);
  if (json === undefined || kind === undefined) return undefined;
  const { sendType, method } = kind;
  return { wire: { sendType, target, from: { method, name }, message: { text, desp, extra: {} }, mid }, json };
}

/** Whether a stored text is JSON, and not packed. */
export function isJson(stored: string): boolean {
  return stored.startsWith('{');
}

/**
 * The size of the JSON of a stored text.
 * @param bytes the size of the stored text
 * @param first the code of its first character; null if it is too long to be packed
 */
export function unpackedSize(bytes: number, first: number | null, mid: number): number {
  const saved = first === null ? undefined : SAVED[first];
  return saved === undefined ? bytes : bytes + saved + digits(mid);
}
