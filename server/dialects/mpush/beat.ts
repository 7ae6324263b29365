// Signs of heartbeats: `/<name>.beat` with a token, and `/ping/<uuid>` as Healthchecks has it, where the uuid is the secret.
import type { ChangedBeat } from '../../../shared/api.ts';
import { readContent, readKey } from '../../../shared/content.ts';
import { isObject } from '../../../shared/object.ts';
import { senderOf } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import { checkName } from '../../delivery/device.ts';
import type { Sign } from '../../messages/beat-state.ts';
import type { KeyedSign } from '../../messages/beats.ts';
import { readIdempotency } from '../../messages/options.ts';
import { decode } from '../kit/body.ts';
import { isSpeculative } from '../kit/guards.ts';
import { type HttpRequest, json } from '../kit/http-message.ts';
import { findTarget } from '../kit/resolve-target.ts';
import type { Route } from '../kit/route.ts';
import { callerOf, entranceOf, foreignRefusal, unauthorized } from './authorize.ts';
import { readBodyOf } from './body.ts';
import { filesOf } from './files.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';
import { collect, type Parameters, text } from './query.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST']);
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The routes for signs. */
export function beatRoutes(ports: MpushPorts, config: MpushConfig): Route[] {
  const limit = config.http.maxBody;

  function check({ method, headers, answerHeaders }: HttpRequest): void {
    // A GET gives a sign, so no cache may answer it.
    answerHeaders['cache-control'] = 'no-store';
    if (!METHODS.has(method)) throw new RelayError('method_not_allowed', 'expected GET, POST or HEAD');
    if (isSpeculative(headers)) throw new RelayError('forbidden', 'a prefetch or preview gives no sign');
  }

  const beat: Route['answer'] = async (request, [target = '']) => {
    if (request.method === 'OPTIONS') return undefined;
    check(request);
    const caller = await callerOf(request, ports, config);
    if (!caller.may('send')) throw unauthorized(caller);
    const refusal = caller.proven ? undefined : await foreignRefusal(request, ports, caller);
    if (refusal !== undefined) throw refusal;
    const body = request.method === 'POST' ? await readBodyOf(request, limit, filesOf(caller, ports)) : undefined;
    if (body?.kind === 'form' && body.upload !== undefined) {
      await body.upload.discard();
      throw new RelayError('invalid', 'a heartbeat takes no file');
    }
    const own =
      body === undefined || body.kind === 'text'
        ? []
        : body.kind === 'form'
          ? body.pairs
          : isObject(body.value)
            ? Object.entries(body.value)
            : [];
    const parameters = collect([...request.query, ...own]);
    const key = readKey(lastOf(parameters, 'key'));
    if (key === undefined) throw new RelayError('invalid', 'expected a key, such as key=backup');
    const to = { sendType: 'personal', target: checkName(target) } as const;
    const name = { ...(findTarget(target, ports.devices) ?? to), key };
    const content = readContent({ text: key, desp: '', extra: {} });
    const draft = {
      sendType: name.sendType,
      target: name.target,
      from: { method: 'http' as const, name: '' },
      content,
    };
    const { from } = await ports.admit(caller, draft, entranceOf(request));
    const sign = readSign(parameters, body?.kind === 'text' ? body.text : text(parameters, 'text'));
    const given = (field: string) => lastOf(parameters, field);
    const shown = request.header('idempotency-key') || given('idempotency');
    const keyed = keyedBy(senderOf(caller), shown);
    const known = await ports.beats.sign(name, from.name, sign, request.method === 'HEAD' ? undefined : given, keyed);
    return json({ beat: known } satisfies ChangedBeat);
  };

  const ping: Route['answer'] = async (request, [uuid = '', how = '']) => {
    if (request.method === 'OPTIONS') return undefined;
    check(request);
    if (!UUID.test(uuid)) throw new RelayError('not_found', 'no heartbeat has this uuid');
    const output = request.method === 'POST' ? decode(await request.read()) : '';
    const shown = request.header('idempotency-key');
    const keyed = keyedBy(`ping/${uuid}`, shown === '' ? undefined : shown);
    const known = await ports.beats.ping(uuid, { ...readHow(how), text: output }, keyed);
    if (known === undefined) throw new RelayError('not_found', 'no heartbeat has this uuid');
    return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'OK' };
  };

  return [
    { method: '*', pattern: '/:target.beat', limit, answer: beat },
    { method: '*', pattern: '/ping/:uuid', limit, answer: ping },
    { method: '*', pattern: '/ping/:uuid/:how', limit, answer: ping },
  ];
}

/** The idempotency key of a sign. @throws RelayError `invalid` */
function keyedBy(sender: string, shown: string | undefined): KeyedSign | undefined {
  const key = readIdempotency(shown);
  return key === undefined ? undefined : { sender, key };
}

/**
 * A parameter as text; undefined if it is missing or empty. The body goes before the query.
 * @throws RelayError `invalid` for a list or an object
 */
function lastOf(parameters: Parameters, name: string): string | undefined {
  const value = parameters.get(name)?.at(-1);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'object') throw new RelayError('invalid', `${name} must be a text or a number`);
  return String(value).trim();
}

function readSign(parameters: Parameters, output: string): Sign {
  const [start = '0', exit] = ['start', 'exit'].map((name) => lastOf(parameters, name));
  if (start !== '0' && start !== '1') throw new RelayError('invalid', 'start must be 0 or 1');
  if (start === '1' && exit !== undefined) throw new RelayError('invalid', 'expected one of start and exit');
  return start === '1'
    ? { kind: 'start', exit: 0, text: '' }
    : { kind: 'end', exit: readExit(exit ?? '0'), text: output };
}

function readExit(code: string): number {
  if (!/^\d{1,3}$/.test(code)) throw new RelayError('invalid', 'exit must be a whole number from 0 to 999');
  return Number(code);
}

/** The end of Healthchecks' path: nothing, `start`, `fail`, or an exit code. */
function readHow(how: string): Pick<Sign, 'kind' | 'exit'> {
  if (how === 'start') return { kind: 'start', exit: 0 };
  return { kind: 'end', exit: how === 'fail' ? 1 : readExit(how === '' ? '0' : how) };
}
