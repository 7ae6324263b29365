// What ntfy's programs ask about the server and about themselves.

import type { KeySettings } from '../../../shared/api.ts';
import { isObject } from '../../../shared/object.ts';
import { readBasic, readCredential } from '../../access/credentials.ts';
import type { Principal } from '../../access/principal.ts';
import { sha256 } from '../../base/digest.ts';
import { type HttpAnswer, type HttpRequest, json } from '../kit/http-message.ts';
import { callerOf } from './caller.ts';
import { NtfyError } from './errors.ts';
import { jsonLine } from './message.ts';
import type { NtfyPorts, NtfySections } from './ports.ts';
import type { KeptNames } from './topics.ts';

const MAX_NAME = 64;
const MAX_BODY = 4096;
/** What stands for "no limit". Home Assistant shows it as a number, and fails where it is missing. */
const UNLIMITED = 1_000_000;

/** The user name that the caller gave with the password, or the name of its key. */
function userNameOf({ headers }: Pick<HttpRequest, 'headers'>, { name, kind }: Principal): string {
  const [, encoded] = /^Basic +(.*)$/is.exec(headers.authorization ?? '') ?? [];
  const user = encoded === undefined ? undefined : readBasic(encoded);
  if (user !== undefined && user.user !== '' && user.password !== '') return user.user;
  return name === '' ? kind : name;
}

/** Counts what is published. */
export interface Stats {
  count(): void;
  /** How many messages, and how many of them a second. */
  read(): { readonly messages: number; readonly rate: number };
}

/** Counts from now on. */
export function createStats({ clock }: Pick<NtfyPorts, 'clock'>): Stats {
  const began = clock.monotonic();
  let messages = 0;
  return {
    count() {
      messages += 1;
    },
    read() {
      const seconds = Math.max(1, (clock.monotonic() - began) / 1000);
      return { messages, rate: Math.round((messages / seconds) * 100) / 100 };
    },
  };
}

/** The answers about the server and its users. */
export interface Account {
  health(): HttpAnswer;
  stats(): HttpAnswer;
  config(request: HttpRequest): HttpAnswer;
  /** The same for a page that loads it as a script. */
  script(request: HttpRequest): HttpAnswer;
  account(request: HttpRequest): Promise<HttpAnswer>;
  makeToken(request: HttpRequest): Promise<HttpAnswer>;
  /** What a page asks for now and then, so that its token does not end. */
  extendToken(request: HttpRequest): Promise<HttpAnswer>;
  removeToken(request: HttpRequest): Promise<HttpAnswer>;
}

/** Makes them. */
export function createAccount(ports: NtfyPorts, config: NtfySections, stats: Stats, kept: KeptNames): Account {
  const { senderKeys, clock, attachments } = ports;

  function limits(): object {
    const size = attachments?.maxSize ?? 0;
    return {
      basis: 'ip',
      messages: UNLIMITED,
      messages_expiry_duration: Math.floor(config.storage.historyTtl / 1000),
      emails: 0,
      calls: 0,
      reservations: 0,
      attachment_total_size: size * UNLIMITED,
      attachment_file_size: size,
      attachment_expiry_duration: 10_800,
      attachment_bandwidth: size * UNLIMITED,
    };
  }

  function statsOf(): object {
    const size = attachments?.maxSize ?? 0;
    return {
      messages: stats.read().messages,
      messages_remaining: UNLIMITED,
      emails: 0,
      emails_remaining: 0,
      calls: 0,
      calls_remaining: 0,
      reservations: 0,
      reservations_remaining: 0,
      attachment_total_size: 0,
      attachment_total_size_remaining: size * UNLIMITED,
    };
  }

  /**
   * The rights of a caller as those of a key. A device has no key to give: a device that is removed would go on with it.
   * @throws NtfyError 40301
   */
  function settingsOf({ key, isOwner }: Principal): KeySettings {
    if (key !== undefined) return key.settings;
    if (!isOwner) throw new NtfyError(40301);
    return { send: ['*'], receive: ['*'] };
  }

  /** A free name for a key, made from the label. */
  function freeName(label: string): string {
    const base =
      label
        .replace(/\p{Cc}/gu, '')
        .trim()
        .slice(0, MAX_NAME - 4) || 'ntfy';
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? base : `${base} ${number}`;
      if (senderKeys.get(name) === undefined) return name;
    }
  }

  const accessOf = ({ ip }: HttpRequest) => ({ last_access: Math.floor(clock.now() / 1000), last_origin: ip });
  const endOf = (end: number | undefined) => (end === undefined ? {} : { expires: Math.floor(end / 1000) });

  async function knownCaller(request: HttpRequest): Promise<Principal> {
    const caller = await callerOf(request, ports);
    if (caller.kind === 'stranger') throw new NtfyError(40101);
    return caller;
  }

  async function readTokenBody(request: HttpRequest): Promise<{ readonly label: string; readonly expires: number }> {
    const bytes = await request.read(MAX_BODY);
    let value: unknown = {};
    try {
      if (bytes.length > 0) value = JSON.parse(bytes.toString());
    } catch (cause) {
      throw new NtfyError(40024, '', { cause });
    }
    if (!isObject(value)) throw new NtfyError(40024);
    const { label = '', expires = 0 } = value;
    if (label !== null && typeof label !== 'string') throw new NtfyError(40024);
    if (expires !== null && !(Number.isSafeInteger(expires) && Number(expires) >= 0)) throw new NtfyError(40024);
    return { label: label ?? '', expires: Number(expires ?? 0) };
  }

  /** What ntfy's web app has to know. */
  function facts(request: HttpRequest): object {
    const known = {
      base_url: ports.publicUrl(request),
      app_root: `${config.http.basePath}/`,
      enable_login: true,
      require_login: false,
      enable_signup: false,
      enable_payments: false,
      enable_calls: false,
      enable_emails: false,
      enable_reset_password: false,
      enable_reservations: false,
      enable_web_push: false,
      billing_contact: '',
      web_push_public_key: '',
      disallowed_topics: kept.list(),
    };
    const config_hash = sha256(JSON.stringify(known)).toString('hex');
    return { ...known, config_hash };
  }

  return {
    health: () => jsonLine({ healthy: true }),
    stats() {
      const { messages, rate } = stats.read();
      return jsonLine({ messages, messages_rate: rate });
    },
    config(request) {
      return json(facts(request), 200, { 'content-type': 'application/json', 'cache-control': 'no-cache' });
    },
    script(request) {
      const headers = { 'content-type': 'text/javascript', 'cache-control': 'no-cache' };
      return {
        status: 200,
        headers,
        body: `// Generated server configuration\nvar config = ${JSON.stringify(facts(request), null, 2)};\n`,
      };
    },
    async account(request) {
      const caller = await callerOf(request, ports);
      const isNobody = caller.kind === 'stranger';
      return jsonLine({
        username: isNobody ? '*' : userNameOf(request, caller),
        role: isNobody ? 'anonymous' : 'user',
        ...(isNobody ? {} : { language: '', tokens: [], subscriptions: [] }),
        limits: limits(),
        stats: statsOf(),
      });
    },
    async makeToken(request) {
      const caller = await knownCaller(request);
      const { label, expires } = await readTokenBody(request);
      const now = Math.floor(clock.now() / 1000);
      if (expires !== 0 && expires <= now) throw new NtfyError(40024);
      await caller.proof?.();
      const { expires: until, ...settings } = settingsOf(caller);
      // A key made with another one does not outlive it.
      const ends = [until, expires === 0 ? undefined : expires * 1000].filter((one) => one !== undefined);
      const end = ends.length === 0 ? undefined : Math.min(...ends);
      const { key, text } = await senderKeys.create(
        freeName(label),
        end === undefined ? settings : { ...settings, expires: end },
        'tk_',
        caller.key,
      );
      return jsonLine({
        token: text,
        label: key.name,
        ...accessOf(request),
        ...endOf(end),
      });
    },
    async extendToken(request) {
      const { key } = await knownCaller(request);
      const token = readCredential(request.headers, { query: () => request.query })?.text;
      if (key === undefined) throw new NtfyError(40301);
      return jsonLine({ token, label: key.name, ...accessOf(request), ...endOf(key.settings.expires) });
    },
    async removeToken(request) {
      const { key } = await knownCaller(request);
      // Only the one that is shown: others are the owner's to remove.
      if (key === undefined || key.isConfigured) throw new NtfyError(40301);
      await senderKeys.remove(key.name);
      return jsonLine({ success: true });
    },
  };
}
