// The relay's answer to a device that authenticates: accepted, refused, or try again later.
import { isObject } from '../../../../shared/object.ts';
import type { LocalizedText } from '../model.ts';

/** Whether a device is accepted. */
export type AuthResult =
  | { readonly kind: 'accepted'; readonly data: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly why: LocalizedText }
  | { readonly kind: 'later'; readonly why: LocalizedText };

/** A packet that may have a result. `code` names the reason; earlier relays send no code. */
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
    // The relay itself has a problem. Ignore the packet: the connection then times out, and the page tries again.
    case 'internal':
    case 'unavailable':
    case 'timeout':
      return undefined;
    default:
      return { kind: 'refused', why: { key: 'connection.refused.other', values: { text } } };
  }
}

/** Reads the result in a packet, if it has one. @param isAccepted whether the relay accepted the device before */
export function readAuthResult({ cmd, data, code }: AuthPacket, isAccepted: boolean): AuthResult | undefined {
  if (cmd === 'AUTH' && isObject(data)) {
    if (data['code'] === 200) return { kind: 'accepted', data };
    // The relay accepted the device before, so someone has removed it since.
    if (data['code'] === 401 && isAccepted) return refusedFor('revoked', '');
    return refusedFor(code ?? (data['code'] === 429 ? 'too_many' : undefined), String(data['msg'] ?? ''));
  }
  if (cmd === 'INFO' && typeof data === 'string' && !isAccepted) return refusedFor(code, data);
  return undefined;
}
