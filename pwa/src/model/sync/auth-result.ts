// The relay's answer to a device that authenticates: accepted, refused, or try again later.
import { isObject } from '../../../../shared/object.ts';
import type { LocalizedText } from '../model.ts';

/** Whether a device is accepted. */
export type AuthResult =
  | { readonly kind: 'accepted'; readonly data: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly why: LocalizedText }
  | { readonly kind: 'later'; readonly why: LocalizedText };

/** A packet with a result. `code` names the reason; earlier versions of the relay send none. */
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
    // A problem of the relay itself: the connection times out and is tried again.
    case 'internal':
    case 'unavailable':
    case 'timeout':
      return undefined;
    default:
      return { kind: 'refused', why: { key: 'connection.refused.other', values: { text } } };
  }
}

/** The result in a packet, if it has one. @param isAccepted whether the device was accepted before */
export function readAuthResult({ cmd, data, code }: AuthPacket, isAccepted: boolean): AuthResult | undefined {
  if (cmd === 'AUTH' && isObject(data)) {
    if (data['code'] === 200) return { kind: 'accepted', data };
    // The device was accepted before, so it was removed meanwhile.
    if (data['code'] === 401 && isAccepted) return refusedFor('revoked', '');
    return refusedFor(code ?? (data['code'] === 429 ? 'too_many' : undefined), String(data['msg'] ?? ''));
  }
  if (cmd === 'INFO' && typeof data === 'string' && !isAccepted) return refusedFor(code, data);
  return undefined;
}
