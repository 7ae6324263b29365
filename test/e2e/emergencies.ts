// Senders that begin emergencies and ask questions at relays that are killed, people who answer them, and what they were promised.
import { expect } from 'chai';
import type { AnswerInfo } from '../../shared/api.ts';
import { eventually } from '../support/eventually.ts';
import { historyOf } from './outside.ts';
import { type RelayProcess, TOKEN } from './relay-process.ts';

/** How many emergencies begin, and how many questions are asked, at once. */
const EACH = 2;
/** The pause between two rounds, in seconds. */
const RETRY = 1;

/** What is known of an emergency or a question that a relay has promised. */
interface Promised {
  readonly isEmergency: boolean;
  /** What an answer was told to count as. */
  answer?: string;
  /** Whether an answer was given of which nobody knows whether it counts. */
  isUnsure?: true;
}

/** A message of an emergency or a question, as the history has it. */
interface Asked {
  readonly mid: string;
  readonly createdAt: number;
  readonly message: { readonly extra: { readonly ask?: { readonly id: string; readonly round?: number } } };
}

/** Emergencies and questions to one device. */
export class Emergencies {
  readonly #random: () => number;
  readonly #device: string;
  readonly #promised = new Map<string, Promised>();

  constructor(random: () => number, device: string) {
    this.#random = random;
    this.#device = device;
  }

  /** Begins and asks some, and answers others. Resolves when each request was answered, or its relay is dead. */
  async run(relay: RelayProcess): Promise<void> {
    const open = [...this.#promised].filter(
      ([, { answer, isUnsure }]) => answer === undefined && isUnsure === undefined,
    );
    await Promise.all([
      ...Array.from({ length: EACH }, () => this.#begin(relay)),
      ...Array.from({ length: EACH }, () => this.#ask(relay)),
      ...open.filter(() => this.#random() < 0.5).map(([id]) => this.#answer(relay, id)),
    ]);
  }

  async #begin(relay: RelayProcess): Promise<void> {
    const { json } = await this.#request(
      relay,
      `/${this.#device}.send?text=urgent&wait=0&priority=emergency&retry=${RETRY}`,
    );
    if (json?.data?.receipt !== undefined) this.#promised.set(json.data.receipt, { isEmergency: true });
  }

  async #ask(relay: RelayProcess): Promise<void> {
    const { status, json } = await this.#request(relay, `/${this.#device}.ask?text=question&wait=0&options=yes,no`);
    if (status === 202) this.#promised.set(json.id, { isEmergency: false });
  }

  async #answer(relay: RelayProcess, id: string): Promise<void> {
    const known = this.#promised.get(id);
    if (known === undefined) return;
    const answer = this.#random() < 0.5 ? 'yes' : 'no';
    known.isUnsure = true;
    const { status, json } = await this.#request(relay, `/v1/answers/${id}`, { answer });
    if (status === 200) known.answer = json.answer;
  }

  /** A request, with a body if it answers. Without a status if the relay died. */
  // biome-ignore lint/suspicious/noExplicitAny: the JSON of several routes
  async #request(relay: RelayProcess, path: string, body?: unknown): Promise<{ status?: number; json?: any }> {
    const headers = { authorization: TOKEN, 'content-type': 'application/json' };
    const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
    try {
      const answer = await fetch(relay.url(path), init);
      return { status: answer.status, json: await answer.json() };
    } catch {
      return {};
    }
  }

  async #infoOf(relay: RelayProcess, id: string): Promise<AnswerInfo> {
    return (await relay.request(`/v1/answers/${id}`)).json;
  }

  /**
   * Checks that what was answered stays so, that all others are open and still ring, and that no round was sent twice or left
   * out. Resolves to the number of rounds.
   */
  async check(relay: RelayProcess): Promise<number> {
    for (const [id, { isEmergency, answer, isUnsure }] of this.#promised) {
      const { state, round = 0, answer: said } = await this.#infoOf(relay, id);
      if (answer !== undefined) expect([state, said], `answer of ${id}`).to.deep.equal(['answered', answer]);
      else if (isUnsure === undefined) expect(state, `state of ${id}`).to.equal('open');
      if (state !== 'open') continue;
      if (isEmergency) {
        await eventually(`${id} rings again after round ${round}`, () => this.#infoOf(relay, id), {
          until: (info) => (info.round ?? 0) > round,
        });
      }
      expect((await this.#request(relay, `/v1/answers/${id}`, { answer: 'yes' })).status, id).to.equal(200);
    }
    // Those whose senders were told nothing.
    const { json } = await relay.request('/v1/answers?open=1&limit=1000');
    for (const { id } of json.answers) await relay.request(`/v1/answers/${id}`, { method: 'DELETE' });
    return this.#checkHistory(relay);
  }

  async #checkHistory(relay: RelayProcess): Promise<number> {
    const asked = new Map<string, Asked[]>();
    for (const entry of (await historyOf(relay, this.#device)) as unknown as Asked[]) {
      const id = entry.message.extra.ask?.id;
      if (id !== undefined) asked.set(id, [...(asked.get(id) ?? []), entry]);
    }
    let count = 0;
    for (const [id, { isEmergency }] of this.#promised) {
      expect(asked.has(id), `a message of ${id}`).to.equal(true);
      expect(asked.get(id)?.[0]?.message.extra.ask?.round, id).to.equal(isEmergency ? 1 : undefined);
    }
    for (const [id, entries] of asked) {
      const rounds = entries.map(({ message }) => message.extra.ask?.round);
      const isQuestion = rounds[0] === undefined;
      expect(rounds, `rounds of ${id}`).to.deep.equal(isQuestion ? [undefined] : rounds.map((_, at) => at + 1));
      const { at = Number.MAX_SAFE_INTEGER } = await this.#infoOf(relay, id);
      // One may have been on its way.
      const late = entries.filter(({ createdAt }) => createdAt > at);
      expect(late.length, `rounds of ${id} after its end`).to.be.at.most(1);
      count += isQuestion ? 0 : rounds.length;
    }
    return count;
  }
}
