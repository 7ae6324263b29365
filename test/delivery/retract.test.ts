import { expect } from 'chai';
import type { Device } from '../../server/delivery/device.ts';
import type { Outcome } from '../../server/delivery/ports.ts';
import { createRetract } from '../../server/delivery/retract.ts';
import type { Message, Retraction } from '../../shared/message.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { message, openBackend } from './fixtures.ts';

const WHAT: Retraction = { mids: ['5', '7'], key: 'disk', title: 'Disk full', why: 'clear' };

const device = (name: string, part: Partial<Device> = {}): Device => ({
  name,
  groups: [],
  routes: { webpush: `at ${name}` },
  secured: true,
  createdAt: 0,
  ...part,
});

async function setUp(known: readonly Device[], online: readonly string[] = []) {
  const { log } = await openBackend();
  const clock = fakeClock();
  const { logger, lines } = recordingLogger();
  const pushed: (readonly [device: string, address: unknown, message: Message])[] = [];
  const world = { answer: (): Outcome | Promise<Outcome> => ({ kind: 'accepted' }) };
  const { retract, close } = createRetract({
    devices: { list: () => [...known] },
    transports: new Map([
      [
        'webpush',
        {
          deliver: (name: string, address: unknown, message: Message) => {
            pushed.push([name, address, message]);
            return world.answer();
          },
        },
      ],
    ]),
    log,
    presence: async (names) => names.map((name) => ({ online: online.includes(name) })),
    clock,
    logger,
  });
  onCleanup(close);
  return { retract, close, pushed, clock, lines, world, log };
}

describe('createRetract', () => {
  it('pushes to the devices of the name or group that have a browser and are away', async () => {
    const { retract, pushed, log } = await setUp(
      [
        device('phone', { groups: ['ops'] }),
        device('open', { groups: ['ops'] }),
        device('other'),
        device('hook', { groups: ['ops'], routes: { webhook: 'x' } }),
        device('ops'),
      ],
      ['open'],
    );
    retract('ops', WHAT);
    await eventually('both are told', () => pushed.length === 2);
    expect(pushed.map(([name, address]) => [name, address])).to.deep.equal([
      ['phone', 'at phone'],
      ['ops', 'at ops'],
    ]);
    const [, , message] = pushed[0] ?? [];
    expect(message).to.deep.include({ target: 'phone', sendType: 'personal', retract: WHAT, silent: true });
    expect(message?.content.key).to.equal('disk');
    // Nothing of it is kept.
    expect(await log.find(message?.mid ?? '')).to.equal(undefined);
    expect(await log.queued()).to.deep.equal(new Map());
  });

  it('leaves devices alone that have no notification, because all of the messages are held back', async () => {
    const { retract, pushed, log } = await setUp([device('phone'), device('tablet')]);
    const mids = ['5', '7'];
    for (const mid of mids) await log.append(message(mid), ['phone', 'tablet']);
    for (const mid of mids) await log.record(mid, 'phone', 'held');
    await log.record('5', 'tablet', 'webpush-ok');
    await log.record('7', 'tablet', 'held');
    retract('phone', WHAT);
    retract('tablet', WHAT);
    await eventually('the other one is told', () => pushed.length === 1);
    expect(pushed[0]?.[0]).to.equal('tablet');
  });

  it('names the latest 20 messages', async () => {
    const { retract, pushed } = await setUp([device('phone')]);
    const mids = Array.from({ length: 500 }, (_, at) => String(at + 1));
    retract('phone', { ...WHAT, mids, title: 'x'.repeat(9000) });
    await eventually('it is told', () => pushed.length === 1);
    const told = pushed[0]?.[2].retract;
    expect(told?.mids).to.deep.equal(mids.slice(-20));
    expect(told?.title).to.have.length(200);
  });

  it('tries again when the push service asks for it, and gives up', async () => {
    const { retract, pushed, clock, world } = await setUp([device('phone')]);
    world.answer = () => ({ kind: 'retry', reason: '503', after: 7000 });
    retract('phone', WHAT);
    await eventually('it is tried', () => pushed.length === 1 && clock.timers() === 1);
    await clock.tick(6999);
    expect(pushed).to.have.length(1);
    await clock.tick(1);
    await eventually('it is tried again', () => pushed.length === 2 && clock.timers() === 1);
    await clock.tick(30_000);
    await eventually('it is tried for the last time', () => pushed.length === 3);
    await clock.tick(3_600_000);
    expect(pushed).to.have.length(3);
    expect(clock.timers()).to.equal(0);
  });

  it('tries no more when the relay closes', async () => {
    const { retract, close, pushed, clock, world } = await setUp([device('phone')]);
    world.answer = () => ({ kind: 'retry', reason: '503' });
    retract('phone', WHAT);
    await eventually('it is tried', () => clock.timers() === 1);
    close();
    expect(clock.timers()).to.equal(0);
    await clock.tick(3_600_000);
    expect(pushed).to.have.length(1);
  });

  it('logs what fails, and tells the others', async () => {
    const { retract, lines, world } = await setUp([device('phone')]);
    world.answer = () => Promise.reject(new Error('broken'));
    retract('phone', WHAT);
    await eventually('the failure is logged', () => lines.some(({ text }) => text === 'a retraction failed'));
  });
});
