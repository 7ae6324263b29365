import { expect } from 'chai';
import { leave } from '../support/leave.ts';
import { world } from '../world.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;

/** A relay whose clock is ten days behind, with a message for a device that is away. */
async function behind() {
  const relay = await world({ config: { websocket: { pingInterval: 2 ** 31 - 1 } } });
  relay.clock.step(-10 * DAY);
  await relay.clock.tick(MINUTE);
  const phone = await relay.device('phone');
  await leave(relay, 'phone', phone);
  await relay.request('/phone.send?text=hi&wait=0');
  await relay.clock.tick(MINUTE);
  return relay;
}

describe('a message that was accepted while the clock was ten days behind', () => {
  it('is delivered after the clock is corrected', async () => {
    const relay = await behind();
    relay.clock.step(10 * DAY);
    for (let minutes = 0; minutes < 5; minutes += 1) {
      await relay.clock.tick(MINUTE);
      await relay.request('/health');
    }
    const phone = await relay.device('phone', { acknowledge: true });
    expect((await phone.packet('MESSAGE')).data.message.text).to.equal('hi');
  });

  it('is delivered if the clock is corrected while the relay is down', async () => {
    const relay = await behind();
    await relay.stop();
    relay.clock.step(10 * DAY);
    await relay.start();
    await relay.clock.tick(MINUTE);
    await relay.request('/health');
    const phone = await relay.device('phone', { acknowledge: true });
    expect((await phone.packet('MESSAGE')).data.message.text).to.equal('hi');
  });
});

describe('a clock that is set back', () => {
  it('does not hold up a message or extend its time to live', async () => {
    const relay = await world({ config: { websocket: { pingInterval: 2 ** 31 - 1 }, storage: { ttl: 10 * MINUTE } } });
    const phone = await relay.device('phone');
    await leave(relay, 'phone', phone);
    await relay.request('/phone.send?text=old&wait=0');
    relay.clock.step(-10 * DAY);
    const quick = await relay.device('quick', { acknowledge: true });
    expect((await relay.request('/quick.send?text=now')).json.data.status).to.deep.equal({ quick: 'ok' });
    await quick.packet('MESSAGE');
    for (let minutes = 0; minutes < 12; minutes += 1) {
      await relay.clock.tick(MINUTE);
      await relay.request('/health');
    }
    const { json } = await relay.request('/v1/devices/phone/messages?since=0');
    expect(json.messages.map(({ status }: { status: string }) => status)).to.deep.equal(['failed']);
  });
});

describe('a scheduled message', () => {
  const DUE = 30 * MINUTE;

  async function minutes(relay: Awaited<ReturnType<typeof world>>, count: number): Promise<void> {
    for (let passed = 0; passed < count; passed += 1) {
      await relay.clock.tick(MINUTE);
      await relay.request('/health');
    }
  }

  async function setUp() {
    const relay = await world({ config: { websocket: { pingInterval: 2 ** 31 - 1 } } });
    await leave(relay, 'phone', await relay.device('phone'));
    const at = new Date(relay.clock.now() + DUE).toISOString();
    await relay.request('/phone.send?text=in&in=30m');
    await relay.request(`/phone.send?text=at&at=${at}`);
    const sent = async (): Promise<string[]> => {
      const { json } = await relay.request('/v1/devices/phone/messages?since=0');
      return json.messages.map(({ message }: { message: { text: string } }) => message.text).sort();
    };
    return { relay, sent };
  }

  for (const isDown of [false, true]) {
    const when = isDown ? 'while the relay is down' : 'while the relay runs';

    it(`is sent after its while and at its time, once each, if the clock is set back ${when}`, async () => {
      const { relay, sent } = await setUp();
      if (isDown) await relay.stop();
      relay.clock.step(-2 * DUE);
      if (isDown) await relay.start();
      await minutes(relay, 29);
      expect(await sent()).to.deep.equal([]);
      await minutes(relay, 2);
      expect(await sent()).to.deep.equal(['in']);
      relay.clock.step(2 * DUE);
      await minutes(relay, 1);
      expect(await sent()).to.deep.equal(['at', 'in']);
      relay.clock.step(-2 * DUE);
      await minutes(relay, 61);
      expect(await sent()).to.deep.equal(['at', 'in']);
    });

    it(`is sent after its while and at its time, once each, if the clock is set forward ${when}`, async () => {
      const { relay, sent } = await setUp();
      if (isDown) await relay.stop();
      relay.clock.step(2 * DUE);
      if (isDown) await relay.start();
      await minutes(relay, 1);
      expect(await sent()).to.deep.equal(['at']);
      await minutes(relay, 28);
      expect(await sent()).to.deep.equal(['at']);
      await minutes(relay, 2);
      expect(await sent()).to.deep.equal(['at', 'in']);
    });
  }
});

describe('an emergency', () => {
  for (const [text, by] of [
    ['forward', DAY],
    ['back', -DAY],
  ] as const) {
    for (const isDown of [false, true]) {
      it(`is repeated once a minute and no longer than it should if the clock is set ${text} while the relay ${isDown ? 'is down' : 'runs'}`, async () => {
        const relay = await world({ config: { websocket: { pingInterval: 2 ** 31 - 1 } } });
        for (const name of ['phone', 'other']) await leave(relay, name, await relay.device(name));
        const { json } = await relay.request('/phone.send?text=urgent&wait=0&priority=emergency&expire=270');
        /** The emergency after so many seconds. */
        const inTime = async (seconds: number): Promise<[round: number, state: string]> => {
          for (let passed = 0; passed < seconds; passed += 2) {
            await relay.clock.tick(2000);
            // As long as what the relay itself stores at that moment.
            await relay.request('/other.send?text=x&wait=0');
          }
          const { round, state } = (await relay.request(`/v1/answers/${json.data.receipt}`)).json;
          return [round, state];
        };
        expect(await inTime(90)).to.deep.equal([2, 'open']);
        if (isDown) await relay.stop();
        relay.clock.step(by);
        if (isDown) await relay.start();
        expect(await inTime(20)).to.deep.equal([2, 'open']);
        expect(await inTime(40)).to.deep.equal([3, 'open']);
        expect(await inTime(60)).to.deep.equal([4, 'open']);
        expect(await inTime(50)).to.deep.equal([5, 'open']);
        expect(await inTime(90)).to.deep.equal([5, 'expired']);
      });
    }
  }
});
