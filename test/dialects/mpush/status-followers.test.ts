import { expect } from 'chai';
import { createStatusFollowers, openOf } from '../../../server/dialects/mpush/status-followers.ts';
import { fakeClock } from '../../support/clock.ts';

/** Followers, and what they were told: the channel and the data of each event. */
function setUp() {
  const told: [channel: string, data: unknown][] = [];
  const publish = (_app: unknown, [channel = '']: readonly string[], event: { readonly data: string }) =>
    void told.push([channel, JSON.parse(event.data)]);
  const ports = { channels: { publish }, relayApp: {}, clock: fakeClock() };
  return { told, followers: createStatusFollowers(ports as never, '2.1') };
}

describe('createStatusFollowers', () => {
  it('tells a sender of every status until all recipients are settled', () => {
    const { told, followers } = setUp();
    followers.follow('1', 'desk', 2);
    followers.update('1', 'a', 'wait');
    followers.update('1', 'a', 'ok');
    followers.update('1', 'b', 'failed');
    followers.update('1', 'b', 'ok');
    expect(told.map(([, data]) => data)).to.deep.equal([
      { mid: '1', name: 'a', status: 'wait' },
      { mid: '1', name: 'a', status: 'ok' },
      { mid: '1', name: 'b', status: 'failed' },
    ]);
    expect(new Set(told.map(([channel]) => channel)).size).to.equal(1);
  });

  it('tells nothing of messages that nobody follows, or that were settled from the start', () => {
    const { told, followers } = setUp();
    followers.follow('1', 'desk', 0);
    followers.update('1', 'a', 'ok');
    followers.update('2', 'a', 'ok');
    expect(told).to.deep.equal([]);
  });

  it('lets the oldest of 1,001 messages go', () => {
    const { told, followers } = setUp();
    for (let mid = 1; mid <= 1001; mid += 1) followers.follow(String(mid), 'desk', 1);
    for (const mid of ['1', '2', '1001']) followers.update(mid, 'a', 'wait');
    expect(told.map(([, data]) => (data as { mid: string }).mid)).to.deep.equal(['2', '1001']);
  });
});

describe('openOf', () => {
  it('counts who may still get another status', () => {
    const statuses = new Map([
      ['a', 'ok'],
      ['b', 'ready'],
      ['c', 'failed'],
      ['d', 'webpush-ok'],
      ['e', 'no'],
    ] as const);
    expect(openOf(statuses)).to.equal(2);
  });
});
