// Reads an HTTP answer that goes on, as it comes.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { onCleanup } from './cleanup.ts';
import { eventually } from './eventually.ts';

/** One event of a stream. */
export interface StreamEvent {
  readonly id: string | undefined;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into events of every shape, and fails where it is wrong
  readonly data: any;
}

/** An open stream. */
export class StreamReader {
  readonly response: IncomingMessage;
  /** Everything that came. */
  text = '';
  /** How it ended: `whole`, or `cut` with its connection. */
  ending: 'whole' | 'cut' | undefined;
  #taken = 0;

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.text += text;
    });
    response.on('end', () => {
      this.ending = 'whole';
    });
    response.on('error', () => {
      this.ending ??= 'cut';
    });
  }

  get status(): number | undefined {
    return this.response.statusCode;
  }

  /** Every event so far, of either form. */
  events(): StreamEvent[] {
    const isLines = this.response.headers['content-type']?.startsWith('application/x-ndjson') === true;
    const blocks = this.text.split(isLines ? '\n' : '\n\n').slice(0, -1);
    return blocks.map((block) => {
      if (isLines) {
        const data = JSON.parse(block);
        return { id: data.id, event: data.event, data };
      }
      const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line]));
      const field = (name: string) => fields.get(name)?.slice(name.length + 2);
      return { id: field('id'), event: field('event') ?? 'message', data: JSON.parse(field('data') ?? 'null') };
    });
  }

  /** Waits for the next event. */
  async next(): Promise<StreamEvent> {
    const at = this.#taken;
    this.#taken += 1;
    await eventually(`event ${at} of the stream`, () => this.events().length > at || this.ending !== undefined);
    const event = this.events()[at];
    if (event === undefined) throw new Error(`the stream has ended after ${this.text}`);
    return event;
  }

  /** The next use of a key. An earlier one that is told when it is stored, and so has no result, is skipped. */
  async use(): Promise<StreamEvent> {
    for (;;) {
      const event = await this.next();
      if (event.event === 'use' && event.data.result !== undefined) return event;
    }
  }

  /** The texts of the next messages; other events are skipped. */
  async texts(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) {
      const { event, data } = await this.next();
      if (event === 'message') texts.push(data.message.text);
    }
    return texts;
  }

  /** Leaves, as a peer does whose process ends. */
  leave(): void {
    this.response.destroy();
  }
}

/** Opens a stream. It is left after the test. */
export async function openStream(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<StreamReader> {
  const asked = request(url, { headers, method, agent: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  onCleanup(() => void response.destroy());
  return new StreamReader(response);
}
