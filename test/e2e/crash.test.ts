import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { tempDir } from '../support/temp-dir.ts';
import { Emergencies } from './emergencies.ts';
import { historyOf, type Manner, Outside } from './outside.ts';
import { seeded } from './random.ts';
import { type RelayProcess, startRelayProcess } from './relay-process.ts';
import { Scheduled } from './scheduled.ts';

const ROUNDS = 20;
/** On a busy machine, where a start takes long, a quarter of them will do; in ms. */
const LONG = 60_000;
/** Facts after which a round's relay is killed, at most. */
const LONGEST_ROUND = 200;
/** The most turns of the event loop between the last awaited fact and the kill: some ms. */
const TURNS = 1000;
const DEVICES = ['phone', 'tablet', 'offline'];
const CONFIG = {
  websocket: { retryTimeout: 100, waitTimeout: 500 },
  http: { waitTimeout: 500 },
  emergencies: { minRetry: 1000 },
};

describe('a relay that is killed again and again', function () {
  this.timeout(300_000);

  it('loses no accepted message, repeats no acknowledged one, delivers the rest in order, sends what is due once, and repeats what nobody answered', async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = seeded(seed);
    const outside = new Outside(random);
    const { ledger } = outside;
    const scheduled = new Scheduled(random, 'offline');
    const emergencies = new Emergencies(random, 'siren');
    const dir = await tempDir();

    /** The next process on the same directory, compared with everything known so far. */
    async function restart(): Promise<RelayProcess> {
      const relay = await startRelayProcess(dir, CONFIG);
      ledger.nextRound();
      if (ledger.round > 1) for (const device of DEVICES) ledger.compare(device, await historyOf(relay, device));
      return relay;
    }

    async function round(): Promise<void> {
      const relay = await restart();
      if (ledger.round === 1) {
        for (const name of ['offline', 'siren']) (await outside.device(relay, name, () => 'none')).ws.terminate();
      }
      const phone = await outside.device(relay, 'phone', () => 'socket');
      const manners: readonly Manner[] = ['socket', 'http', 'none'];
      await outside.device(relay, 'tablet', () => manners[Math.floor(random() * manners.length)] ?? 'none');
      await phone.settle();
      const enough = ledger.facts(1 + Math.floor(random() * LONGEST_ROUND));
      const asking = Promise.all([scheduled.ask(relay), emergencies.run(relay)]);
      outside.load(() => relay, await outside.device(relay, 'sender', () => 'none'));
      await enough;
      // Facts come in bursts. Some turns of the event loop later, the moment of the kill is not tied to them.
      for (let turns = random() * TURNS; turns > 0; turns -= 1) await nextTurn();
      const stopped = outside.stop();
      await relay.kill();
      await Promise.all([stopped, asking]);
      if (ledger.fault !== undefined) throw ledger.fault;
    }

    try {
      const began = Date.now();
      while (ledger.round < ROUNDS && (ledger.round < ROUNDS / 4 || Date.now() - began < LONG)) await round();
      const rounds = ledger.round;

      const relay = await restart();
      expect(await scheduled.check(relay), 'scheduled messages').to.be.above(rounds);
      expect(await emergencies.check(relay), 'rounds of emergencies').to.be.above(rounds);
      for (const device of DEVICES) {
        const open = (await historyOf(relay, device)).filter(({ status }) => status !== 'ok');
        const socket = await outside.device(relay, device, () => 'socket');
        // Also what an earlier process had brought already: it comes once more, and is acknowledged only then.
        const awaited = new Set(open.map(({ mid }) => mid));
        while (awaited.size > 0) awaited.delete((await socket.packet('MESSAGE')).data.mid);
        await socket.settle();
        const kept = await historyOf(relay, device);
        ledger.compare(device, kept);
        const left = kept.filter(({ status }) => status !== 'ok').map(({ mid }) => mid);
        expect(left, `unsettled for ${device}`).to.deep.equal([]);
      }
      if (ledger.fault !== undefined) throw ledger.fault;
      // Far below what is usual: how much a round brings is left to chance.
      const { replies, deliveries, settled } = ledger.totals;
      expect(replies, 'replies').to.be.above(5 * rounds);
      expect(deliveries, 'deliveries').to.be.above(5 * rounds);
      expect(settled, 'settled deliveries').to.be.above(rounds);
    } catch (error) {
      throw new Error(`round ${ledger.round}, seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  });
});
