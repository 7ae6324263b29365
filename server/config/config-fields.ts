// Fields that the schemas of several config sections share: durations, secrets, URLs, proxies.
import { z } from 'zod';

/** Facts about a setting that the loader acts on. They appear in the JSON Schema beside the standard keywords. */
declare module 'zod' {
  interface GlobalMeta {
    /** A number below `minimum` is raised to it with a warning instead of being refused, as mpush does. */
    'x-raise'?: true;
    /** A secret, shown as `***`. This is the standard keyword for a value that is accepted and never returned. */
    writeOnly?: true;
    /** A path in the file system, relative to the folder of the config file. */
    'x-path'?: true;
  }
}

/** The longest delay in ms that Node's timers support. */
export const MAX_TIMER = 2 ** 31 - 1;

/** A duration in ms. One below `floor` is raised to it with a warning. */
export function duration(text: string, preset: number, floor: number, max = MAX_TIMER) {
  return z.int().min(floor).max(max).default(preset).meta({ description: text, 'x-raise': true });
}

/** A whole number within bounds. Others are refused. */
export function whole(text: string, preset: number, min: number, max: number) {
  return z.int().min(min).max(max).default(preset).describe(text);
}

/** An optional secret. An empty one counts as absent. */
export function secret(text: string) {
  return z
    .string()
    .max(4096)
    .transform((value) => (value === '' ? undefined : value))
    .optional()
    .meta({ description: text, writeOnly: true });
}

/** An http or https URL. */
export function httpUrl(text: string) {
  return z
    .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
    .max(8192)
    .describe(text);
}

const proxyObject = z
  .strictObject({
    host: z.string().min(1),
    port: z.int().min(1).max(65535),
    auth: z.strictObject({ username: z.string(), password: z.string().default('') }).optional(),
    protocol: z
      .enum(['http', 'http:', 'https', 'https:'])
      .default('http')
      .describe('Protocol spoken to the proxy itself.'),
  })
  .describe('A proxy in the shape of mpush 2.1.');

/** mpush 2.1's proxy object as a URL; undefined when its parts form no valid URL. */
function proxyObjectUrl({ host, port, auth, protocol }: z.output<typeof proxyObject>): string | undefined {
  const login = auth === undefined ? '' : `${encodeURIComponent(auth.username)}:${encodeURIComponent(auth.password)}@`;
  const authority = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const text = `${protocol.replace(':', '')}://${login}${authority}:${port}`;
  return URL.canParse(text) ? text : undefined;
}

/** An http or https proxy: a URL, or mpush 2.1's object, which becomes a URL. An empty string means no proxy. */
export function proxy(text: string) {
  return z
    .union([z.literal(''), httpUrl('A proxy as a URL.'), proxyObject], {
      error: 'expected "", an http or https URL, or {host, port, auth: {username, password}, protocol}',
    })
    .transform((value, context) => {
      if (value === '') return undefined;
      if (typeof value === 'string') return value;
      const url = proxyObjectUrl(value);
      if (url === undefined) context.addIssue({ code: 'custom', message: 'expected a valid host' });
      return url;
    })
    .optional()
    .describe(text);
}
