// Reads targets live without being a device: it comes back after the last message when the connection breaks.
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { reconnectDelay } from '../../shared/backoff.ts';
import type { WireMessage } from '../../shared/message.ts';
import { parseObject } from '../../shared/object.ts';
import { CommandError } from './command.ts';
import { connectionProblem } from './connection-problem.ts';
import { isMessage } from './listen-connection.ts';
import { type DevicePorts, pause } from './listen-device.ts';
import { visible } from './output.ts';

/** What is read, and where. */
export interface StreamSource {
  /** The address of the relay over HTTP. */
  readonly url: string;
  readonly token: string | undefined;
  /** Devices and groups, separated by commas. */
  readonly targets: string;
}

/** Longest silence in ms. The relay gives a sign of life every 45 s by default. */
const MAX_SILENCE = 120_000;

/** Refusals that another try does not change. */
const isFinal = (status: number) => status >= 400 && status < 500 && status !== 408 && status !== 429;

/**
 * Reads a stream until its signal aborts.
 * @throws CommandError when the relay refuses it, and what `handle` throws
 */
export async function runStream({ url, token, targets }: StreamSource, ports: DevicePorts): Promise<void> {
  const { clock, note, signal } = ports;
  const address = `${url}/v1/stream?target=${encodeURIComponent(targets)}`;
  let last: string | undefined;
  let failures = 0;

  async function readOnce(): Promise<string> {
    const silent = new AbortController();
    const ended = AbortSignal.any([signal, silent.signal]);
    let alarm = clock.setTimeout(() => silent.abort(), MAX_SILENCE);
    try {
      const response = await fetch(address, {
        headers: {
          accept: 'application/x-ndjson',
          'user-agent': 'herald',
          ...(token === undefined ? {} : { authorization: Buffer.from(token).toString('latin1') }),
          ...(last === undefined ? {} : { 'last-event-id': last }),
        },
        redirect: 'error',
        signal: ended,
      });
      if (!response.ok || response.body === null) {
        const text = visible(String(parseObject(await response.text())?.['error'] ?? `HTTP ${response.status}`));
        if (isFinal(response.status)) throw new CommandError(`the relay refuses to send ${targets}: ${text}`);
        return text;
      }
      const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
      for await (const line of createInterface({ input: body })) {
        clock.clearTimeout(alarm);
        alarm = clock.setTimeout(() => silent.abort(), MAX_SILENCE);
        await take(line);
        if (signal.aborted) break;
      }
      return 'the connection ended';
    } catch (error) {
      if (error instanceof CommandError || error instanceof HandlerError) throw error;
      if (silent.signal.aborted) return 'the relay no longer answers';
      return connectionProblem(error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error));
    } finally {
      clock.clearTimeout(alarm);
      silent.abort();
    }
  }

  async function take(line: string): Promise<void> {
    const message = parseObject(line) ?? {};
    const { event, id } = message;
    if (event === 'open') {
      failures = 0;
      note(`reading ${targets} from ${url}`);
    }
    if (event === 'message' && isMessage(message)) await handle(message);
    if (typeof id === 'string') last = id;
  }

  async function handle(message: WireMessage): Promise<void> {
    try {
      await ports.handle(message, signal);
    } catch (error) {
      throw new HandlerError(error);
    }
  }

  while (!signal.aborted) {
    const why = await readOnce().catch((error: unknown) => {
      throw error instanceof HandlerError ? error.cause : error;
    });
    if (signal.aborted) return;
    const delay = reconnectDelay(failures, ports.random());
    failures += 1;
    note(`${why}; trying again in ${(delay / 1000).toFixed(1)} s`);
    await pause(clock, delay, signal);
  }
}

/** Tells an error of the caller from one of the connection. */
class HandlerError extends Error {
  constructor(cause: unknown) {
    super('the message could not be handled', { cause });
  }
}
