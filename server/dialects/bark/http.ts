// The paths of Bark: below the root where the first part is a key, and below /bark always.

import { isKeyForm } from '../../access/key-record.ts';
import { RelayError } from '../../base/errors.ts';
import type { HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import type { Route } from '../kit/route.ts';
import { barkAnswer, unknownKey } from './errors.ts';
import { createMcp } from './mcp.ts';
import { mergeParameters, readBarkBody, readBarkPath } from './parameters.ts';
import type { BarkPorts, BarkSections } from './ports.ts';
import { createBarkSending } from './sending.ts';

/** The prefix of paths that no other dialect can have. */
const PREFIX = '/bark';
/** Below the paths with a fixed first part, and above those that take any name. */
const KEY_RANK = -1.5;
const PREFIX_RANK = 1;
/** A key that the relay makes, once or written twice: no one else has such a path, even if the key has ended. */
const MADE = /^A[A-Za-z0-9]{14}(?:A[A-Za-z0-9]{14})?$/;
const METHODS: HttpAnswer = {
  status: 405,
  headers: { 'content-type': 'text/plain; charset=utf-8', allow: 'GET, HEAD, POST' },
  body: 'Method Not Allowed',
};
const MAX_TOKEN = 160;
const NO_APPLE = 'this relay does not push to Apple devices; open its page and add it to the home screen';
const SECRETS = ['device_key', 'device_keys'];

/** How far the rank of `/ping` is below that of the other fixed paths. */
const PING_BELOW = 0.5;

/** Creates the routes. */
export function barkRoutes(ports: BarkPorts, config: BarkSections): Route[] {
  const { clock, devices, senderKeys } = ports;
  const { maxBody } = config.http;
  const sending = createBarkSending(ports, config);
  const mcp = createMcp(sending);

  function isTarget(name: string): boolean {
    return devices.get(name) !== undefined || devices.groups().includes(name);
  }

  /** Whether a path is Bark's by its first part. */
  function isKey(first: string): boolean {
    return senderKeys.find(first) !== undefined || (MADE.test(first) && !isTarget(first));
  }

  /** How much a request may hold whose key is not known yet. */
  const leaseOf = ({ ip, headers }: HttpRequest) => ports.bodyBudget.take(ip, headers['content-length'], maxBody);

  async function sendByPath(request: HttpRequest, key: string, parts: readonly string[]): Promise<HttpAnswer> {
    const { method, path } = request;
    if (!['GET', 'HEAD', 'POST'].includes(method)) return METHODS;
    const given = readBarkPath(parts);
    if (given === undefined) {
      return {
        status: 404,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: `Cannot ${method} ${path}`,
      };
    }
    const caller = await sending.caller(request, key);
    const instead = sending.sends.guard(request, SECRETS);
    if (instead !== undefined) return instead;
    const parameters = mergeParameters(await readBarkBody(request, maxBody), given);
    return barkAnswer(clock, undefined, await sending.send(request, caller, parameters));
  }

  async function push(request: HttpRequest): Promise<HttpAnswer> {
    // A path of one part is a key.
    if (request.method === 'GET' || request.method === 'HEAD') return sendByPath(request, 'push', []);
    if (request.method !== 'POST') return METHODS;
    const lease = leaseOf(request);
    const answer = await sending.push(request, await readBarkBody(request, lease.limit));
    lease.refund();
    return answer;
  }

  async function register(request: HttpRequest): Promise<HttpAnswer> {
    if (!['GET', 'HEAD', 'POST'].includes(request.method)) return METHODS;
    if (request.method === 'POST' && !/json|form/.test(request.header('content-type'))) {
      throw new RelayError('invalid', 'request bind failed2: Unprocessable Entity');
    }
    const lease = leaseOf(request);
    const given = mergeParameters(await readBarkBody(request, lease.limit), []);
    const token = given.get('device_token') ?? given.get('devicetoken') ?? '';
    if (token === '') throw new RelayError('invalid', 'device token is empty');
    if (token.length > MAX_TOKEN) throw new RelayError('invalid', 'device token is invalid');
    return barkAnswer(clock, { code: 501, message: NO_APPLE });
  }

  async function checkKey(request: HttpRequest, key: string): Promise<HttpAnswer> {
    try {
      await sending.sends.caller(request, key, '/register/:key');
    } catch (error) {
      if (!(error instanceof RelayError) || !['unauthorized', 'revoked'].includes(error.code)) throw error;
      throw unknownKey(key, error);
    }
    return barkAnswer(clock);
  }

  function info(): HttpAnswer {
    const arch = `${process.platform}/${process.arch}`;
    const body = JSON.stringify({ arch, commit: '', devices: devices.list().length, version: '', build: '' });
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }

  function below(prefix: string, rank: number, keyRank: number): Route[] {
    const fixed = (method: Route['method'], path: string, answer: Route['answer']): Route => ({
      method,
      pattern: `${prefix}${path}`,
      limit: maxBody,
      rank,
      fast: true,
      answer,
    });
    return [
      fixed('*', '/push', push),
      // A relay that also speaks gusher.cluster answers this path for it, because that is configured and this is a default.
      {
        ...fixed('GET', '/ping', () => barkAnswer(clock, { code: 200, message: 'pong' })),
        rank: rank - PING_BELOW,
      },
      fixed('GET', '/healthz', () => ({
        status: 200,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: 'ok',
      })),
      fixed('GET', '/info', info),
      fixed('*', '/register', register),
      fixed('GET', '/register/:key', (request, [key = '']) => checkKey(request, key)),
      fixed('*', '/mcp', (request) => mcp(request, undefined, leaseOf(request).limit)),
      fixed('*', '/mcp/:key', (request, [key]) => mcp(request, key, leaseOf(request).limit)),
      {
        method: '*',
        pattern: `${prefix}/:key/*`,
        limit: maxBody,
        rank: keyRank,
        fast: true,
        answer(request) {
          const [first = '', ...parts] = request.path.slice(prefix.length + 1).split('/');
          if (prefix === '' && !(isKeyForm(first) && isKey(first))) return undefined;
          // One slash at the end makes no difference.
          if (parts.at(-1) === '') parts.pop();
          return sendByPath(request, first, parts);
        },
      },
    ];
  }

  return [...below('', 0, KEY_RANK), ...below(PREFIX, PREFIX_RANK, PREFIX_RANK)];
}
