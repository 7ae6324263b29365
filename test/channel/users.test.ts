import { expect } from 'chai';
import { createApp } from '../../server/channel/app.ts';
import { createUsers, watchEvent } from '../../server/channel/users.ts';
import { fakeClock, recorder } from './fixtures.ts';

function setUp() {
  const { time, clock } = fakeClock();
  const app = createApp({ id: 'a', keys: [] });
  return { time, app, users: createUsers(clock) };
}

const online = (...ids: string[]) => ` watchlist {"events":[{"name":"online","user_ids":${JSON.stringify(ids)}}]}`;
const offline = (...ids: string[]) => ` watchlist {"events":[{"name":"offline","user_ids":${JSON.stringify(ids)}}]}`;

describe('createUsers', () => {
  it('tells who of a watchlist is there, each once', () => {
    const { app, users } = setUp();
    users.signIn(app, recorder('1.1'), 'bob', []);
    const state = users.signIn(app, recorder('1.2'), 'ann', ['bob', 'carl', 'bob']);
    expect(state).to.deep.equal({ online: ['bob'], offline: ['carl'] });
  });

  it('tells watchers only of the first connection of a user', () => {
    const { app, users } = setUp();
    const ann = recorder('1.1');
    users.signIn(app, ann, 'ann', ['bob']);
    users.signIn(app, recorder('1.2'), 'bob', []);
    users.signIn(app, recorder('1.3'), 'bob', []);
    expect(ann.take()).to.deep.equal([online('bob')]);
  });

  it('tells of the last one that went when the user does not come back in time', () => {
    const { app, users, time } = setUp();
    const [ann, bob, other] = [recorder('1.1'), recorder('1.2'), recorder('1.3')];
    users.signIn(app, ann, 'ann', ['bob']);
    users.signIn(app, bob, 'bob', []);
    users.signIn(app, other, 'bob', []);
    ann.take();
    users.signOut(bob);
    users.signOut(bob);
    time.tick(5_000);
    expect(ann.take()).to.deep.equal([]);
    users.signOut(other);
    time.tick(2_999);
    expect(ann.take()).to.deep.equal([]);
    time.tick(1);
    expect(ann.take()).to.deep.equal([offline('bob')]);
  });

  it('is silent about a user who comes back in time', () => {
    const { app, users, time } = setUp();
    const [ann, bob, again] = [recorder('1.1'), recorder('1.2'), recorder('1.3')];
    users.signIn(app, ann, 'ann', ['bob']);
    users.signIn(app, bob, 'bob', []);
    ann.take();
    users.signOut(bob);
    time.tick(2_000);
    expect(users.signIn(app, recorder('1.4'), 'carl', ['bob'])).to.deep.equal({ online: ['bob'], offline: [] });
    users.signIn(app, again, 'bob', []);
    time.tick(10_000);
    expect(ann.take()).to.deep.equal([]);
  });

  it('keeps apps apart', () => {
    const { app, users } = setUp();
    const ann = recorder('1.1');
    users.signIn(app, ann, 'ann', ['bob']);
    const other = createApp({ id: 'b', keys: [] });
    users.signIn(other, recorder('1.2'), 'bob', []);
    expect(ann.take()).to.deep.equal([]);
    expect(users.connections(app, 'bob')).to.deep.equal([]);
    expect(users.connections(other, 'bob')).to.have.length(1);
  });

  it('replaces the watchlist of a connection that signs in again', () => {
    const { app, users } = setUp();
    const ann = recorder('1.1');
    users.signIn(app, ann, 'ann', ['bob']);
    users.signIn(app, ann, 'ann', ['carl']);
    users.signIn(app, recorder('1.2'), 'bob', []);
    users.signIn(app, recorder('1.3'), 'carl', []);
    expect(ann.take()).to.deep.equal([online('carl')]);
  });

  it('tells of a user who comes back after that, to a watcher of old and a new one', () => {
    const { app, users, time } = setUp();
    const [ann, bob] = [recorder('1.1'), recorder('1.2')];
    users.signIn(app, ann, 'ann', ['bob']);
    users.signIn(app, bob, 'bob', []);
    users.signOut(bob);
    time.tick(3_000);
    ann.take();
    expect(users.signIn(app, recorder('1.3'), 'carl', ['bob'])).to.deep.equal({ online: [], offline: ['bob'] });
    users.signIn(app, bob, 'bob', []);
    expect(ann.take()).to.deep.equal([online('bob')]);
  });

  it('tells no watcher that has signed out', () => {
    const { app, users } = setUp();
    const ann = recorder('1.1');
    users.signIn(app, ann, 'ann', ['bob']);
    users.signOut(ann);
    users.signIn(app, recorder('1.2'), 'bob', []);
    expect(ann.take()).to.deep.equal([]);
  });

  it('leaves no timer behind', () => {
    const { app, users, time } = setUp();
    const bob = recorder('1.2');
    users.signIn(app, bob, 'bob', []);
    users.signOut(bob);
    users.close();
    expect(time.countTimers()).to.equal(0);
  });
});

describe('watchEvent', () => {
  it('leaves out empty groups', () => {
    expect(watchEvent({ online: [], offline: [] }).data).to.equal('{"events":[]}');
  });
});
