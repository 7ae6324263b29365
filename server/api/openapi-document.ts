// The relay's own interface as OpenAPI 3.1, made from the specs of its routes.
import { z } from 'zod';
import { HTTP_STATUS } from '../dialects/kit/errors.ts';
import { type ApiRoute, codesOf, type RouteSpec } from './route-spec.ts';
import { refusal } from './schemas/common.ts';
import { answerShapes } from './schemas/shape.ts';

/** A JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A parameter of an operation. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

/** The contents of a body, by media type. */
export type Bodies = Readonly<Record<string, { readonly schema?: JsonSchema; readonly description?: string }>>;

/** One method of one path. */
export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Bodies };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Bodies }>>;
}

/** The document. */
export interface OpenApi {
  readonly openapi: '3.1.0';
  readonly info: Readonly<Record<string, unknown>>;
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

const SCHEMAS = '#/components/schemas/';
/** What the values in paths are. */
const IN_PATHS: Readonly<Record<string, string>> = {
  name: 'A name.',
  id: 'An id.',
  mid: 'The mid of a message, or its id.',
  code: 'A pairing code.',
};
/** How a credential may be shown. */
const SECURITY = {
  token: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'The token of the relay or of a device, or a key, without a scheme.',
  },
  bearer: { type: 'http', scheme: 'bearer' },
  basic: { type: 'http', scheme: 'basic', description: 'The token as the password.' },
};

/** The schemas of answers, by name. Programs should ignore unknown fields, so no schema forbids them. */
function components(): Readonly<Record<string, JsonSchema>> {
  const { schemas } = z.toJSONSchema(answerShapes, {
    uri: (id) => `${SCHEMAS}${id}`,
    override({ jsonSchema }) {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _, $schema, ...schema }]) => [id, schema as JsonSchema]),
  );
}

/** A schema that is not named, such as that of a body. */
function inline(schema: z.ZodType, io: 'input' | 'output' = 'input'): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

function referTo(schema: z.ZodType): JsonSchema {
  const id = answerShapes.get(schema)?.id;
  if (id !== undefined) return { $ref: SCHEMAS + id };
  if (schema instanceof z.ZodUnion) return { anyOf: schema.options.map((option) => referTo(option as z.ZodType)) };
  return inline(schema, 'output');
}

function parametersOf({ pattern, spec: { query = {} } }: ApiRoute): Parameter[] {
  const inPath = [...pattern.matchAll(/:(\w+)/g)].map(([, name = '']): Parameter => {
    const description = IN_PATHS[name] ?? name;
    return { name, in: 'path', required: true, description, schema: { type: 'string' } };
  });
  const inQuery = Object.entries(query).map(([name, schema]): Parameter => {
    const { description, required = false, ...rest } = inline(schema);
    const about = typeof description === 'string' ? { description } : {};
    return { name, in: 'query', required: required === true, ...about, schema: rest };
  });
  return [...inPath, ...inQuery];
}

function bodyOf({ body, takesFile }: RouteSpec): Pick<Operation, 'requestBody'> {
  if (takesFile === true) return { requestBody: { required: true, content: { '*/*': {} } } };
  return body === undefined ? {} : { requestBody: { content: { 'application/json': { schema: inline(body) } } } };
}

function successes({ answers, events, text }: RouteSpec): [status: string, content: Bodies][] {
  const found = new Map<string, Bodies>();
  for (const [status, schema] of Object.entries(answers)) {
    found.set(status, { 'application/json': { schema: referTo(schema) } });
  }
  if (text !== undefined) found.set('200', { ...found.get('200'), [text]: { schema: { type: 'string' } } });
  if (events !== undefined) {
    const names = Object.entries(events).map(([name, schema]) => [name, referTo(schema)]);
    const stream = { schema: { type: 'string' }, 'x-events': Object.fromEntries(names) };
    found.set('200', { ...found.get('200'), 'text/event-stream': stream });
  }
  return [...found];
}

/** The answers and the refusals, by their status. */
function responsesOf(route: ApiRoute): Operation['responses'] {
  const answers = new Map<string, { description: string; content: Bodies }>();
  for (const [status, content] of successes(route.spec)) answers.set(status, { description: 'Done.', content });
  const refused = new Map<string, string[]>();
  for (const code of codesOf(route)) {
    const status = String(HTTP_STATUS[code]);
    refused.set(status, [...(refused.get(status) ?? []), code]);
  }
  const schema = referTo(refusal);
  for (const [status, codes] of refused) {
    const description = `Refused: ${codes.join(', ')}.`;
    const content = answers.get(status)?.content ?? { 'application/json': { schema } };
    answers.set(status, { description, content });
  }
  return Object.fromEntries([...answers].sort(([a], [b]) => Number(a) - Number(b)));
}

/** The part of the interface to which a route belongs. */
function tagOf({ pattern }: Pick<ApiRoute, 'pattern'>): string {
  return (pattern.split('/')[2] ?? '').replace(/\..*/, '');
}

function operationOf(route: ApiRoute): Operation {
  const { method, pattern, spec } = route;
  const parts = pattern.split('/').slice(2);
  const name = parts.map((part) => part.replace(/\W/g, '')).join('-');
  const { callers } = spec;
  return {
    operationId: `${method.toLowerCase()}-${name}`,
    tags: [tagOf(route)],
    summary: spec.summary,
    ...(callers === undefined ? {} : { description: `For: ${callers}.` }),
    security: callers === undefined ? [] : Object.keys(SECURITY).map((scheme) => ({ [scheme]: [] })),
    parameters: parametersOf(route),
    ...bodyOf(spec),
    responses: responsesOf(route),
  };
}

/** Makes the document of some routes. @param url the address of the relay */
export function openApiOf(routes: readonly ApiRoute[], version: string, url: string): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = route.pattern.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  const tags = new Set(routes.map(tagOf).sort());
  return {
    openapi: '3.1.0',
    info: {
      title: 'Herald',
      version,
      summary: "The relay's own interface under /v1.",
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: { schemas: components(), securitySchemes: SECURITY },
  };
}
