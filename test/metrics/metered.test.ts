import { expect } from 'chai';
import type { Draft } from '../../server/delivery/message.ts';
import type { MessageLog, Outcome, Transport } from '../../server/delivery/ports.ts';
import { meteredLog, meteredTransport } from '../../server/metrics/metered.ts';
import { plainContent } from '../../shared/content.ts';
import { rejection } from '../support/rejection.ts';

const message = {} as Parameters<Transport['deliver']>[2];
const draft: Draft = {
  sendType: 'personal',
  target: 'a',
  from: { method: 'http', name: '' },
  content: plainContent(''),
};

describe('meteredLog', () => {
  function setUp(accept: MessageLog['accept']) {
    const counts: string[] = [];
    const count = (what: string) => () => void counts.push(what);
    const log = meteredLog({ accept }, { accepted: count('accepted'), stale: count('stale') });
    const of = (what: string) => () => counts.filter((one) => one === what).length;
    return { log, accepted: of('accepted'), stale: of('stale') };
  }

  it('counts messages that are stored for a device, once for all its devices', async () => {
    const { log, accepted } = setUp(async () => ({ message, full: ['b'] }));
    await log.accept(draft, ['a', 'b'], 0);
    await log.accept(draft, [], 0);
    expect(accepted()).to.equal(1);
  });

  it('counts nothing that could not be stored', async () => {
    const { log, accepted } = setUp(() => Promise.reject(new Error('the disk is full')));
    expect((await rejection(log.accept(draft, ['a'], 0))).message).to.equal('the disk is full');
    expect(accepted()).to.equal(0);
    const others: Awaited<ReturnType<MessageLog['accept']>>[] = ['stale', { message, full: ['a'] }];
    for (const other of others) {
      const refusing = setUp(async () => other);
      expect(await refusing.log.accept(draft, ['a'], 0)).to.equal(other);
      expect(refusing.accepted()).to.equal(0);
      expect(refusing.stale()).to.equal(other === 'stale' ? 1 : 0);
    }
  });
});

describe('meteredTransport', () => {
  function setUp(deliver: Transport['deliver']) {
    const counts: string[] = [];
    const transport: Transport = {
      name: 'test',
      window: 3,
      retry: { first: 1, firstTries: 1, max: 1 } as unknown as Transport['retry'],
      awaitsAcknowledgement: true,
      statuses: { accepted: 'ok' },
      deliver,
    };
    const metered = meteredTransport(transport, {
      knows: ({ name }) => counts.push(`knows ${name}`),
      attempted: (name, outcome) => counts.push(`${name} ${outcome}`),
    });
    const attempt = () => metered.deliver('phone', {}, message, new AbortController().signal);
    return { transport, metered, counts, attempt };
  }

  it('has everything that the transport has', () => {
    const { transport, metered } = setUp(() => ({ kind: 'accepted' }) as Outcome);
    for (const key of ['name', 'window', 'retry', 'awaitsAcknowledgement', 'statuses'] as const) {
      expect(metered[key]).to.equal(transport[key]);
    }
  });

  it('has its bounds and its checks as well, and none where it has none', async () => {
    const none = { knows() {}, attempted() {} };
    const { transport, metered } = setUp(() => ({ kind: 'accepted' }) as Outcome);
    expect(metered).not.to.have.any.keys('grace', 'windowBytes', 'isThere', 'deliverAll');
    expect(await metered.checkAddress?.('any')).to.equal(undefined);
    expect(metered.caughtUp?.('phone')).to.equal(undefined);
    const asked: unknown[] = [];
    const more = meteredTransport(
      {
        ...transport,
        grace: 5,
        windowBytes: 7,
        checkAddress: (address) => void asked.push(address),
        isThere: (device) => device === 'phone',
        caughtUp: (device) => {
          asked.push(device);
          return Promise.resolve();
        },
      },
      none,
    );
    expect(more).to.include({ grace: 5, windowBytes: 7 });
    expect([more.isThere?.('phone'), more.isThere?.('tablet')]).to.deep.equal([true, false]);
    await more.checkAddress?.('here');
    await more.caughtUp?.('phone');
    expect(asked).to.deep.equal(['here', 'phone']);
  });

  it('counts outcomes that come at once, and leaves them synchronous', () => {
    const { counts, attempt } = setUp(() => ({ kind: 'offline' }) as Outcome);
    expect(attempt()).to.deep.equal({ kind: 'offline' });
    expect(counts).to.deep.equal(['knows test', 'test offline']);
  });

  it('counts outcomes that come later', async () => {
    const { counts, attempt } = setUp(async () => ({ kind: 'confirmed' }) as Outcome);
    await attempt();
    expect(counts).to.deep.equal(['knows test', 'test confirmed']);
  });

  it('counts each message of those that are handed over at once', () => {
    const { transport } = setUp(() => ({ kind: 'accepted' }) as Outcome);
    const counts: [name: string, outcome: string, count: number | undefined][] = [];
    const metered = meteredTransport(
      { ...transport, deliverAll: () => ({ kind: 'offline' }) },
      { knows() {}, attempted: (name, outcome, count) => counts.push([name, outcome, count]) },
    );
    expect(metered.deliverAll?.('phone', {}, [message, message])).to.deep.equal({ kind: 'offline' });
    expect(counts).to.deep.equal([['test', 'offline', 2]]);
  });

  it('counts no failure, which the caller gets', async () => {
    const { counts, attempt } = setUp(() => Promise.reject(new Error('a bug')));
    expect((await rejection(Promise.resolve(attempt()))).message).to.equal('a bug');
    expect(counts).to.deep.equal(['knows test']);
  });
});
