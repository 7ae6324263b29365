// Sending: reads a message in each of its forms, sends it, and answers with it.
import type { Message } from '../../../shared/message.ts';
import { isObject, type JsonObject, ownValue } from '../../../shared/object.ts';
import { statusName } from '../../../shared/status.ts';
import type { Key } from '../../access/keys.ts';
import { type Principal, senderOf } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import type { Draft } from '../../delivery/message.ts';
import { readIdempotency } from '../../messages/options.ts';
import type { Published } from '../../messages/publish-now.ts';
import { requireSoundPairs } from '../kit/fields.ts';
import type { HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import { requireSound } from '../kit/json.ts';
import { textOf } from '../kit/parameters.ts';
import { type GotifyCaller, type Target, targetOf } from './caller.ts';
import { gotifyJson, invalid } from './errors.ts';
import { readFields, readWhole, unreadable } from './fields.ts';
import { type Application, contentOf, type Given, toGotify } from './message.ts';
import type { Numbers } from './numbers.ts';
import type { GotifyPorts, GotifySections } from './ports.ts';

/** What a request says, and the application that it names. */
interface Asked extends Given {
  readonly appid?: number;
}

function textIn(given: JsonObject, name: string): string {
  const value = ownValue(given, name) ?? '';
  if (typeof value !== 'string') throw unreadable(value, name, 'string');
  return value;
}

function wholeIn(given: JsonObject, name: string): number | undefined {
  const value = ownValue(given, name) ?? undefined;
  if (value !== undefined && !Number.isSafeInteger(value)) throw unreadable(value, name, 'int');
  return value as number | undefined;
}

function extrasIn(given: JsonObject): JsonObject | undefined {
  const value = ownValue(given, 'extras') ?? undefined;
  if (value !== undefined && !isObject(value)) throw unreadable(value, 'extras', 'map[string]interface {}');
  return value;
}

function readJson(given: JsonObject): Asked {
  const [priority, appid, extras] = [wholeIn(given, 'priority'), wholeIn(given, 'appid'), extrasIn(given)];
  return {
    message: textIn(given, 'message'),
    title: textIn(given, 'title'),
    ...(priority === undefined ? {} : { priority }),
    ...(extras === undefined ? {} : { extras }),
    ...(appid === undefined ? {} : { appid }),
  };
}

async function readAsked(request: HttpRequest): Promise<Asked> {
  const { isJson, values } = await readFields(request, 'model.CreateMessage');
  if (isJson) {
    requireSound(values);
    return readJson(values);
  }
  requireSoundPairs(values);
  const [priority, appid] = [readWhole(values.get('priority')), readWhole(values.get('appid'))];
  return {
    message: textOf(values, 'message'),
    title: textOf(values, 'title'),
    ...(priority === undefined ? {} : { priority }),
    ...(appid === undefined ? {} : { appid }),
  };
}

/** Makes the answer to `POST /message`. */
export function createSending(
  ports: GotifyPorts,
  { http, statusNames }: GotifySections,
  numbers: Numbers,
): (request: HttpRequest, caller: GotifyCaller) => Promise<HttpAnswer> {
  const { admit, publish, log, senderKeys } = ports;

  /** The application in whose name a caller sends: itself, or the one that it names. */
  function applicationOf({ principal }: GotifyCaller, appid: number | undefined): { key: Key; target: Target } {
    const own = principal.key === undefined ? undefined : targetOf(principal.key);
    if (principal.key !== undefined && own !== undefined) return { key: principal.key, target: own };
    if (appid === undefined || appid === 0) {
      throw invalid('appid is required when not authenticating with an application token');
    }
    const key = senderKeys.list().find(({ number }) => number === appid);
    const target = key === undefined ? undefined : targetOf(key);
    if (key === undefined || target === undefined || !principal.may('send', target.name, target.sendType)) {
      throw invalid('appid not found');
    }
    return { key, target };
  }

  function readWait(request: HttpRequest): number | undefined {
    const asked = readWhole(request.parameter('wait'), 0);
    return asked === undefined ? undefined : Math.min(asked, http.maxWaitTimeout);
  }

  async function send(principal: Principal, draft: Draft, request: HttpRequest, name: string, wait: number) {
    const admitted = await admit(principal, draft, { dialect: 'gotify', address: request.ip });
    const idempotency = readIdempotency(request.header('idempotency-key') || undefined);
    const named = { ...admitted, from: { ...admitted.from, name } };
    return publish(named, wait, idempotency === undefined ? undefined : { idempotency }, senderOf(principal));
  }

  /** The message as it is stored: a recipient with a full queue has none. */
  async function storedOf({ mid, message, statuses }: Published): Promise<Message> {
    const isKept = message !== undefined && [...statuses.values()].some((status) => status !== 'failed');
    const stored = isKept ? message : (await log.find(mid))?.message;
    if (stored === undefined) throw new RelayError('unavailable', 'the message is not stored: the queue is full');
    return stored;
  }

  function requireSomebody({ statuses }: Published, { sendType, name }: Target): void {
    if (sendType === 'group' && statuses.size === 0) {
      throw new RelayError('not_found', `nobody is in the group ${name}`);
    }
    if (statuses.get(name) === 'no') throw new RelayError('not_found', `there is no device ${name}`);
  }

  return async (request, caller) => {
    const asked = await readAsked(request);
    if (asked.message === '') throw invalid("Field 'message' is required");
    const { key, target } = applicationOf(caller, asked.appid);
    const wait = readWait(request);
    const application: Application = key;
    const draft: Draft = {
      sendType: target.sendType,
      target: target.name,
      from: { method: 'http', name: key.name },
      content: contentOf(asked, key.name),
    };
    const published = await send(caller.principal, draft, request, key.name, wait ?? 0);
    requireSomebody(published, target);
    const { mid, statuses } = published;
    const message = await storedOf(published);
    await numbers.give([mid]);
    const told = toGotify(message, (await numbers.of([mid])).get(mid) ?? 0, application);
    const status = Object.fromEntries([...statuses].map(([name, one]) => [name, statusName(one, statusNames)]));
    return gotifyJson(wait === undefined ? told : { ...told, status });
  };
}
