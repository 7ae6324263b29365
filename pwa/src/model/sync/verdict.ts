// What the relay says of a device that knocks: it is in, it is not wanted, or it shall come later.
import { isObject } from '../../../../shared/object.ts';
import type { Words } from '../model.ts';

/** Whether a device is in. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly data: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly why: Words }
  | { readonly kind: 'later'; readonly why: Words };

const BAD_PROOF = 'parse ClientSocketPacket error: ';

function refused(why: Words): Verdict {
  return { kind: 'refused', why };
}

function ofText(text: string): Verdict {
  if (text === 'jwt revoked') return refused({ key: 'connection.refused.removed' });
  if (/^(?:jwt |invalid |Token invalid)/.test(text)) return refused({ key: 'connection.refused.token' });
  return refused({ key: 'connection.refused.other', values: { text } });
}

/** The verdict in a packet; undefined when it carries none. @param isIn whether the device was accepted before */
export function readVerdict(cmd: string, data: unknown, isIn: boolean): Verdict | undefined {
  if (cmd === 'AUTH' && isObject(data)) {
    if (data['code'] === 200) return { kind: 'accepted', data };
    if (data['code'] === 429) return { kind: 'later', why: { key: 'connection.too_many' } };
    // Who was in and is asked to prove itself was removed meanwhile.
    if (data['code'] === 401 && isIn) return refused({ key: 'connection.refused.removed' });
    return ofText(String(data['msg'] ?? ''));
  }
  if (cmd === 'INFO' && typeof data === 'string' && !isIn && data !== 'internal error') {
    return ofText(data.startsWith(BAD_PROOF) ? data.slice(BAD_PROOF.length) : data);
  }
  return undefined;
}
