import { expect } from 'chai';
import type { Connection } from '../../../server/channel/connection.ts';
import { Peers } from '../../../server/dialects/pusher/session/peers.ts';
import type { PusherSession } from '../../../server/dialects/pusher/session/session.ts';

const connection: Connection = { id: '1.2', deliver() {}, close() {} };
const session = { appId: 'relay' } as PusherSession;

describe('Peers', () => {
  it('knows which sockets may be a device, and that a socket may be several', () => {
    const peers = new Peers();
    peers.add(connection, session);
    peers.admitDevice('1.2', 'phone');
    peers.admitDevice('1.2', 'desk');
    for (const device of ['phone', 'desk']) expect(peers.ofDevice(device)).to.deep.equal([session]);
    expect(peers.ofDevice('other')).to.deep.equal([]);
  });

  it('keeps nothing of a socket that is gone', () => {
    const peers = new Peers();
    peers.add(connection, session);
    peers.admitDevice('1.2', 'phone');
    peers.remove(connection);
    expect([peers.of(connection), peers.ofApp('relay')]).to.deep.equal([undefined, []]);
    peers.add(connection, session);
    expect(peers.ofDevice('phone')).to.deep.equal([]);
  });

  it('keeps nothing of a socket that is not here', () => {
    const peers = new Peers();
    peers.admitDevice('1.2', 'phone');
    peers.add(connection, session);
    expect(peers.ofDevice('phone')).to.deep.equal([]);
  });
});
