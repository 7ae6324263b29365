// Pairs this page with a relay: with a pairing code or link, or with the relay's token.
import type { Registered } from '../../../../shared/api.ts';
import type { Clock } from '../clock.ts';
import { ActionError, type PairingChoice } from '../model.ts';
import type { RelayApi } from '../relay/api.ts';
import { fail } from '../relay/call.ts';
import { accountIdOf, readCode, readServer } from '../relay/server-url.ts';
import type { AccountRecord } from '../store/database.ts';
import { checkLabels, type Platform, suggestName } from './names.ts';

/** What pairing needs. */
export interface PairingPorts {
  readonly api: Pick<RelayApi, 'pairing' | 'pair' | 'register'>;
  readonly platform: Platform;
  readonly clock: Clock;
  /** Address of this page. */
  readonly page: string;
  /** Stores the account and connects it. Resolves when it is on disk. */
  readonly add: (account: AccountRecord) => Promise<void>;
}

/** Rethrows some errors with a text that fits pairing better. */
async function reword<T>(work: Promise<T>, words: Partial<Record<string, Parameters<typeof fail>[0]>>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const key = error instanceof ActionError ? words[error.text.key] : undefined;
    throw key === undefined ? error : fail(key);
  }
}

function serverOf(text: string, page: string): string {
  const server = readServer(text, page);
  if (server === undefined) throw fail('pairing.bad_server');
  return server;
}

/** Looks up what a code offers. Either argument may be a whole link. An empty server means the relay of this page. */
export async function lookUpPairing(server: string, code: string, ports: PairingPorts): Promise<PairingChoice> {
  const found = readCode(code) ?? (/[#&?]pair=/.test(server) ? readCode(server) : undefined);
  if (found === undefined) throw fail('pairing.bad_code');
  // A link names its relay, so the other field does not matter.
  const address = /[#?]/.test(code) && readServer(code, ports.page) !== undefined ? code : server;
  const relay = serverOf(address, ports.page);
  const offer = await reword(ports.api.pairing(relay, found), { 'error.not_found': 'pairing.code_over' });
  const names = texts(offer.names);
  return {
    server: relay,
    code: found,
    groups: texts(offer.groups),
    names,
    // Earlier relays do not send the field, and always allow it.
    mayTakeOver: offer.mayTakeOver !== false,
    suggestedName: await suggestName(ports.platform, names),
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Pairs this page with a code, which cannot be used again. */
export async function pair(
  { server, code }: PairingChoice,
  name: string,
  groups: readonly string[],
  ports: PairingPorts,
): Promise<AccountRecord> {
  const device = checkLabels(name, groups);
  const registered = await reword(ports.api.pair(server, code, device), { 'error.not_found': 'pairing.code_over' });
  return keep(server, registered, ports);
}

/** Pairs with the relay's token, which is not stored. */
export async function register(
  server: string,
  token: string,
  name: string,
  groups: readonly string[],
  ports: PairingPorts,
): Promise<AccountRecord> {
  const relay = serverOf(server, ports.page);
  const device = checkLabels(name, groups);
  if (token.trim() === '') throw fail('pairing.bad_token');
  const caller = { server: relay, auth: token.trim() };
  const registered = await reword(ports.api.register(caller, device), { 'error.unauthorized': 'pairing.bad_token' });
  return keep(relay, registered, ports);
}

async function keep(
  server: string,
  { name, groups, auth, webpushPublicKey }: Registered,
  { add, clock }: PairingPorts,
): Promise<AccountRecord> {
  if (typeof auth !== 'string' || typeof name !== 'string') throw fail('error.not_a_relay', { server });
  const account: AccountRecord = {
    id: accountIdOf(server),
    server,
    name,
    groups: texts(groups),
    auth,
    vapidKey: typeof webpushPublicKey === 'string' ? webpushPublicKey : '',
    addedAt: clock.now(),
  };
  await add(account);
  return account;
}
