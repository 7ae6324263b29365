// What the relay answers to a device that authenticates: it is accepted, it is refused, or it must try again later.
import { isObject } from '../../../../shared/object.ts';
import type { LocalizedText } from '../model.ts';

/** Whether a device is accepted. */
export type AuthResult =
  | { readonly kind: 'accepted'; readonly data: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly why: LocalizedText }
  | { readonly kind: 'later'; readonly why: LocalizedText };

/** A packet as far as it says this. `code` names the reason; relays of before it existed send none. */
export interface AuthPacket {
  readonly cmd: string;
  readonly data: unknown;
  readonly code?: unknown;
}

function refusedFor(code: unknown, text: string): AuthResult | undefined {
  switch (code) {
    case 'revoked':
      return { kind: 'refused', why: { key: 'connection.refused.removed' } };
    case 'unauthorized':
      return { kind: 'refused', why: { key: 'connection.refused.token' } };
    case 'too_many':
      return { kind: 'later', why: { key: 'connection.too_many' } };
    // The relay's own trouble: the connection is tried again.
    case 'internal':
    case 'unavailable':
    case 'timeout':
      return undefined;
    default:
      return { kind: 'refused', why: { key: 'connection.refused.other', values: { text } } };
  }
}

/** The result in a packet; undefined when it says none. @param isAccepted whether the device was accepted before */
export function readAuthResult({ cmd, data, code }: AuthPacket, isAccepted: boolean): AuthResult | undefined {
  if (cmd === 'AUTH' && isObject(data)) {
    if (data['code'] === 200) return { kind: 'accepted', data };
    // A device that was accepted and has to authenticate again was removed meanwhile.
    if (data['code'] === 401 && isAccepted) return refusedFor('revoked', '');
    return refusedFor(code ?? (data['code'] === 429 ? 'too_many' : undefined), String(data['msg'] ?? ''));
  }
  if (cmd === 'INFO' && typeof data === 'string' && !isAccepted) return refusedFor(code, data);
  return undefined;
}
