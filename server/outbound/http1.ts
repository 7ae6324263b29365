// Requests over HTTP/1.1, directly or through a proxy. Not here: HTTP/2, and the bounds that all requests share.
import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { AxiosResponse } from 'axios';
import type { Agents, Way } from './agents.ts';
import type { Exchange, PlainRequest, ReadBounds } from './http2-exchange.ts';
import { loadAxios } from './load.ts';

/** Sends once. Rejects if no answer came, also when the signal aborts. */
export async function sendOverHttp1(
  request: PlainRequest & { readonly proxy: string | undefined },
  agents: Agents,
  bounds: ReadBounds,
  signal: AbortSignal,
): Promise<Exchange & { readonly phrase: string }> {
  const config = configOf(request, await agents.wayTo(request.url, request.proxy), signal);
  const axios = loadAxios();
  // `axios.request` would merge the defaults of axios into each request and look for interceptors and transformations.
  // There are none, and that took a quarter of the CPU time of a request.
  const post = async (): Promise<AxiosResponse<Readable>> => {
    // The adapter itself sends a request whose signal has aborted before.
    signal.throwIfAborted();
    return axios.getAdapter('http')({ ...config, headers: new axios.AxiosHeaders(config.headers) });
  };
  const answer = await post().catch((error: unknown) => {
    // The target closed a kept connection just as it was used again. That is no failure of the target: send once
    // more.
    if (axios.isAxiosError(error) && error.code === 'ECONNRESET' && error.request?.reusedSocket === true) {
      return post();
    }
    throw error;
  });
  const read = await readBeginning(answer.data, bounds, signal);
  // The target has answered, and may never read the rest of the request.
  if (!answer.request.writableFinished) answer.request.destroy();
  const { status, statusText, headers } = answer;
  return { status, headers, phrase: statusText.replace(/[^ -~]/g, '').slice(0, 100), ...read };
}

function configOf({ method, url, headers, body }: PlainRequest, way: Way, signal: AbortSignal) {
  return {
    ...way,
    method,
    url: url.href,
    headers: {
      accept: 'application/json, text/plain, */*',
      ...headers,
      host: url.host,
      'accept-encoding': 'identity',
    },
    ...(body === undefined ? {} : { data: body }),
    maxRedirects: 0,
    decompress: false,
    responseType: 'stream',
    validateStatus: () => true,
    transport,
    signal,
  } as const;
}

/** Node's own requests, except that one fails whose target changes to another protocol. It would have no end. */
const transport = {
  request(options: RequestOptions, answered: (answer: IncomingMessage) => void): ClientRequest {
    const request = (options.protocol === 'https:' ? requestHttps : requestHttp)(options, answered);
    request.once('upgrade', (_answer, socket) => {
      socket.destroy();
      request.emit('error', Object.assign(new Error('another protocol'), { code: 'EPROTO' }));
    });
    return request;
  },
};

/**
 * The first bytes of an answer. A short answer is read to its end, so that the connection can be kept. Never rejects.
 */
async function readBeginning(data: Readable, { clock, maxAnswer, answerTime }: ReadBounds, signal: AbortSignal) {
  const chunks: Buffer[] = [];
  let room = maxAnswer;
  let isWhole = true;
  const cut = () => {
    isWhole = false;
    data.destroy();
  };
  const timer = clock.setTimeout(cut, answerTime);
  signal.addEventListener('abort', cut, { once: true });
  data.on('data', (chunk: Buffer) => {
    if (room > 0) chunks.push(chunk.subarray(0, room));
    room -= chunk.length;
    if (room < 0) cut();
  });
  await finished(data).catch(() => {
    isWhole = false;
  });
  clock.clearTimeout(timer);
  signal.removeEventListener('abort', cut);
  return { body: Buffer.concat(chunks), isWhole };
}
