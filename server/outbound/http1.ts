// Requests over HTTP/1.1, directly or through a proxy. Not here: HTTP/2, and the bounds that all requests share.
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Agents } from './agents.ts';
import type { Exchange, PlainRequest, ReadBounds } from './http2-exchange.ts';
import { loadAxios } from './load.ts';

/** Sends once. Rejects if no answer came, also when the signal aborts. */
export async function sendOverHttp1(
  request: PlainRequest & { readonly proxy: string | undefined },
  agents: Agents,
  bounds: ReadBounds,
  signal: AbortSignal,
): Promise<Exchange & { readonly phrase: string }> {
  const way = await agents.wayTo(request.url, request.proxy);
  const axios = loadAxios();
  const post = () => axios.request<Readable>({ ...way, ...settingsOf(request), signal });
  const { status, statusText, headers, data } = await post().catch((error: unknown) => {
    // The target closed a kept connection just as it was used again. That is no failure of the target: send once
    // more.
    if (axios.isAxiosError(error) && error.code === 'ECONNRESET' && error.request?.reusedSocket === true) {
      return post();
    }
    throw error;
  });
  const read = await readBeginning(data, bounds, signal);
  return { status, headers, phrase: statusText.replace(/[^ -~]/g, '').slice(0, 100), ...read };
}

function settingsOf({ method, url, headers, body }: PlainRequest) {
  return {
    adapter: 'http',
    method,
    url: url.href,
    headers: { ...headers, host: url.host, 'accept-encoding': 'identity' },
    ...(body === undefined ? {} : { data: body }),
    maxRedirects: 0,
    decompress: false,
    responseType: 'stream',
    validateStatus: () => true,
  } as const;
}

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
