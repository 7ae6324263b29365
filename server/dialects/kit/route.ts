// Routes as data. koa, the fast path in front of koa and the check at the start all read the same table.
import { RelayError } from '../../base/errors.ts';
import type { Answer, HttpAnswer, HttpRequest } from './http-message.ts';

/** One kind of request that the relay answers. */
export interface Route {
  /** `*` for every method. GET answers HEAD as well. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | '*';
  /**
   * A path such as `/v1/devices/:name`. `:name` is one segment, or the beginning of one, as in `/:target.send`.
   * `/apps/*` is `/apps` and everything below it. `*` is every path.
   */
  readonly pattern: string;
  /** Longest body in bytes; 0 if the route reads no body. */
  readonly limit: number;
  /** Decides between routes of two owners that match the same path: the higher rank answers. The default is 0. */
  readonly rank?: number;
  /**
   * Whether GET, POST and PUT bypass koa, also if the route leaves a request to others. koa costs more than a whole send.
   */
  readonly fast?: boolean;
  /**
   * Answers a request. `undefined` leaves the request to the next route that matches.
   * @param params the decoded values of the path, in their order
   * @throws RelayError, which the owner's `fail` turns into an answer
   */
  answer(request: HttpRequest, params: readonly string[]): Answer | undefined | Promise<Answer | undefined>;
}

/** A part of the relay with routes: a dialect, the API, the page. Its own routes may overlap; the first one listed goes first. */
export interface RouteOwner {
  readonly name: string;
  readonly routes: readonly Route[];
  /** What to change in the config when another owner has one of its paths too. The error text ends with it. */
  readonly remedy?: string | undefined;
  /** The answer to an error of one of its routes. */
  fail(error: RelayError, request: HttpRequest): HttpAnswer;
}

/** A route with its owner, ready to be matched. */
export interface TableEntry {
  readonly route: Route;
  readonly owner: RouteOwner;
  /** Matches the paths of the route. */
  readonly regexp: RegExp;
}

const quote = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** The pattern as an expression whose groups are the values. A slash at the end makes no difference. */
export function patternToRegExp(pattern: string): RegExp {
  if (pattern === '*') return /^/;
  const isOpen = pattern.endsWith('/*');
  const path = isOpen ? pattern.slice(0, -2) : pattern;
  const source = path
    .split('/')
    .map((segment) => {
      const [, name, suffix = ''] = /^:(\w+)(.*)$/.exec(segment) ?? [];
      return name === undefined ? quote(segment) : `([^/]+)${quote(suffix)}`;
    })
    .join('/');
  // A path with a suffix takes no slash at the end: `/a.send/` is a mistake, not a send to `a`.
  const end = isOpen ? '(?:/.*)?' : /\.\w+$/.test(path) || path === '/' ? '' : '/?';
  return new RegExp(`^${source}${end}$`);
}

/** The decoded values of a path. A value that cannot be decoded stays as it is. Undefined when the path does not match. */
export function readParams(regexp: RegExp, path: string): string[] | undefined {
  return regexp.exec(path)?.slice(1).map(decoded);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Shape {
  readonly segments: readonly string[];
  readonly isOpen: boolean;
}

function shapeOf(pattern: string): Shape {
  if (pattern === '*') return { segments: [], isOpen: true };
  const isOpen = pattern.endsWith('/*');
  return { segments: (isOpen ? pattern.slice(0, -2) : pattern).split('/').slice(1), isOpen };
}

/** Whether one segment of a path can match both segments of patterns. */
function segmentsOverlap(one: string, other: string): boolean {
  const [a, b] = [one, other].map((segment) => /^:\w+(.*)$/.exec(segment)?.[1]);
  if (a === undefined && b === undefined) return one === other;
  if (a === undefined) return one.length > (b ?? '').length && one.endsWith(b ?? '');
  if (b === undefined) return other.length > a.length && other.endsWith(a);
  return a.endsWith(b) || b.endsWith(a);
}

/** Whether some path matches both patterns. */
export function patternsOverlap(one: string, other: string): boolean {
  const [a, b] = [shapeOf(one), shapeOf(other)];
  const [short, long] = a.segments.length <= b.segments.length ? [a, b] : [b, a];
  if (short.segments.length < long.segments.length && !short.isOpen) return false;
  return short.segments.every((segment, index) => segmentsOverlap(segment, long.segments[index] ?? ''));
}

function overlap(one: Route, other: Route): boolean {
  const methods = one.method === other.method || one.method === '*' || other.method === '*';
  return methods && patternsOverlap(one.pattern, other.pattern);
}

function isSame(one: Route, other: Route): boolean {
  return one.method === other.method && one.pattern === other.pattern;
}

const rankOf = ({ rank = 0 }: Route) => rank;

/**
 * All routes, in the order in which they get a request.
 * @throws RelayError `invalid` when routes of two owners match the same path and no rank decides. The text names both, and
 * says what to change in the config
 */
export function createRouteTable(owners: readonly RouteOwner[]): readonly TableEntry[] {
  const entries = owners.flatMap((owner) =>
    owner.routes.map((route): TableEntry => ({ route, owner, regexp: patternToRegExp(route.pattern) })),
  );
  // Looks for equal paths first, because they make the clearest error.
  for (const clash of [isSame, overlap]) {
    for (const [index, { route, owner }] of entries.entries()) {
      for (const other of entries.slice(index + 1)) {
        if (owner === other.owner || rankOf(route) !== rankOf(other.route) || !clash(route, other.route)) continue;
        throw conflict(owner, other.owner, route, other.route);
      }
    }
  }
  return entries.sort((a, b) => rankOf(b.route) - rankOf(a.route));
}

/**
 * Makes a function that gives the entries which may match a path, in their order. Most have a first part that is fixed, and
 * need not be looked at for other paths.
 */
export function indexRoutes(table: readonly TableEntry[]): (path: string) => readonly TableEntry[] {
  const firstOf = ({ route }: TableEntry) => shapeOf(route.pattern).segments[0];
  const isOpen = (first: string | undefined) => first === undefined || first.startsWith(':');
  const open = table.filter((entry) => isOpen(firstOf(entry)));
  const byFirst = new Map<string, readonly TableEntry[]>();
  for (const first of new Set(table.map(firstOf))) {
    if (first === undefined || isOpen(first)) continue;
    const own = table.filter((entry) => firstOf(entry) === first || isOpen(firstOf(entry)));
    byFirst.set(first, own);
  }
  return (path) => {
    const end = path.indexOf('/', 1);
    return byFirst.get(end < 0 ? path.slice(1) : path.slice(1, end)) ?? open;
  };
}

function conflict(one: RouteOwner, other: RouteOwner, route: Route, second: Route): RelayError {
  const paths = [route, second].map(({ method, pattern }) => `${method} ${pattern}`);
  const where = paths[0] === paths[1] ? `http path ${paths[0]}` : `http paths that match ${paths.join(' and ')}`;
  const remedy = other.remedy ?? one.remedy;
  const text = `the dialects ${one.name} and ${other.name} both claim ${where}`;
  return new RelayError('invalid', remedy === undefined ? text : `${text}; ${remedy}`);
}
