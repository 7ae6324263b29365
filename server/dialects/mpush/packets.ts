// The packets of mpush 2.1: reads the packets of clients, and builds all packets of the server.

import type { AnswerInfo } from '../../../shared/api.ts';
import { type Content, readContent } from '../../../shared/content.ts';
import type { MessageSource, SendType } from '../../../shared/message.ts';
import { isObject } from '../../../shared/object.ts';
import { heldOf, type StatusNames, statusName } from '../../../shared/status.ts';
import { type ErrorCode, RelayError } from '../../base/errors.ts';
import { checkName } from '../../delivery/device.ts';
import type { Draft } from '../../delivery/message.ts';
import type { Statuses } from '../../delivery/reply.ts';
import type { Published } from '../../messages/publish-now.ts';
import { parseExact } from '../kit/json.ts';

/** A packet of a client. Only `cmd` has been checked. */
export interface Packet {
  readonly cmd: string;
  readonly data: unknown;
  readonly auth: unknown;
}

/** The keys that a device gets. All are always present, because clients stop reading at the first missing one. */
export interface AuthKeys {
  readonly webpushPublicKey: string;
  readonly fcmProjectId: string;
  readonly fcmApplicationId: string;
  readonly fcmApiKey: string;
}

/** Deepest nesting of a packet, far below the depth at which JSON.stringify overflows the stack. */
const MAX_DEPTH = 32;

type Fields = Readonly<Record<string, unknown>>;

/** Whether the value or something in it lies deeper than `left` levels. Goes no deeper than that itself. */
function isDeeper(value: unknown, left: number): boolean {
  if (left < 0) return true;
  if (typeof value !== 'object' || value === null) return false;
  for (const item of Array.isArray(value) ? value : Object.values(value)) if (isDeeper(item, left - 1)) return true;
  return false;
}

/** Checks the nesting of a value. @throws RelayError `invalid` when it is deeper than `MAX_DEPTH` */
export function checkDepth(value: unknown): void {
  if (isDeeper(value, MAX_DEPTH)) throw new RelayError('invalid', `nested deeper than ${MAX_DEPTH} levels`);
}

const PACKET_FORM = ': {"cmd": string, "data": object}';

/**
 * @param form what the error says about the JSON that was expected
 * @throws RelayError `invalid` when the text is not JSON
 */
export function parseJson(text: string, form = PACKET_FORM): unknown {
  try {
    const value = parseExact(text);
    // Each level takes an opening and a closing bracket.
    if (text.length > 2 * MAX_DEPTH) checkDepth(value);
    return value;
  } catch (error) {
    if (error instanceof RelayError) throw error;
    throw new RelayError('invalid', `expected JSON${form}`, { cause: error });
  }
}

/** Reads a packet. @throws RelayError `invalid` unless the value is a JSON object */
export function readPacket(value: unknown): Packet {
  if (!isObject(value)) {
    throw new RelayError('invalid', 'parse ClientSocketPacket error: expected {"cmd": string, "data": object}');
  }
  const { cmd } = value;
  return { cmd: cmd === undefined ? 'undefined' : toText(cmd), data: value['data'], auth: value['auth'] };
}

/** An acknowledgement as `JSON.stringify` writes it, with the token of the device in any place or without. */
const ACKNOWLEDGEMENT =
  /^\{(?:"auth":"([\w.-]*)",)?"cmd":"MESSAGE_CALLBACK",(?:"auth":"([\w.-]*)",)?"data":\{"mid":"(\d{1,16})"\}(?:,"auth":"([\w.-]*)")?\}$/;

/**
 * Reads the packet in a frame. Most frames are acknowledgements, so their usual form needs no JSON parser. The result is the same.
 * @throws RelayError `invalid` unless the text is a JSON object
 */
export function readFrame(text: string): Packet {
  const usual = ACKNOWLEDGEMENT.exec(text);
  if (usual === null) return readPacket(parseJson(text));
  const [, first, second, mid, last] = usual;
  // Of several fields with the same name, JSON.parse takes the last.
  return { cmd: 'MESSAGE_CALLBACK', data: { mid }, auth: last ?? second ?? first };
}

/** A JSON value as text. Never calls a `toString` that the client sent. */
export function toText(value: unknown): string {
  if (Array.isArray(value)) return value.map(toText).join(',');
  return isObject(value) ? '[object Object]' : String(value ?? '');
}

/** A field as text in mpush's way: falsy values become `""`, all others are stringified. */
function textOf(value: unknown): string {
  return value ? toText(value) : '';
}

/** The fields of a packet's data. @throws RelayError `invalid` when the data is not an object */
function fieldsOf(data: unknown): Fields {
  if (!isObject(data)) throw new RelayError('invalid', 'data property must be an object');
  return data;
}

/**
 * Reads a required field of a packet's data, such as a name or a mid, as text.
 * @throws RelayError `invalid` when it is missing, or an object or array
 */
export function requiredText(data: unknown, key: string): string {
  const value = fieldsOf(data)[key];
  if (!value) throw new RelayError('invalid', `${key} property is required`);
  if (typeof value === 'object') throw new RelayError('invalid', `${key} property must be a string`);
  return String(value);
}

/** Reads an optional field of a packet's data as text. */
export function optionalText(data: unknown, key: string): string {
  return textOf(fieldsOf(data)[key]);
}

/** The value of one field of a packet's data, of any type. */
export function field(data: unknown, key: string): unknown {
  return isObject(data) ? data[key] : undefined;
}

/** The message of a packet. If `extra` is null or an array, it becomes `{}`, because clients fail on both. */
export function readBody(message: unknown): Content {
  const fields: Fields = isObject(message) ? message : {};
  const extra = fields['extra'];
  return readContent({
    text: textOf(fields['text']),
    desp: textOf(fields['desp']),
    extra: isObject(extra) ? { ...extra } : {},
  });
}

/** Reads the data of a MESSAGE packet. @throws RelayError `invalid` with mpush's text for the first wrong field */
export function readMessage(data: unknown, from: MessageSource): Draft {
  const target = requiredText(data, 'target');
  const sendType = field(data, 'sendType');
  if (sendType !== 'personal' && sendType !== 'group') {
    throw new RelayError('invalid', "sendType property must 'personal' or 'group'");
  }
  return {
    sendType: sendType satisfies SendType,
    target: checkName(target),
    from,
    content: readBody(field(data, 'message')),
  };
}

/** An INFO packet: a sentence for a person. `code` is Herald's addition, for sockets that asked for events. */
export function info(text: string, code?: ErrorCode): string {
  return JSON.stringify({ cmd: 'INFO', data: text, code });
}

/** The reply to an ANSWER that was taken: the question. */
export function answerReply(info: AnswerInfo): string {
  return JSON.stringify({ cmd: 'ANSWER_REPLY', data: info });
}

/** Answer to PING. */
export const PONG = '{"cmd":"PONG","data":""}';

/** A refused or missing authentication. `errorCode` is Herald's addition, for sockets that asked for events. */
export function authRefused(code: 401 | 403 | 429, msg: string, errorCode?: ErrorCode): string {
  return JSON.stringify({ cmd: 'AUTH', data: { code, msg }, code: errorCode });
}

/** A successful authentication. The web push key has three names, one for each generation of clients. */
export function authAccepted(auth: string, keys: AuthKeys): string {
  return JSON.stringify({
    cmd: 'AUTH',
    data: {
      code: 200,
      auth,
      msg: 'Successful authentication',
      fcmServerKey: keys.webpushPublicKey,
      webpushServerKey: keys.webpushPublicKey,
      webpushPublicKey: keys.webpushPublicKey,
      fcmProjectId: keys.fcmProjectId,
      fcmApplicationId: keys.fcmApplicationId,
      fcmApiKey: keys.fcmApiKey,
    },
  });
}

/** The members of a JSON object, in the order of the map. An object would put names that look like numbers first. */
function pairs(statuses: Statuses, names: StatusNames): string[] {
  return [...statuses].map(([name, status]) => `${JSON.stringify(name)}:"${statusName(status, names)}"`);
}

/** The data of the reply to a message that is due later. */
function scheduledData({ id, dueAt }: NonNullable<Published['scheduled']>): string {
  return `{"id":${JSON.stringify(id)},"scheduled":${dueAt},"status":{}}`;
}

/** Last, so that it wins over the status of a device with this name. */
function receiptText(receipt: string | undefined): string {
  return receipt === undefined ? '' : `,"receipt":${JSON.stringify(receipt)}`;
}

/** The data of a MESSAGE_REPLY as the WebSocket carries it: `{mid, status}`. */
export function replyData({ mid, statuses, scheduled, receipt }: Published, names: StatusNames): string {
  if (scheduled !== undefined) return scheduledData(scheduled);
  return `{"mid":"${mid}","status":{${pairs(statuses, names).join(',')}}${receiptText(receipt)}}`;
}

/**
 * The MESSAGE_REPLY over HTTP. Its data has the statuses twice: in `status`, as mpush's server sends them, and flat, as its
 * README shows them. The hint, and the devices whose push is held back, are Herald's additions. They stand beside the data, where mpush's clients do not look.
 */
export function httpReply({ mid, statuses, hint, scheduled, receipt }: Published, names: StatusNames): string {
  if (scheduled !== undefined) return `{"cmd":"MESSAGE_REPLY","data":${scheduledData(scheduled)}}`;
  const flat = pairs(statuses, names);
  const data = [`"mid":"${mid}"`, `"status":{${flat.join(',')}}`, ...flat].join(',');
  const held = heldOf(statuses);
  const advice = hint === undefined ? '' : `,"hint":${JSON.stringify(hint)}`;
  return `{"cmd":"MESSAGE_REPLY","data":{${data}${receiptText(receipt)}}${advice}${held.length === 0 ? '' : `,"held":${JSON.stringify(held)}`}}`;
}
