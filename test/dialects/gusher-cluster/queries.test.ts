import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { type World, world } from '../../world.ts';
import { ask, call, member, relay1_13 } from './relay.ts';

describe('queries of gusher.cluster', () => {
  let relay: World;
  beforeEach(async () => {
    relay = await world(relay1_13());
  });

  /** A socket on one channel. */
  async function on(channel: string, user: string, app = 'TEST') {
    const socket = await member(relay, { app, user, channels: ['*'] });
    await ask(socket, 'gusher.subscribe', { channel });
    return socket;
  }

  async function answersOf(paths: readonly string[]): Promise<unknown[]> {
    return Promise.all(paths.map(async (path) => (await call(relay, `GET /api/${path}`)).json));
  }

  it('list occupied channels and online users, each once', async () => {
    for (const user of ['U1', 'U1']) await on('AA', user);
    await on('Bxx', '用户 2');
    await member(relay, { user: 'U3' });
    const answers: [string, unknown][] = [
      ['TEST/channels', ['AA', 'Bxx']],
      ['TEST/channels/count', { count: 2 }],
      ['TEST/online', ['U1', '用户 2', 'U3']],
      ['TEST/online/count', { count: 3 }],
      ['TEST/online/bychannel/AA', ['U1']],
      ['TEST/online/bychannel/AA/count', { count: 1 }],
      ['TEST/online/bychannel/nobody', []],
      ['nobody/channels', []],
      ['nobody/online', []],
      ['nobody/online/count', { count: 0 }],
      ['nobody/online/bychannel/AA', []],
    ];
    expect(await answersOf(answers.map(([path]) => path))).to.deep.equal(answers.map(([, answer]) => answer));
  });

  it('tell of apps that are called like a call', async () => {
    await on('AA', 'U1', 'push');
    await on('BB', 'U2', 'push_batch');
    expect(await answersOf(['push/channels', 'push/online', 'push_batch/online'])).to.deep.equal([
      ['AA'],
      ['U1'],
      ['U2'],
    ]);
    const refused = await call(relay, 'PUT /api/push/online');
    expect([refused.status, refused.headers.get('allow')]).to.deep.equal([405, 'POST, GET']);
  });

  it('tell nothing of another app', async () => {
    await on('AA', 'U1');
    await on('AA', 'U2', 'APP2');
    await on('BB', 'U3', 'APP2');
    expect(
      await answersOf([
        'TEST/channels',
        'TEST/online',
        'TEST/online/bychannel/AA',
        'TEST/online/bychannel/AA/count',
        'TEST/online/bychannel/BB',
        'APP2/online/bychannel/AA',
      ]),
    ).to.deep.equal([['AA'], ['U1'], ['U1'], { count: 1 }, [], ['U2']]);
  });

  it('tell nothing of a socket that has left a channel', async () => {
    const socket = await on('AA', 'U1');
    await ask(socket, 'gusher.unsubscribe', { channel: 'AA' });
    expect(await answersOf(['TEST/channels', 'TEST/online/bychannel/AA', 'TEST/online'])).to.deep.equal([
      [],
      [],
      ['U1'],
    ]);
  });

  it('tell nothing of a socket that has gone', async () => {
    const gone = await on('AA', 'U1');
    await on('BB', 'U2');
    gone.ws.close();
    await gone.closed;
    const paths = ['TEST/channels', 'TEST/online', 'TEST/online/bychannel/AA', 'system/slaveinfos'];
    // The relay sees the end in its own time.
    await eventually(
      'one user is left',
      async () => ((await answersOf(['TEST/online/count']))[0] as { count: number }).count <= 1,
    );
    const [channels, users, here, nodes] = await answersOf(paths);
    expect([channels, users, here]).to.deep.equal([['BB'], ['U2'], []]);
    expect(Object.values(nodes as object)[0].connections).to.equal(1);
  });
});
