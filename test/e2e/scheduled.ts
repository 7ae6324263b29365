// Senders that schedule messages at relays that are killed, and what they were promised.
import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { historyOf } from './outside.ts';
import { type RelayProcess, TOKEN } from './relay-process.ts';

/** How many messages are scheduled at once. */
const JOBS = 10;
/** The longest time in ms after which one is due. */
const LONGEST = 600;

/** Messages to one device that are due later. */
export class Scheduled {
  readonly #random: () => number;
  readonly #device: string;
  /** Whether a relay promised to send that text. */
  readonly #asked = new Map<string, boolean>();

  constructor(random: () => number, device: string) {
    this.#random = random;
    this.#device = device;
  }

  /** Schedules some messages. Resolves when each request was answered, or its relay is dead. */
  async ask(relay: RelayProcess): Promise<void> {
    await Promise.all(Array.from({ length: JOBS }, () => this.#askOne(relay)));
  }

  async #askOne(relay: RelayProcess): Promise<void> {
    const text = `scheduled ${this.#asked.size}`;
    this.#asked.set(text, false);
    const ms = Math.ceil(this.#random() * LONGEST);
    // A time that has passed when the request arrives is refused.
    const when = this.#random() < 0.5 ? `in=${ms}ms` : `at=${new Date(Date.now() + ms).toISOString()}`;
    const url = relay.url(`/${this.#device}.send?text=${text}&${when}`);
    const answer = await fetch(url, { headers: { authorization: TOKEN } }).catch(() => undefined);
    const body = answer?.status === 200 ? await answer.text().catch(() => '') : '';
    if (body.includes('"scheduled"')) this.#asked.set(text, true);
  }

  /** Waits until nothing waits for its time, and checks that each promised message was sent once. Resolves to their number. */
  async check(relay: RelayProcess): Promise<number> {
    await eventually('no message waits for its time', async () => {
      const { json } = await relay.request('/v1/scheduled');
      return json.scheduled.length === 0;
    });
    const texts = (await historyOf(relay, this.#device)).map(({ message }) => message.text);
    const sent = texts.filter((text) => this.#asked.has(text));
    const twice = sent.filter((text, at) => sent.indexOf(text) !== at);
    const lost = [...this.#asked].filter(([text, isPromised]) => isPromised && !sent.includes(text));
    expect({ twice, lost }, 'scheduled messages').to.deep.equal({ twice: [], lost: [] });
    return sent.length;
  }
}
