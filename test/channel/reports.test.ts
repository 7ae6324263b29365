import { expect } from 'chai';
import { createApp } from '../../server/channel/app.ts';
import { createReports } from '../../server/channel/reports.ts';
import { fakeClock } from './fixtures.ts';

/** An app with one hook, its reports, and what the hook was told: of each request, the names of the channels. */
function setUp({ batch = false } = {}) {
  const { time, clock } = fakeClock();
  const hook = { url: 'http://a/', events: ['channel_occupied', 'cache_miss'], batch };
  const app = createApp({ id: 'a', keys: [{ key: 'k', secret: 's', active: true }], hooks: [hook] });
  const requests: string[] = [];
  const reports = createReports({
    clock,
    afterwards: (step) => step(),
    word: (_app, happening) => happening,
    emit: (_app, _hook, happenings) => requests.push(happenings.map(({ channel }) => channel).join()),
  });
  return { app, reports, requests, time };
}

describe('cache_miss', () => {
  it('is reported once in three seconds for each channel of each app', () => {
    const { app, reports, requests, time } = setUp();
    const miss = (channel: string, of = app) => reports.add(of, { name: 'cache_miss', channel });
    miss('cache-a');
    miss('cache-a');
    miss('cache-b');
    miss('cache-a', createApp({ ...app, id: 'b' }));
    expect(requests).to.deep.equal(['cache-a', 'cache-b', 'cache-a']);
    time.tick(2_999);
    miss('cache-a');
    expect(requests).to.have.length(3);
    time.tick(1);
    miss('cache-a');
    expect(requests).to.have.length(4);
  });
});

describe('what is gathered', () => {
  it('waits its own 50 ms, also when it follows a request that was full', () => {
    const { app, reports, requests, time } = setUp({ batch: true });
    const occupied = (channel: string) => reports.edge({ type: 'occupied', app, channel });
    for (let n = 0; n < 99; n += 1) occupied('a');
    time.tick(30);
    occupied('a');
    occupied('late');
    expect(requests).to.have.length(1);
    time.tick(49);
    expect(requests).to.have.length(1);
    time.tick(1);
    expect(requests[1]).to.equal('late');
    time.tick(1_000);
    expect(requests).to.have.length(2);
  });
});
