import { expect } from 'chai';
import type { LogLineInfo } from '../../shared/api.ts';
import { eventually } from '../support/eventually.ts';
import { twoWorlds } from '../support/redis/worlds.ts';
import { TOKEN, type World, world } from '../world.ts';

async function read(relay: World, query = ''): Promise<LogLineInfo[]> {
  return (await relay.request(`/v1/log${query}`)).json.lines;
}

/** Something that leaves a warning: the name is unknown. */
const warn = (relay: World, name: string) => relay.request(`/${name}.send?wait=0&text=secret+text`);

describe('GET /v1/log', () => {
  it('has the last warnings and errors, after a restart too, without tokens and messages', async () => {
    const relay = await world();
    const wrong = 'a-wrong-token-that-nobody-may-read';
    await warn(relay, 'nobody');
    await relay.fetch('/v1/devices', { headers: { authorization: wrong } });
    const lines = await read(relay);
    expect(lines[0]).to.include({ level: 'warn' });
    expect(lines[0]?.facts).to.include({ device: 'nobody' });
    const all = JSON.stringify(lines);
    for (const secret of [TOKEN, wrong, 'secret text']) expect(all).to.not.include(secret);
    await relay.stop();
    await relay.start();
    expect((await read(relay)).slice(0, lines.length)).to.deep.equal(lines);
  });

  it('has only the lines of a level, since a time, and the latest up to a limit', async () => {
    const relay = await world();
    await warn(relay, 'one');
    await relay.clock.tick(100_000);
    const since = relay.clock.now();
    await warn(relay, 'two');
    const targets = (lines: LogLineInfo[]) => lines.map(({ facts }) => facts['device']);
    expect(targets(await read(relay, `?since=${since}`))).to.deep.equal(['two']);
    expect(targets(await read(relay, '?limit=1'))).to.deep.equal(['two']);
    expect(targets(await read(relay))).to.deep.equal(['one', 'two']);
    expect(targets(await read(relay, '?level=error'))).to.deep.equal([]);
  });

  it('has those of all nodes', async () => {
    const [a, b] = await twoWorlds();
    await warn(a, 'at-a');
    await warn(b, 'at-b');
    await eventually('a knows the line of b', async () => {
      const found = (await read(a)).map(({ facts }) => facts['device']);
      return found.includes('at-a') && found.includes('at-b');
    });
  });

  it('refuses bad input and whoever does not manage the relay', async () => {
    const relay = await world();
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'since=-1', 'level=info', 'other=1']) {
      expect((await relay.request(`/v1/log?${query}`)).status, query).to.equal(400);
    }
    const { auth } = await relay.device('own');
    const ask = async (authorization: string) => (await relay.fetch('/v1/log', { headers: { authorization } })).status;
    expect([await ask('x'), await ask(auth), await ask(TOKEN)]).to.deep.equal([401, 403, 200]);
    expect((await relay.fetch('/v1/log')).status).to.equal(401);
  });
});
