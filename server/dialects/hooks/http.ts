// The paths of webhooks, and what they answer.
import { isObject, ownValue } from '../../../shared/object.ts';
import { statusName } from '../../../shared/status.ts';
import type { KeyUse } from '../../access/key-usage.ts';
import type { Principal } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import { readCaller } from '../kit/caller.ts';
import { withFileNames } from '../kit/fields.ts';
import { type HttpAnswer, type HttpRequest, json } from '../kit/http-message.ts';
import { createKeySends, type KeyTarget } from '../kit/key-sends.ts';
import { findTarget } from '../kit/resolve-target.ts';
import type { Route } from '../kit/route.ts';
import { requireProof } from '../kit/signature.ts';
import type { FoundTemplate } from '../kit/templates.ts';
import { type HookBody, readHookBody } from './payload.ts';
import type { HooksPorts, HooksSections } from './ports.ts';

const DIALECT = 'hooks';
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT']);
/** Names of parameters that the page of a browser does not show. */
const SECRETS = ['token', 'auth', 'authorization'];

/** Creates the routes. */
export function hookRoutes(ports: HooksPorts, config: HooksSections): Route[] {
  const { access, clock, devices, foreignPages, templates } = ports;
  const sends = createKeySends(DIALECT, ports, config);
  const limit = config.http.maxBody;

  /** Who sends to a name. @throws RelayError unless the caller may */
  async function senderTo(request: HttpRequest, to: KeyTarget): Promise<Principal> {
    const caller = await readCaller(request, access, { dialect: DIALECT });
    const may = caller.may('send', to.target, to.sendType);
    if (!may && caller.kind === 'stranger') throw new RelayError('unauthorized', 'unknown key');
    // The use of a key that may not is counted where it sends.
    if (!may && caller.key === undefined) throw new RelayError('forbidden', 'this sender may not send');
    const refusal = caller.proven ? undefined : foreignPages.refusalOf(request.headers);
    if (refusal !== undefined) throw refusal;
    return caller;
  }

  /** Tells the owner of a request that sends nothing. */
  function note({ ip }: HttpRequest, { key }: Principal, use: Pick<KeyUse, 'result' | 'title' | 'template'>): void {
    if (key !== undefined) ports.noteKeyUse(key.name, { address: ip, dialect: DIALECT, ...use });
  }

  /** The first of the requested templates that exists. */
  async function findTemplate(
    request: HttpRequest,
    given: string,
    { body }: HookBody,
  ): Promise<FoundTemplate | undefined> {
    const member = isObject(body) ? ownValue(body, 'as') : undefined;
    const query = new URLSearchParams(request.querystring);
    for (const name of [given, query.get('as'), query.get('template'), member]) {
      const found = typeof name === 'string' && name !== '' ? await templates.find(name) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async function tell(request: HttpRequest, caller: Principal, given: string, to?: KeyTarget): Promise<HttpAnswer> {
    const instead = sends.guard(request, SECRETS);
    if (instead !== undefined) return instead;
    const read = await readHookBody(request, limit);
    try {
      requireProof(caller, { headers: request.headers, texts: read.signed, now: clock.now() });
    } catch (error) {
      note(request, caller, { result: 'refused', title: 'signature' });
      throw error;
    }
    const found = await findTemplate(request, given, read);
    const payload = { body: read.body, header: (name: string) => request.header(name) };
    const reading = templates.read(payload, found, to === undefined ? (caller.key?.name ?? '') : '');
    // Only payloads that came with a key are kept: the owner may write a template for that key.
    if (caller.key !== undefined) ports.lastPayloads.keep(caller.key.name, payload.body, request.headers, reading.as);
    if ('ignored' in reading) {
      note(request, caller, { result: 'ignored', title: reading.ignored, template: reading.as });
      return json(reading);
    }
    const { as, repeats } = reading;
    const content = { ...reading.content, body: withFileNames(reading.content.body, read.files) };
    const { mid, statuses } = await sends.send(request, caller, { content, to, repeats, template: as });
    const status = Object.fromEntries([...statuses].map(([name, one]) => [name, statusName(one, config.statusNames)]));
    return json({ mid, status, as });
  }

  /** What every path has in common. */
  function route(
    pattern: string,
    answer: (request: HttpRequest, params: readonly string[]) => Promise<HttpAnswer>,
  ): Route {
    return {
      method: '*',
      pattern,
      limit,
      answer(request, params) {
        const origin = request.header('webhook-request-origin');
        request.answerHeaders['cache-control'] = 'no-store';
        if (request.method === 'OPTIONS') {
          // The handshake of CloudEvents. Other requests with this method are preflights of pages.
          if (origin === '') return undefined;
          const headers = { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*' };
          return { status: 200, headers, body: '' };
        }
        if (!METHODS.has(request.method)) {
          throw new RelayError('method_not_allowed', 'expected POST, PUT or GET');
        }
        return answer(request, params);
      },
    };
  }

  const byKey = async (request: HttpRequest, [key = '', template = '']: readonly string[]) =>
    tell(request, await sends.caller(request, key, '/hook/:key'), template);

  const byName = async (request: HttpRequest, [name = '']: readonly string[]) => {
    const to = findTarget(name, devices);
    const caller = await senderTo(request, to ?? { sendType: 'personal', target: name });
    if (to === undefined) throw new RelayError('not_found', `there is no device ${name}`);
    return tell(request, caller, '', to);
  };

  return [
    route('/hook/:key', byKey),
    route('/hook/:key/:template', byKey),
    route('/:name.hook', byName),
    route('/:name.hook/', byName),
  ];
}
