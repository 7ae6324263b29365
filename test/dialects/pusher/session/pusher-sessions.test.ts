import { expect } from 'chai';
import type { Connection } from '../../../../server/channel/connection.ts';
import { PusherSessions } from '../../../../server/dialects/pusher/session/pusher-sessions.ts';

const connection: Connection = { id: '1.2', deliver() {}, close() {} };
const session = { appId: 'relay', key: 'k', end() {} };

describe('PusherSessions', () => {
  it('knows which sockets may be a device, and that a socket may be several', () => {
    const sessions = new PusherSessions();
    sessions.add(connection, session);
    sessions.admitDevice('1.2', 'phone');
    sessions.admitDevice('1.2', 'desk');
    for (const device of ['phone', 'desk']) expect(sessions.ofDevice(device)).to.deep.equal([session]);
    expect(sessions.ofDevice('other')).to.deep.equal([]);
  });

  it('keeps nothing of a socket that is gone', () => {
    const sessions = new PusherSessions();
    sessions.add(connection, session);
    sessions.admitDevice('1.2', 'phone');
    sessions.remove(connection);
    expect([sessions.of(connection), sessions.ofApp('relay')]).to.deep.equal([undefined, []]);
    sessions.add(connection, session);
    expect(sessions.ofDevice('phone')).to.deep.equal([]);
  });

  it('keeps nothing of a socket that is not here', () => {
    const sessions = new PusherSessions();
    sessions.admitDevice('1.2', 'phone');
    sessions.add(connection, session);
    expect(sessions.ofDevice('phone')).to.deep.equal([]);
  });

  it('knows which devices were removed since a moment', () => {
    const sessions = new PusherSessions();
    const first = sessions.moment;
    sessions.removed('phone');
    const second = sessions.moment;
    sessions.removed('desk');
    expect([first, second].map((moment) => sessions.isOutdated(moment, 'phone'))).to.deep.equal([true, false]);
    expect([first, second].map((moment) => sessions.isOutdated(moment, 'desk'))).to.deep.equal([true, true]);
    expect(sessions.isOutdated(sessions.moment, 'desk')).to.equal(false);
    expect(sessions.isOutdated(first, 'other')).to.equal(false);
  });

  it('takes an old socket for outdated when it no longer keeps all names', () => {
    const sessions = new PusherSessions();
    const first = sessions.moment;
    for (let n = 0; n <= 10_000; n += 1) sessions.removed(`device ${n}`);
    const last = sessions.moment;
    expect([sessions.isOutdated(first, 'other'), sessions.isOutdated(last, 'device 1')]).to.deep.equal([true, false]);
  });
});
