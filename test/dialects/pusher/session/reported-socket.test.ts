import { expect } from 'chai';
import { createApp } from '../../../../server/channel/app.ts';
import type { Socket } from '../../../../server/dialects/dialect.ts';
import { PING, PONG } from '../../../../server/dialects/pusher/frames.ts';
import { reportedSocket } from '../../../../server/dialects/pusher/session/reported-socket.ts';

const hooks = [{ url: 'http://host/', events: ['server_event'], batch: false }];
const webman = createApp({ id: '1', keys: [], webman: true, hooks });

function setUp(app = webman) {
  const log: string[] = [];
  const socket: Socket = {
    id: '1.2',
    remoteAddress: '127.0.0.1',
    deliver: (events, channel) => log.push(`deliver ${events.length} ${channel}`),
    send: (frame) => log.push(`send ${frame}`),
    ping: () => log.push('ping'),
    authenticated: () => log.push('authenticated'),
    close: (code, reason) => log.push(`close ${code} ${reason}`),
  };
  const reports: unknown[] = [];
  const reported = reportedSocket(socket, app, (...report) => reports.push(report));
  return { socket, reported, log, reports };
}

describe('reportedSocket', () => {
  it('is the socket itself unless a hook of a webman app asks for these reports', () => {
    for (const app of [
      { ...webman, webman: false },
      { ...webman, hooks: [] },
    ]) {
      const { socket, reported } = setUp(app);
      expect(reported).to.equal(socket);
    }
  });

  it('passes everything on', () => {
    const { reported, log } = setUp();
    reported.send(PONG);
    reported.ping();
    reported.authenticated();
    reported.close(4000, 'x');
    reported.deliver([{ type: 'event', channel: 'a', name: 'e', data: '' }], 'a');
    expect(log).to.deep.equal([`send ${PONG}`, 'ping', 'authenticated', 'close 4000 x', 'deliver 1 a']);
    expect([reported.id, reported.remoteAddress]).to.deep.equal(['1.2', '127.0.0.1']);
  });

  it('reports system frames with their channel, and neither pings nor events of publishers', () => {
    const { reported, reports } = setUp();
    const frame = '{"event":"pusher:cache_miss","channel":"a","data":"{}"}';
    reported.send(frame);
    reported.send(PONG);
    reported.send(PING);
    reported.deliver(
      [
        { type: 'event', channel: 'a', name: 'e', data: '' },
        { type: 'member_removed', channel: 'a', name: '', data: '{"user_id":"1"}' },
        { type: 'watchlist', channel: '', name: '', data: '{}' },
      ],
      'a',
    );
    expect(reports).to.deep.equal([
      [{ name: 'server_event', channel: 'a' }, { packet: frame }],
      [{ name: 'server_event' }, { packet: PONG }],
      [
        { name: 'server_event', channel: 'a' },
        { packet: '{"event":"pusher_internal:member_removed","channel":"a","data":"{\\"user_id\\":\\"1\\"}"}' },
      ],
      [{ name: 'server_event', channel: 'a' }, { packet: '{"event":"pusher_internal:watchlist_events","data":"{}"}' }],
    ]);
  });
});
