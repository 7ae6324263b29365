import { expect } from 'chai';
import { leave, pusherWorld, serverOf, wire } from '../helpers.ts';

const watchlist = (...events: object[]) => ({
  event: 'pusher_internal:watchlist_events',
  data: JSON.stringify({ events }),
});

describe('pusher:signin', () => {
  it('answers with the text that was signed, and opens only the channel of that user', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    one.signin('{"id" : "12345"}');
    expect(await one.text()).to.equal(
      '{"event":"pusher:signin_success","data":"{\\"user_data\\":\\"{\\\\\\"id\\\\\\" : \\\\\\"12345\\\\\\"}\\"}"}',
    );
    for (const channel of ['#server-to-user-12345', '#server-to-user-1', '#server-to-user-']) {
      one.send({ event: 'pusher:subscribe', data: { auth: '', channel } });
    }
    const events = (await one.settled()).map(({ event }) => event);
    expect(events[0]).to.equal('pusher_internal:subscription_succeeded');
    expect(events.filter((event) => event === 'pusher:subscription_error')).to.have.length(2);
    await serverOf(relay).sendToUser('12345', 'hello', { a: 1 });
    expect(await one.text()).to.equal('{"event":"hello","channel":"#server-to-user-12345","data":"{\\"a\\":1}"}');
  });

  it('succeeds again for the same user, and never for another', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    for (const id of ['ann', 'ann', 'bob']) one.signin({ id });
    const [first, second, third] = await one.settled();
    expect([first?.event, second?.event]).to.deep.equal(['pusher:signin_success', 'pusher:signin_success']);
    expect(third?.data.code).to.equal(4009);
  });

  it('refuses what is not signed, or has no user', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    one.send({ event: 'pusher:signin', data: { auth: 'app-key:00', user_data: '{"id":"1"}' } });
    one.send({ event: 'pusher:signin', data: { auth: 'x:00', user_data: '{"id":"1"}' } });
    one.send({ event: 'pusher:signin', data: { user_data: { id: '1' } } });
    one.signin({ id: '1' }, 'app-key', 'wrong');
    for (const user of ['no json', '[]', '{}', '{"id":1}', '{"id":""}', '{"id":"a b"}', '{"id":"a:b"}'])
      one.signin(user);
    one.signin({ id: 'x'.repeat(129) });
    const frames = await one.settled();
    expect(frames).to.have.length(12);
    for (const { event, data } of frames) expect([event, data.code]).to.deep.equal(['pusher:error', 4009]);
    expect(JSON.stringify(frames)).not.to.match(/[0-9a-f]{64}/);
  });
});

describe('a signin that finds its app full', () => {
  it('closes the socket and signs no one in', async () => {
    const options = { authorizedConnections: true, watchlistEvents: true, limits: { connections: 1 } };
    const relay = await pusherWorld(options);
    const [ann, bob] = [await wire(relay), await wire(relay)];
    ann.signin({ id: 'ann' });
    await ann.frame();
    bob.signin({ id: 'bob' });
    expect((await bob.socket.closed).code).to.equal(4004);
    expect(bob.socket.frames.slice(1).map((frame) => JSON.parse(frame).event)).to.deep.equal(['pusher:error']);
    ann.signin({ id: 'ann', watchlist: ['bob'] });
    expect((await ann.settled())[1]).to.deep.equal(watchlist({ name: 'offline', user_ids: ['bob'] }));
  });
});

describe('watchlists', () => {
  it('leave out what cannot be the id of a user', async () => {
    const relay = await pusherWorld({ watchlistEvents: true });
    const one = await wire(relay);
    one.signin({ id: 'ann', watchlist: [5, null, '', 'a b', 'bob'] });
    expect((await one.settled())[1]).to.deep.equal(watchlist({ name: 'offline', user_ids: ['bob'] }));
    one.signin({ id: 'ann', watchlist: 'bob' });
    expect((await one.settled()).map(({ event }) => event)).to.deep.equal(['pusher:signin_success']);
  });

  it('tell the state, then each change, offline after three seconds', async () => {
    const relay = await pusherWorld({ watchlistEvents: true });
    const [ann, bob] = [await wire(relay), await wire(relay)];
    bob.signin({ id: 'bob' });
    await bob.frame();
    ann.signin({ id: 'ann', watchlist: ['bob', 'carl'] });
    expect((await ann.settled())[1]).to.deep.equal(
      watchlist({ name: 'online', user_ids: ['bob'] }, { name: 'offline', user_ids: ['carl'] }),
    );
    await leave(relay, bob);
    expect(await ann.settled()).to.deep.equal([]);
    await relay.clock.tick(3_000);
    expect(await ann.settled()).to.deep.equal([watchlist({ name: 'offline', user_ids: ['bob'] })]);
  });

  it('are cut to a hundred users, with a word about it', async () => {
    const relay = await pusherWorld({ watchlistEvents: true });
    const one = await wire(relay);
    one.signin({ id: 'ann', watchlist: Array.from({ length: 101 }, (_, n) => `u${n}`) });
    const [success, state, error] = await one.settled();
    expect(success?.event).to.equal('pusher:signin_success');
    expect(JSON.parse(state?.data).events[0].user_ids).to.have.length(100);
    expect(error?.data.code).to.equal(4302);
  });

  it('stay silent where the app does not want them', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    one.signin({ id: 'ann', watchlist: ['bob'] });
    expect(await one.settled()).to.have.length(1);
  });
});

describe('terminate_connections', () => {
  it('closes every connection of the user, and no others', async () => {
    const relay = await pusherWorld();
    const [one, two, other] = [await wire(relay), await wire(relay), await wire(relay)];
    for (const each of [one, two]) each.signin({ id: 'a@b;c' });
    await other.join('presence-a', '{"user_id":"a@b;c"}');
    await one.settled();
    await two.settled();
    expect((await serverOf(relay).terminateUserConnections('a@b;c')).status).to.equal(200);
    for (const each of [one, two]) {
      expect(await each.socket.closed).to.deep.equal({ code: 4009, reason: 'You got disconnected by the app.' });
    }
    expect(await other.settled()).to.deep.equal([]);
    expect((await serverOf(relay).terminateUserConnections('nobody')).status).to.equal(200);
  });
});
