import { expect } from 'chai';
import { createUnauthenticated, type Place } from '../../server/socket/unauthenticated.ts';

function setUp(maxUnauthenticated: number, maxUnauthenticatedPerAddress = maxUnauthenticated) {
  const peers = createUnauthenticated({ maxUnauthenticated, maxUnauthenticatedPerAddress });
  const displaced: string[] = [];
  /** A peer that comes as a socket does: only where there is room. */
  const come = (address: string, name = address): Place | undefined =>
    peers.makeRoom(address) ? peers.enter(address, () => displaced.push(name)) : undefined;
  return { peers, displaced, come };
}

describe('Unauthenticated.makeRoom', () => {
  it('displaces no one while there is room', () => {
    const { peers, displaced, come } = setUp(3);
    for (const address of ['10.0.0.1', '10.0.0.1', '10.0.0.2']) come(address);
    expect([peers.count(), displaced]).to.deep.equal([3, []]);
  });

  it('displaces the oldest socket of the address with the most', () => {
    const { peers, displaced, come } = setUp(4);
    come('10.0.0.2', 'quiet');
    for (const name of ['a', 'b', 'c']) come('10.0.0.1', name);
    come('10.0.0.3', 'new');
    come('10.0.0.4', 'newer');
    expect([peers.count(), displaced]).to.deep.equal([4, ['a', 'b']]);
  });

  it('lets a flood from one address displace only itself', () => {
    const { displaced, come } = setUp(10);
    come('10.0.0.2', 'phone');
    for (let n = 0; n < 1000; n += 1) come('10.0.0.1', `flood-${n}`);
    expect(displaced).to.have.length(991);
    expect(displaced).not.to.include('phone');
  });

  it('displaces silent sockets first, and others only when none is silent', () => {
    const { displaced, come } = setUp(3);
    const places = ['a', 'b', 'c'].map((name) => come('10.0.0.1', name));
    places[0]?.spoke();
    come('10.0.0.1', 'd')?.spoke();
    places[2]?.spoke();
    come('10.0.0.1', 'e')?.spoke();
    expect(displaced).to.deep.equal(['b', 'a']);
  });

  it('gives an address its share only, and an IPv6 /64 one share', () => {
    const { peers, displaced, come } = setUp(100, 2);
    for (const name of ['a', 'b', 'c']) come('10.0.0.1', name);
    for (const host of [1, 2, 3]) come(`2001:db8::${host}`);
    come('2001:db8:0:1::1');
    expect([peers.count(), displaced]).to.deep.equal([5, ['a', '2001:db8::1']]);
  });

  it('refuses where no one can be displaced', () => {
    const { peers } = setUp(1);
    const { leave } = peers.enter('10.0.0.1');
    expect(peers.makeRoom('10.0.0.2')).to.equal(false);
    leave();
    expect(peers.makeRoom('10.0.0.2')).to.equal(true);
  });
});

describe('Unauthenticated.enter', () => {
  it('counts a peer until it leaves, once', () => {
    const { peers } = setUp(10);
    const [one] = [peers.enter('10.0.0.1'), peers.enter('10.0.0.1')];
    one?.leave();
    one?.leave();
    expect(peers.count()).to.equal(1);
  });

  it('displaces no one who has left', () => {
    const { peers, displaced, come } = setUp(1);
    come('10.0.0.1', 'a')?.leave();
    come('10.0.0.1', 'b');
    expect([peers.count(), displaced]).to.deep.equal([1, []]);
  });
});
