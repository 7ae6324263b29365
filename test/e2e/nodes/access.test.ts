// Two nodes: who bears a name, who may come in. All tests share them, with names of their own.
import { expect } from 'chai';
import { forSuite } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { connect } from '../../support/socket.ts';
import { type RelayProcess, TOKEN } from '../relay-process.ts';
import { Cluster, createCluster } from './cluster.ts';

const stage = forSuite(async () => {
  const cluster = await createCluster();
  const [a, b] = await cluster.startAll('a', 'b');
  return { cluster, a, b };
});

/** The order of both nodes, each way round. */
const ways = (): [RelayProcess, RelayProcess][] => {
  const { a, b } = stage();
  return [
    [a, b],
    [b, a],
  ];
};

const statusOf = async (node: RelayProcess, path: string) => (await node.request(path)).json.data.status;

describe('names and credentials on two nodes', function () {
  this.timeout(120_000);

  it('take a name over from a socket at the other', async () => {
    for (const [first, second] of ways()) {
      const older = await first.device('twice');
      const newer = await second.device('twice', { acknowledge: true });
      expect((await older.closed).code).to.equal(4409);
      expect(await statusOf(first, '/twice.send?text=x&wait=10000')).to.deep.equal({ twice: 'ok' });
      newer.ws.close();
    }
  });

  it('leave one of two sockets that take a name at once', async () => {
    const { a, b } = stage();
    for (let n = 0; n < 10; n += 1) {
      const both = await Promise.all([a.socket(), b.socket()]);
      for (const socket of both) socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'rivals', group: '' } });
      expect((await Promise.race(both.map(({ closed }) => closed))).code).to.equal(4409);
      const { mid } = (await a.request('/rivals.send?text=x&wait=0')).json.data;
      const left = both.filter(({ ws }) => ws.readyState === ws.OPEN);
      expect(left, 'sockets that are left').to.have.length(1);
      await eventually('it has the name', () => left[0]?.frames.some((frame) => frame.includes(mid)));
      left[0]?.ws.close();
      await left[0]?.closed;
    }
  });

  it('let a code that one made be used at the other, once', async () => {
    for (const [makes, takes] of ways()) {
      const { code } = (await makes.request('/v1/pairings', { method: 'POST' })).json;
      const name = `paired at ${takes.port}`;
      const pair = (node: RelayProcess, as: string) =>
        node.fetch(`/v1/pairings/${code}`, { method: 'POST', body: JSON.stringify({ name: as }) });
      expect((await takes.fetch(`/v1/pairings/${code}`)).status).to.equal(200);
      const paired = await pair(takes, name);
      expect(paired.status).to.equal(201);
      expect((await pair(makes, 'late')).status).to.equal(404);
      const socket = await connect(`ws://127.0.0.1:${makes.port}/`);
      socket.send({ cmd: 'AUTH', auth: paired.json.auth, data: { name } });
      expect((await socket.packet('AUTH')).data.code).to.equal(200);
    }
  });

  it('refuse a node with another token', async () => {
    const { cluster } = stage();
    const other = new Cluster(cluster.redis, { config: { token: 'another-token' } });
    const refused = await other.start('stranger').then(
      () => 'it started',
      (error: Error) => error.message,
    );
    expect(refused).to.match(/ended with 1/);
    expect(refused).to.match(/token/);
    expect(refused).not.to.match(/another-token|process-token/);
  });
});
