// The parameters of a question: what is asked, for how long, and what happens without an answer.
import { areOptions } from '../../../shared/content.ts';
import { safeWebLink } from '../../../shared/links.ts';
import { RelayError } from '../../base/errors.ts';
import type { AskSettings } from '../../messages/ask.ts';
import { readPeriod } from '../../messages/when.ts';
import { namesPrivateAddress } from '../../outbound/public-address.ts';
import type { MpushConfig } from './ports.ts';
import { type Parameters, single, text } from './query.ts';

/** What a request asks for. */
export interface ReadAsk {
  readonly settings: AskSettings;
  /** How long the request is held open, in ms; 0 if it is answered at once. */
  readonly wait: number;
  /** Whether the question is withdrawn when the caller leaves; undefined if the caller did not say. */
  readonly cancels: boolean | undefined;
}

const OWN: ReadonlySet<string> = new Set(['options', 'reply', 'default', 'cancel', 'callback', 'wait', 'ttl']);
const SECOND = 1000;
/** How long a request is held open by default. */
const PRESET_WAIT = 60 * SECOND;
/** How long a question stays open without a waiting request: by default, and at most. */
const PRESET_TTL = 3_600 * SECOND;
const MAX_TTL = 7 * 24 * 3_600 * SECOND;
const MAX_DEFAULT = 200;
const MAX_CALLBACK = 2048;

/** The parameters that belong to the message of the question. */
export function withoutAsk(parameters: Parameters): Parameters {
  return new Map([...parameters].filter(([name]) => !OWN.has(name)));
}

/** Reads what is asked. @throws RelayError `invalid` */
export function readAsk(parameters: Parameters, { answers: { maxWait, allowPrivateCallbacks } }: MpushConfig): ReadAsk {
  const wait = readSeconds(parameters, maxWait);
  const ttl = readTtl(parameters, wait);
  return {
    settings: {
      ...readKind(parameters),
      default: readDefault(parameters),
      callback: readCallback(parameters, allowPrivateCallbacks),
      openFor: wait === 0 ? ttl : wait,
    },
    wait,
    cancels: readCancel(parameters),
  };
}

function readKind(parameters: Parameters): Pick<AskSettings, 'kind' | 'options'> {
  const [options, reply] = ['options', 'reply'].map((name) => parameters.has(name));
  if (options === reply) throw wrong('expected options, such as options=yes,no, or reply=text');
  if (reply) {
    if (text(parameters, 'reply') !== 'text') throw wrong('reply must be text');
    return { kind: 'text' };
  }
  const values = parameters.get('options') ?? [];
  const given = readList(values.length === 1 ? values[0] : values);
  if (!areOptions(given)) {
    throw wrong('options must be 2 to 5 different texts of 1 to 40 characters, such as options=yes,no');
  }
  return { kind: 'choice', options: given };
}

/** A list, its JSON text, or text with commas. */
function readList(value: unknown): unknown {
  const isList = Array.isArray(value) || (typeof value === 'string' && value.trimStart().startsWith('['));
  if (!isList) return typeof value === 'string' ? value.split(',').map((option) => option.trim()) : undefined;
  return Array.isArray(value) ? value : parseList(String(value));
}

function parseList(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function readDefault(parameters: Parameters): string | undefined {
  if (!parameters.has('default')) return undefined;
  const preset = single(parameters, 'default');
  if (preset === undefined || preset.length > MAX_DEFAULT || /\p{Cc}|\p{Surrogate}/u.test(preset)) {
    throw wrong(`default must be a text of at most ${MAX_DEFAULT} characters, without control characters`);
  }
  return preset;
}

function readSeconds(parameters: Parameters, maxWait: number): number {
  if (!parameters.has('wait')) return Math.min(PRESET_WAIT, maxWait);
  const asked = text(parameters, 'wait');
  const wait = /^\d{1,6}$/.test(asked) ? Number(asked) * SECOND : Number.NaN;
  if (!(wait <= maxWait)) {
    throw wrong(`wait must be a whole number of seconds from 0 to ${Math.floor(maxWait / SECOND)} (answers.maxWait)`);
  }
  return wait;
}

function readTtl(parameters: Parameters, wait: number): number {
  if (!parameters.has('ttl')) return PRESET_TTL;
  if (wait > 0) throw wrong('ttl goes with wait=0; a question that is waited for is over after wait');
  const asked = text(parameters, 'ttl');
  const ttl = /^\d{1,9}$/.test(asked) ? Number(asked) * SECOND : readPeriod(asked);
  if (ttl === undefined || ttl < SECOND || ttl > MAX_TTL) {
    throw wrong('ttl must be seconds or a duration such as 2h, from 1 s to 7 days');
  }
  return ttl;
}

function readCancel(parameters: Parameters): boolean | undefined {
  if (!parameters.has('cancel')) return undefined;
  const asked = text(parameters, 'cancel');
  if (asked !== '0' && asked !== '1') throw wrong('cancel must be 0 or 1');
  return asked === '1';
}

function readCallback(parameters: Parameters, allowsPrivate: boolean): string | undefined {
  if (!parameters.has('callback')) return undefined;
  const link = safeWebLink(single(parameters, 'callback'));
  if (link === undefined || link.length > MAX_CALLBACK || !(allowsPrivate || /^https:/i.test(link))) {
    throw wrong(`callback must be an https address of at most ${MAX_CALLBACK} characters`);
  }
  if (!allowsPrivate && namesPrivateAddress(new URL(link))) {
    throw wrong('callback must be on the public internet (see answers.allowPrivateCallbacks)');
  }
  return link;
}

function wrong(message: string): RelayError {
  return new RelayError('invalid', message);
}
