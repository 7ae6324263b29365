// Reads the URL of Redis in all its forms, without any secret in an error. Not here: how a connection is made
// (connection.ts).

/** One address to connect to: a host and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** What `redis.url` says. */
export interface RedisAddress {
  readonly mode: 'single' | 'sentinel' | 'cluster';
  readonly tls: boolean;
  /** The server, the sentinels, or some nodes of the Redis Cluster; none with a socket file. */
  readonly hosts: readonly HostPort[];
  /** The socket file of a server on this machine. */
  readonly path?: string;
  /** The name that the sentinels have for the master. */
  readonly master?: string;
  readonly user?: string;
  readonly password?: string;
  readonly database: number;
}

const FORMS =
  'expected redis://[user[:password]@]host[:port][/db], redis-sentinel://host[:port],…/<master>[/db], redis-cluster://host[:port],… (each also as rediss for TLS), or unix:///path';

/** The URL cannot be used. The message never contains any part of it. */
class UrlProblem extends Error {}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UrlProblem('expected a percent-encoded user and password, such as %25 for %');
  }
}

/** The part before the last `@`, and what comes after it. */
function splitLogin(text: string): { login: Pick<RedisAddress, 'user' | 'password'>; rest: string } {
  const at = text.lastIndexOf('@');
  if (at === -1) return { login: {}, rest: text };
  const [, user = '', password = ''] = /^([^:]*):?(.*)$/s.exec(text.slice(0, at)) ?? [];
  return {
    login: {
      ...(user === '' ? {} : { user: decoded(user) }),
      ...(password === '' ? {} : { password: decoded(password) }),
    },
    rest: text.slice(at + 1),
  };
}

function hostPort(text: string, preset: number): HostPort {
  const [, ipv6, name, port] = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined) throw new UrlProblem('expected host or host:port after the login; encode @ and / in it');
  const number = port === undefined ? preset : Number(port);
  if (number < 1 || number > 65_535) throw new UrlProblem('expected a port from 1 to 65535');
  return { host, port: number };
}

function database(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,5}$/.test(text)) throw new UrlProblem('expected the number of a database after the last /');
  return Number(text);
}

function parse(url: string): RedisAddress {
  const [, scheme = '', body = ''] = /^([a-z-]+):\/\/(.*)$/is.exec(url) ?? [];
  const [, base, kind = 'single'] = /^(rediss?|unix)(?:-(sentinel|cluster))?$/.exec(scheme.toLowerCase()) ?? [];
  if (base === undefined || (base === 'unix' && kind !== 'single')) throw new UrlProblem(FORMS);
  const end = body.indexOf('/');
  const authority = end === -1 ? body : body.slice(0, end);
  const path = end === -1 ? '' : body.slice(end);
  const { login, rest } = splitLogin(authority);

  if (base === 'unix') {
    if (rest !== '' || path.length < 2) throw new UrlProblem('expected unix:///path, with three slashes');
    const [file = '', query] = path.split('?');
    const [, db] = /^db=(.*)$/.exec(query ?? 'db=0') ?? [];
    if (db === undefined) throw new UrlProblem('expected nothing but ?db=<number> after the path');
    return { mode: 'single', tls: false, hosts: [], path: decoded(file), ...login, database: database(db) };
  }

  if (/[?#]/.test(body)) throw new UrlProblem('expected no ? and no #; in a password they are %3F and %23');
  const mode = kind as RedisAddress['mode'];
  const hosts = rest.split(',').map((host) => hostPort(host, mode === 'sentinel' ? 26_379 : 6379));
  const parts = path.split('/').slice(1);
  const shared = { mode, tls: base === 'rediss', hosts, ...login };
  if (mode === 'sentinel') {
    const [master = '', db, ...more] = parts;
    if (master === '' || more.length > 0) throw new UrlProblem('expected the name of the master after the sentinels');
    return { ...shared, master: decoded(master), database: database(db) };
  }
  const [db, ...more] = parts;
  if (more.length > 0) throw new UrlProblem('expected only the number of a database after the host');
  if (mode === 'cluster') {
    if (database(db) !== 0) throw new UrlProblem('expected no database: Redis Cluster has only one');
    return { ...shared, database: 0 };
  }
  if (hosts.length > 1) throw new UrlProblem('expected one host; several are for redis-sentinel and redis-cluster');
  return { ...shared, database: database(db) };
}

/** The address in a URL, or what was expected. The problem never contains a part of the URL. */
export function parseRedisUrl(url: string): RedisAddress | { readonly problem: string } {
  try {
    return parse(url);
  } catch (error) {
    if (error instanceof UrlProblem) return { problem: error.message };
    throw error;
  }
}

/** The address for the log: where Redis is, without login. */
export function showAddress({ mode, tls, hosts, path, master, database }: RedisAddress): string {
  if (path !== undefined) return `unix://${path}`;
  const scheme = `${tls ? 'rediss' : 'redis'}${mode === 'single' ? '' : `-${mode}`}`;
  const list = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
  return `${scheme}://${list}${master === undefined ? '' : `/${master}`}${database === 0 ? '' : `/${database}`}`;
}
