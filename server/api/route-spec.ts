// What a route under /v1 takes and answers. /v1/openapi.json is made from it, and the tests hold every answer against it.
import { channel } from 'node:diagnostics_channel';
import { z } from 'zod';
import type { ErrorCode } from '../base/errors.ts';
import type { Answer, HttpRequest } from '../dialects/kit/http-message.ts';
import type { Route } from '../dialects/kit/route.ts';

/** The description of one route. */
export interface RouteSpec {
  /** What it does, in one sentence. */
  readonly summary: string;
  /** Which credentials it takes, in words; absent if it needs none. */
  readonly callers?: string;
  /** Parameters of the query. Those that must be there have `.meta({ required: true })`. */
  readonly query?: Readonly<Record<string, z.ZodType>>;
  /** The JSON in the body. */
  readonly body?: z.ZodType;
  /** Whether the body is a file. */
  readonly takesFile?: true;
  /** The JSON of the answers by their status. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
  /** The data of server-sent events by their names, if the answer is a stream. */
  readonly events?: Readonly<Record<string, z.ZodType>>;
  /** The media type of an answer that is text, or a file. */
  readonly text?: string;
  /** Refusals besides those that every such route has. */
  readonly errors?: readonly ErrorCode[];
}

/** A route with its description. */
export interface ApiRoute extends Route {
  readonly spec: RouteSpec;
}

/** What observers of the interface are told. */
export interface ObservedAnswer {
  readonly route: Pick<ApiRoute, 'method' | 'pattern' | 'spec'>;
  readonly request: HttpRequest;
  /** The codes with which the route may refuse. */
  readonly codes: readonly ErrorCode[];
  readonly answer?: Answer | undefined;
  readonly error?: unknown;
}

/** Tells of every answer and every refusal. Only the tests listen. */
export const answered = channel('herald.api.answer');
/** Tells of the JSON in a body: `{ request, body }`. */
export const bodyRead = channel('herald.api.body');

/** Every refusal that the route may have. */
export function codesOf({ pattern, spec }: Pick<ApiRoute, 'pattern' | 'spec'>): readonly ErrorCode[] {
  const { callers, query, body, takesFile, errors = [] } = spec;
  const codes = new Set<ErrorCode>(['internal', 'unavailable']);
  const add = (...more: readonly ErrorCode[]) => {
    for (const code of more) codes.add(code);
  };
  if (callers !== undefined) add('unauthorized', 'revoked', 'forbidden', 'too_many');
  if (query !== undefined) add('invalid');
  if (body !== undefined || takesFile === true) add('invalid', 'too_large', 'timeout', 'unsupported_type');
  if (pattern.includes(':')) add('invalid', 'not_found');
  add(...errors);
  return [...codes];
}

/** Tells the observers what becomes of a request. */
export async function observed(route: ApiRoute, request: HttpRequest, params: readonly string[]) {
  const about = { route, request, codes: codesOf(route) };
  try {
    const answer = await route.answer(request, params);
    answered.publish({ ...about, answer } satisfies ObservedAnswer);
    return answer;
  } catch (error) {
    answered.publish({ ...about, error } satisfies ObservedAnswer);
    throw error;
  }
}

/** `1` or `0` in a query. */
export const flag = z.enum(['0', '1']);

/** Parameters of a list that comes in pages. */
export const paging = {
  target: z.string().describe('Only those of this device or group.'),
  limit: z.int().min(1).max(1000).default(100),
  after: z.string().describe('Where the page begins: the "cursor" of the one before.'),
};
