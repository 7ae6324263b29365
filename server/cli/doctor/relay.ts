// What `herald doctor` asks the relay: whether it runs, its clock, and how it is reached through its public address.
import axios from 'axios';
import type { CallerFacts, NodeList, RouteList } from '../../../shared/api.ts';
import { parseObject } from '../../../shared/object.ts';
import { connectionProblem } from '../connection-problem.ts';
import { visible } from '../output.ts';
import type { ServerAccess } from '../server-access.ts';
import { isLocal, parseAddress } from '../server-address.ts';
import { type Finding, fine, problem, skipped, warning } from './finding.ts';

/** Longest time in ms for one answer. */
const TIMEOUT = 5000;
/** The header that tells the time has whole seconds. */
const MAX_SKEW = 5000;

/** An answer of the relay. */
interface Reply {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>> | undefined;
  /** The clock of the relay when it answered, and the time halfway through the request here, both in ms since 1970. */
  readonly clocks: { readonly there: number; readonly here: number } | undefined;
}

/** Asks once. A text says why there is no answer. */
async function ask(server: ServerAccess, path: string, signal: AbortSignal): Promise<Reply | string> {
  const begun = Date.now();
  try {
    const response = await axios.request<string>({
      url: `${server.http}${path}`,
      headers: {
        accept: 'application/json',
        ...(server.token === undefined ? {} : { authorization: Buffer.from(server.token).toString('latin1') }),
      },
      responseType: 'text',
      transformResponse: (text: string) => text,
      validateStatus: () => true,
      maxRedirects: 0,
      proxy: false,
      timeout: TIMEOUT,
      signal,
    });
    const there = Date.parse(String(response.headers['date']));
    const here = (begun + Date.now()) / 2;
    const clocks = Number.isNaN(there) ? undefined : { there, here };
    return { status: response.status, json: parseObject(response.data), clocks };
  } catch (error) {
    return error instanceof Error ? connectionProblem(error) : String(error);
  }
}

/** What a difference of clocks means. Exported for its test. */
export function judgeClocks({ there, here }: { readonly there: number; readonly here: number }): Finding {
  // The header is cut to whole seconds: it is half a second behind on average.
  const ahead = there + 500 - here;
  const seconds = Math.round(Math.abs(ahead) / 1000);
  if (Math.abs(ahead) <= MAX_SKEW) return fine('clock', 'the clock of the relay and that of this machine agree');
  return warning(
    'clock',
    `the clock of the relay is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} that of this machine`,
    'set both by the network: timedatectl set-ntp true. Scheduled messages and expiry go by the clock of the relay',
  );
}

/**
 * Whether the relay runs and takes the token, and what its clock says.
 * @param isExpected whether it has to run, because the user named it
 */
export async function checkRelay(server: ServerAccess, isExpected: boolean, signal: AbortSignal): Promise<Finding[]> {
  const ready = await ask(server, '/ready', signal);
  if (typeof ready === 'string') {
    const text = `${server.http} cannot be reached: ${ready}`;
    return isExpected
      ? [problem('relay', text, 'start the relay, or correct the address (--server, HERALD_SERVER, herald login)')]
      : [skipped('relay', `${text}; the checks of a running relay are left out`)];
  }
  const { status, json = {}, clocks } = ready;
  const { status: state, version, storage } = json;
  if (typeof version !== 'string') {
    return [
      problem('relay', `${server.http} does not answer as a Herald relay does (HTTP ${status})`, 'correct the address'),
    ];
  }
  const found = [
    state === 'ok'
      ? fine('relay', `${server.http} runs, version ${visible(version)}`)
      : problem(
          'relay',
          `${server.http} is ${visible(String(state))}`,
          'wait, and look at its log if this does not change',
        ),
    ...(storage === undefined
      ? []
      : [problem('relay', 'it says that stored data is damaged', 'see the lines about the files')]),
    ...(clocks === undefined ? [] : [judgeClocks(clocks)]),
  ];
  const known = await ask(server, '/v1/caller', signal);
  if (typeof known !== 'string' && known.status === 401) {
    const what = server.token === undefined ? 'it needs a token' : 'it refuses the token';
    found.push(
      warning('relay', what, 'pass --token, or set HERALD_TOKEN; herald token prints it on the relay’s machine'),
    );
  }
  return found;
}

/** Routes whose last answer was no success. */
export async function checkRoutes(server: ServerAccess, signal: AbortSignal): Promise<Finding[]> {
  const reply = await ask(server, '/v1/routes', signal);
  if (typeof reply === 'string' || reply.status !== 200) return [];
  const { routes } = reply.json as unknown as RouteList;
  return routes
    .filter(({ failing }) => failing)
    .map(({ name, transport, answers: [last] }) =>
      warning(
        'routes',
        visible(`${transport} to ${name} fails: ${last?.reason ?? last?.kind ?? 'unknown'}`),
        transport === 'webhook' || transport === 'app'
          ? 'see what its server says'
          : 'open the page on that device once',
      ),
    );
}

/** What a proxy in between does, by what the relay saw. Exported for its test. */
export function judgeProxy(facts: CallerFacts, url: string): Finding[] {
  const { peer, forwardedFor, trustsProxy, https } = facts;
  const isSecure = url.startsWith('https:');
  if (forwardedFor !== undefined && !trustsProxy) {
    return [
      warning(
        'proxy',
        `all callers look like ${visible(peer)} to the relay, so the wrong tokens of one client slow down all others`,
        'set http.trustProxy to true',
      ),
    ];
  }
  if (forwardedFor === undefined && trustsProxy) {
    return [
      problem(
        'proxy',
        'http.trustProxy is on, but nothing sets X-Forwarded-For, so callers can claim any address',
        'let the proxy set X-Forwarded-For, or switch http.trustProxy off',
      ),
    ];
  }
  if (isSecure && trustsProxy && !https) {
    return [
      warning(
        'proxy',
        'the relay takes requests over https for requests over http',
        'let the proxy set X-Forwarded-Proto, as nginx.example.conf does',
      ),
    ];
  }
  return [fine('proxy', `the relay sees callers as ${visible(facts.address)}${https ? ' over https' : ''}`)];
}

/** Whether browsers allow notifications on a page at this address. */
export function judgeContext(url: string): Finding {
  const address = parseAddress(url);
  if (url.startsWith('https:')) return fine('http.url', `${url} is secure: browsers allow notifications there`);
  if (address !== undefined && isLocal(address)) {
    return warning(
      'http.url',
      `${url} works only on this machine: elsewhere, browsers allow notifications only over https`,
      'put the relay behind https, which docs/https.md does in two lines, and set http.url',
    );
  }
  return warning(
    'http.url',
    `${url} is not https, so browsers allow no notifications there`,
    'put the relay behind https, which docs/https.md does in two lines, and set http.url',
  );
}

/**
 * Whether the public address leads to this relay, and what it looks like from there.
 * @param local the relay as this machine reaches it
 */
export async function checkPublicAddress(url: string, local: ServerAccess, signal: AbortSignal): Promise<Finding[]> {
  const address = parseAddress(url);
  if (address === undefined) return [];
  const server = { ...address, token: local.token };
  const found = [judgeContext(address.http)];
  const reply = await ask(server, '/v1/caller', signal);
  if (typeof reply === 'string') {
    const advice = 'check DNS, the proxy and its certificate; docs/https.md has working configs';
    return [...found, problem('http.url', `${address.http} cannot be reached from here: ${reply}`, advice)];
  }
  if (reply.status === 401) return [...found, skipped('proxy', 'this check needs the token')];
  if (reply.status !== 200) {
    const text = `${address.http} answers ${reply.status} where the relay would answer`;
    return [
      ...found,
      problem('http.url', text, 'check the address and its prefix (http.basePath), and what the proxy passes on'),
    ];
  }
  if (!(await isSame(local, server, signal))) {
    found.push(problem('http.url', `${address.http} leads to another relay`, 'correct http.url, or the proxy'));
  }
  return [...found, ...judgeProxy(reply.json as unknown as CallerFacts, address.http)];
}

/** Whether both addresses lead to nodes of the same relay. True where that cannot be known. */
async function isSame(one: ServerAccess, other: ServerAccess, signal: AbortSignal): Promise<boolean> {
  const lists = await Promise.all([one, other].map((server) => ask(server, '/v1/nodes', signal)));
  const [here, there] = lists.map((reply) =>
    typeof reply === 'string' || reply.status !== 200 ? undefined : (reply.json as unknown as NodeList).nodes,
  );
  if (here === undefined || there === undefined) return true;
  const ids = new Set(here.map(({ id }) => id));
  return there.some(({ id, self }) => self && ids.has(id));
}
