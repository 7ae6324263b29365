// Bark's tool for agents: MCP over HTTP, one answer for each request. Sessions are accepted but not asked for, because a relay
// that restarts must not strand an agent.
import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject, ownValue } from '../../../shared/object.ts';
import { RelayError } from '../../base/errors.ts';
import { isJsonType } from '../kit/body.ts';
import { fieldText } from '../kit/fields.ts';
import type { HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import { replyOf } from './errors.ts';
import { BarkError, type BarkSending } from './sending.ts';

const NEWEST = '2025-06-18';
const VERSIONS: ReadonlySet<unknown> = new Set(['2024-11-05', '2025-03-26', NEWEST]);
const TEXTS = [
  ...['title', 'subtitle', 'body', 'markdown', 'call', 'sound', 'icon', 'image', 'group', 'isArchive', 'url', 'copy'],
];
const properties = {
  ...Object.fromEntries(TEXTS.map((name) => [name, { type: 'string' }])),
  level: { type: 'string', enum: ['critical', 'active', 'timeSensitive', 'passive'] },
  volume: { type: 'number', minimum: 0, maximum: 10, default: 5 },
  badge: { type: 'number' },
};

function tools(needsKey: boolean): object {
  const inputSchema = needsKey
    ? {
        type: 'object',
        properties: { device_key: { type: 'string' }, ...properties },
        required: ['device_key'],
      }
    : { type: 'object', properties };
  const annotations = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true };
  return {
    tools: [{ name: 'notify', description: 'Send a notification to the devices of a key', inputSchema, annotations }],
  };
}

class RpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

function rpc(body: object, status = 200, headers: HttpAnswer['headers'] = {}): HttpAnswer {
  const text = JSON.stringify({ jsonrpc: '2.0', ...body });
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: text };
}

const said = (text: string, isError = false) => ({
  content: [{ type: 'text', text }],
  ...(isError ? { isError } : {}),
});

async function readRequest(request: HttpRequest, limit: number): Promise<JsonObject | undefined> {
  if (!isJsonType(request.header('content-type'))) return undefined;
  try {
    const value: unknown = JSON.parse((await request.read(limit)).toString());
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Answers a request of MCP. @param key that of the path, which outranks an argument @param limit longest body in bytes */
type AnswerMcp = (request: HttpRequest, key: string | undefined, limit: number) => Promise<HttpAnswer>;

/** Makes the answers. */
export function createMcp(sending: BarkSending): AnswerMcp {
  async function notify(request: HttpRequest, given: JsonObject, pathKey: string | undefined): Promise<object> {
    const key = pathKey ?? fieldText(ownValue(given, 'device_key'));
    if (key === '') return said('device_key is required', true);
    const texts = Object.entries(given).map(([name, value]) => [name.toLowerCase(), fieldText(value)] as const);
    try {
      const caller = await sending.caller(request, key);
      await sending.send(request, caller, new Map(texts.filter(([, text]) => text !== '')));
      return said('Notification sent successfully');
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      const { message } = error instanceof BarkError ? error.reply : replyOf(error, key);
      return said(`Failed to send notification: ${message}`, true);
    }
  }

  async function call(request: HttpRequest, params: JsonObject, key: string | undefined): Promise<object> {
    if (ownValue(params, 'name') !== 'notify') throw new RpcError(-32602, 'unknown tool: expected notify');
    const given = ownValue(params, 'arguments');
    return notify(request, isObject(given) ? given : {}, key);
  }

  async function perform(
    request: HttpRequest,
    method: unknown,
    params: JsonObject,
    key: string | undefined,
  ): Promise<object> {
    switch (method) {
      case 'initialize': {
        const asked = ownValue(params, 'protocolVersion');
        const name = `Bark MCP Server (${key === undefined ? 'General' : 'Specific'})`;
        return {
          protocolVersion: VERSIONS.has(asked) ? asked : NEWEST,
          capabilities: { tools: { listChanged: true } },
          serverInfo: { name, version: '' },
        };
      }
      case 'ping':
        return {};
      case 'tools/list':
        return tools(key === undefined);
      case 'tools/call':
        return call(request, params, key);
      default:
        throw new RpcError(-32601, 'method not found');
    }
  }

  return async (request, key, limit) => {
    if (request.method === 'DELETE') return { status: 200, headers: {}, body: '' };
    if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST, DELETE' }, body: '' };
    const asked = await readRequest(request, limit);
    if (asked === undefined) {
      return rpc({ id: null, error: { code: -32700, message: 'expected one JSON object of JSON-RPC' } }, 400);
    }
    const [id, method, params] = ['id', 'method', 'params'].map((name) => ownValue(asked, name));
    if (id === undefined || id === null) return { status: 202, headers: {}, body: '' };
    const session = method === 'initialize' ? { 'mcp-session-id': `mcp-session-${randomUUID()}` } : {};
    try {
      const result = await perform(request, method, isObject(params) ? params : {}, key);
      return rpc({ id, result }, 200, session);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return rpc({ id, error: { code: error.code, message: error.message } });
    }
  };
}
