// What the outside world knows of a relay: what senders were told, what devices got and acknowledged. No test lives here.
import { expect } from 'chai';

/** A delivery as `GET /v1/devices/<name>/messages` shows it. */
export interface Kept {
  readonly mid: string;
  readonly status: string;
  readonly message: { readonly text: string };
}

interface Told {
  /** Undefined where the reply does not say to which send it belongs. */
  readonly text: string | undefined;
  readonly statuses: ReadonlyMap<string, string>;
  readonly round: number;
}

interface Account {
  /** Round of the first delivery of each mid, in the order of arrival. */
  readonly received: Map<string, number>;
  /** Acknowledgements that left the device; the relay may have got them or not. */
  readonly tried: Set<string>;
  /** Mids that the relay itself called acknowledged, with the round in which it did. */
  readonly settled: Map<string, number>;
}

const STATUSES = new Set(['no', 'ready', 'wait', 'ok']);

/** Compares mids, which may be longer than what a number can tell apart. */
const above = (a: string, b: string) => BigInt(a) > BigInt(b);

/** Collects facts while a relay runs, and compares them with what a later one knows. */
export class Ledger {
  round = 0;
  /** The first contradiction; callbacks note it here, since nobody would see them throw. */
  fault: Error | undefined;
  readonly #told = new Map<string, Told>();
  readonly #accounts = new Map<string, Account>();
  readonly #watchers: { count: number; resolve: () => void }[] = [];
  #facts = 0;
  #greatest = '0';
  /** Greatest mid of all earlier rounds. */
  #before = '0';

  /** Resolves after so many more facts. */
  facts(count: number): Promise<void> {
    return new Promise((resolve) => this.#watchers.push({ count: this.#facts + count, resolve }));
  }

  /** A new process begins. */
  nextRound(): void {
    this.round += 1;
    this.#before = this.#greatest;
  }

  /** A sender got this reply. */
  reply(mid: string, statuses: Readonly<Record<string, string>>, text?: string): void {
    this.#note(() => {
      expect(mid, 'a mid').to.match(/^[1-9]\d{12,15}$/);
      expect(this.#told.has(mid), `a second reply with mid ${mid}`).to.equal(false);
      expect(above(mid, this.#before), `mid ${mid} after ${this.#before} of an earlier round`).to.equal(true);
      for (const status of Object.values(statuses)) expect(STATUSES.has(status), `status ${status}`).to.equal(true);
      this.#told.set(mid, { text, statuses: new Map(Object.entries(statuses)), round: this.round });
      for (const [device, status] of Object.entries(statuses)) {
        if (status !== 'ok') continue;
        expect(this.#account(device).tried.has(mid), `${device} never acknowledged ${mid}`).to.equal(true);
        this.#account(device).settled.set(mid, this.round);
      }
      this.#see(mid);
    });
  }

  /** A device got a message. */
  delivery(device: string, mid: string): void {
    this.#note(() => {
      const { received, settled } = this.#account(device);
      const since = settled.get(mid);
      // Within one round the repeat may have been on its way already.
      const again = since !== undefined && since < this.round;
      expect(again, `${mid} came to ${device} in round ${this.round}, ok since ${since}`).to.equal(false);
      if (!received.has(mid)) {
        const last = [...received.keys()].at(-1) ?? '0';
        expect(above(mid, last), `${mid} came to ${device} after ${last}`).to.equal(true);
        received.set(mid, this.round);
      }
      this.#see(mid);
    });
  }

  /** A device is about to acknowledge. */
  trying(device: string, mid: string): void {
    this.#account(device).tried.add(mid);
  }

  /** The relay answered an acknowledgement. */
  acknowledged(device: string, mid: string): void {
    this.#note(() => this.#account(device).settled.set(mid, this.round));
  }

  /** Compares with what the relay says that it has for a device. */
  compare(device: string, kept: readonly Kept[]): void {
    const known = new Map(kept.map((one) => [one.mid, one]));
    expect(known.size, `mids of ${device} are unique`).to.equal(kept.length);
    let last = '0';
    for (const { mid, status } of kept) {
      expect(above(mid, last), `history of ${device}: ${mid} after ${last}`).to.equal(true);
      last = mid;
      expect(['ready', 'wait', 'ok'], `status of ${mid} for ${device}`).to.include(status);
      if (status === 'ok') expect(this.#account(device).tried.has(mid), `${device} acknowledged ${mid}`).to.equal(true);
    }
    for (const [mid, { text, statuses, round }] of this.#told) {
      const status = statuses.get(device);
      if (status === undefined || status === 'no') continue;
      const one = known.get(mid);
      expect(one, `${mid} for ${device}, told ${status} in round ${round}, is lost`).not.to.equal(undefined);
      if (text !== undefined) expect(one?.message.text, `text of ${mid}`).to.equal(text);
    }
    for (const mid of this.#account(device).received.keys()) {
      expect(known.has(mid), `${mid} reached ${device} and is not in its history`).to.equal(true);
    }
    for (const mid of this.#account(device).settled.keys()) {
      expect(known.get(mid)?.status, `status of ${mid} for ${device}`).to.equal('ok');
    }
    this.#see(last);
  }

  /** How many replies, deliveries and settled deliveries there were. */
  get totals() {
    let [deliveries, settled] = [0, 0];
    for (const account of this.#accounts.values()) {
      deliveries += account.received.size;
      settled += account.settled.size;
    }
    return { replies: this.#told.size, deliveries, settled };
  }

  #account(device: string): Account {
    let account = this.#accounts.get(device);
    if (account === undefined) {
      account = { received: new Map(), tried: new Set(), settled: new Map() };
      this.#accounts.set(device, account);
    }
    return account;
  }

  #see(mid: string): void {
    if (above(mid, this.#greatest)) this.#greatest = mid;
  }

  #note(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.fault ??= error as Error;
    }
    this.#facts += 1;
    for (const { count, resolve } of this.#watchers) if (this.#facts >= count) resolve();
  }
}
