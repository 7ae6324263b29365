// Streams over HTTP: lines of JSON, server-sent events, or the bare texts.
import { RelayError } from '../../base/errors.ts';
import { rememberLast } from '../../base/remember-last.ts';
import type { Answer, HttpRequest } from '../kit/http-message.ts';
import type { LiveStream } from '../kit/live-stream.ts';
import { NtfyError } from './errors.ts';
import type { Listening, Outlet, Tells } from './listening.ts';
import type { NtfyMessage } from './message.ts';
import type { NtfyPorts, NtfySections } from './ports.ts';

/** A form of a stream. */
interface Form {
  readonly contentType: string;
  write(event: NtfyMessage): string;
}

/** The events whose names server-sent events carry. */
const NAMED: ReadonlySet<string> = new Set(['open', 'keepalive', 'poll_request']);

/** The forms, by the last part of the path. */
const FORMS: Readonly<Record<string, Form>> = {
  json: {
    contentType: 'application/x-ndjson; charset=utf-8',
    write: rememberLast((event: NtfyMessage) => `${JSON.stringify(event)}\n`),
  },
  sse: {
    contentType: 'text/event-stream; charset=utf-8',
    write: rememberLast(
      (event: NtfyMessage) =>
        `${NAMED.has(event.event) ? `event: ${event.event}\n` : ''}data: ${JSON.stringify(event)}\n\n`,
    ),
  },
  raw: {
    contentType: 'text/plain; charset=utf-8',
    write: ({ event, message = '' }) => `${event === 'message' ? message.replace(/\r\n|[\r\n]/g, ' ') : ''}\n`,
  },
};

/** The form that the last part of a path names; undefined if it names none. */
export function formOf(word: string): Form | undefined {
  return Object.hasOwn(FORMS, word) ? FORMS[word] : undefined;
}

/** The longest rest between two signs of life, in ms: the Android app gives up after 77 s without a byte. */
const MAX_KEEPALIVE = 70_000;

/** Takes a place for a listener. @throws NtfyError 42903 */
export function takePlace({ streamPlaces }: Pick<NtfyPorts, 'streamPlaces'>, address: string): () => void {
  try {
    return streamPlaces.take(address);
  } catch (cause) {
    if (!(cause instanceof RelayError)) throw cause;
    const { retryAfter } = cause;
    throw new NtfyError(42903, '', { cause, ...(retryAfter === undefined ? {} : { retryAfter }) });
  }
}

class StreamOutlet implements Outlet {
  readonly #stream: LiveStream;
  readonly #form: Form;

  constructor(stream: LiveStream, form: Form) {
    this.#stream = stream;
    this.#form = form;
  }

  get isOpen(): boolean {
    return this.#stream.isOpen;
  }

  write(event: NtfyMessage): void {
    this.#stream.write(this.#form.write(event));
  }

  drained(): Promise<void> | undefined {
    return this.#stream.drained();
  }

  finish(): void {
    this.#stream.finish();
  }

  cut(): void {
    this.#stream.cut();
  }
}

/** The answer that goes on. @throws NtfyError 42903 */
export function streamAnswer(
  request: HttpRequest,
  listening: Listening,
  form: Form,
  tells: Tells,
  ports: NtfyPorts,
  config: NtfySections,
): Answer {
  const free = takePlace(ports, request.ip);
  let outlet: Outlet | undefined;
  return ports.streams.live({
    contentType: form.contentType,
    keepalive: Math.min(config.streams.keepalive, MAX_KEEPALIVE),
    sign: () => form.write(tells.keepalive(listening.shown)),
    async run(stream) {
      outlet = new StreamOutlet(stream, form);
      await tells.run(listening, outlet);
    },
    ended() {
      if (outlet !== undefined) tells.ended(outlet);
      free();
    },
  });
}
