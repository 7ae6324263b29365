import { expect } from 'chai';
import type { Message } from '../../../shared/message.ts';
import { idle, pushTransport, RecordingTransport, range } from '../fixtures.ts';
import { Harness } from './harness.ts';

const ringing = () => pushTransport({ rings: true, window: 2 });

describe('Lane of a device that stays silent', () => {
  it('sends no push, and tells its outbox once for each message', () => {
    const harness = new Harness(ringing());
    harness.silent = true;
    harness.enqueue(...range(1, 5));
    expect([harness.transport.mids(), harness.kept]).to.deep.equal([[], range(1, 5)]);
    harness.silent = false;
    harness.enqueue(6);
    expect(harness.transport.mids()).to.deep.equal(['6']);
  });

  it('passes what was held before, also after it was read again', async () => {
    const harness = new Harness(ringing());
    for (const mid of range(1, 3)) harness.keep(mid, 'held');
    harness.keep(4);
    harness.lane.wake(true);
    await idle();
    expect([harness.transport.mids(), harness.kept]).to.deep.equal([['4'], []]);
  });

  it('holds what it finds in the log', async () => {
    const harness = new Harness(ringing());
    harness.silent = true;
    for (const mid of range(1, 300)) harness.keep(mid);
    harness.lane.wake(true);
    await idle();
    await idle();
    expect([harness.transport.mids(), harness.kept]).to.deep.equal([[], range(1, 300)]);
  });

  it('takes back the status of an attempt before a restart', async () => {
    const harness = new Harness(ringing());
    harness.silent = true;
    harness.keep(1, 'webpush-wait');
    harness.keep(2, 'fcm-wait');
    harness.lane.wake(true);
    await idle();
    expect([harness.kept, harness.steps]).to.deep.equal([['1', '2'], ['1 is not tried again']]);
  });

  it('holds what waits for its turn or for another try', async () => {
    const harness = new Harness(ringing());
    harness.transport.answer = () => ({ kind: 'retry', reason: 'busy' });
    harness.enqueue(...range(1, 4));
    expect(harness.transport.mids()).to.deep.equal(['1', '2']);
    harness.silent = true;
    await harness.clock.tick(60_000);
    expect(harness.transport.mids()).to.deep.equal(['1', '2']);
    expect(harness.kept.toSorted()).to.deep.equal(range(1, 4));
  });

  it('holds what an outage has kept', async () => {
    const harness = new Harness(ringing());
    harness.transport.answer = () => ({ kind: 'retry', reason: 'down' });
    harness.enqueue(...range(1, 6));
    await harness.clock.tick(300_000);
    const tried = harness.transport.attempts.length;
    harness.silent = true;
    await harness.clock.tick(1_200_000);
    expect(harness.transport.attempts.length).to.equal(tried);
    expect([...new Set(harness.kept)].toSorted()).to.deep.equal(range(1, 6));
  });

  it('sends over a socket all the same, without a ring', () => {
    const sent: Message[] = [];
    const transport = new RecordingTransport();
    transport.deliver = (_device, _address, message) => {
      sent.push(message);
      return { kind: 'accepted' };
    };
    const harness = new Harness(transport);
    harness.enqueue(1);
    harness.silent = true;
    harness.enqueue(2);
    expect(sent.map(({ mid, silent }) => [mid, silent])).to.deep.equal([
      ['1', undefined],
      ['2', true],
    ]);
    expect(harness.kept).to.deep.equal([]);
  });
});
