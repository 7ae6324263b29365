import { request as httpRequest } from 'node:http';
import { expect } from 'chai';
import { createAgents } from '../../server/outbound/agents.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { startTarget } from '../transports/webhook/servers.ts';

function setUp(more: object = {}) {
  const agents = createAgents({ clock: fakeClock(), timeout: 1000, ...more });
  onCleanup(() => agents.destroy());
  return agents;
}

describe('createAgents', () => {
  it('goes straight without a proxy, whatever the environment says', async () => {
    const way = await setUp().wayTo(new URL('http://a/'), undefined);
    expect(way.proxy).to.equal(false);
  });

  it('gives the same connections to every request of a kind', async () => {
    const agents = setUp();
    const [one, other] = [
      await agents.wayTo(new URL('https://a/'), 'http://proxy:1'),
      await agents.wayTo(new URL('https://b/'), 'http://proxy:1'),
    ];
    expect(one.httpsAgent).to.equal(other.httpsAgent);
    const third = await agents.wayTo(new URL('https://b/'), 'http://proxy:2');
    expect(third.httpsAgent).not.to.equal(one.httpsAgent);
  });

  it('hands credentials and port of a proxy over as they are meant', async () => {
    const target = new URL('http://a/');
    for (const [proxy, expected] of [
      [
        'http://me:p%40ss@[::1]:3128/',
        { protocol: 'http:', host: '::1', port: 3128, auth: { username: 'me', password: 'p@ss' } },
      ],
      ['http://proxy', { protocol: 'http:', host: 'proxy', port: 80 }],
      ['https://proxy', { protocol: 'https:', host: 'proxy', port: 443 }],
    ] as const) {
      expect((await setUp().wayTo(target, proxy)).proxy).to.deep.equal(expected);
    }
  });

  it('keeps no more than 32 idle connections', async () => {
    const agents = setUp();
    const targets = await Promise.all(Array.from({ length: 40 }, () => startTarget()));
    for (const target of targets) onCleanup(() => target.close());
    const { httpAgent: agent } = await agents.wayTo(new URL('http://a/'), undefined);
    await Promise.all(
      targets.map(
        ({ url }) =>
          new Promise<void>((resolve, reject) => {
            httpRequest(url, { agent }, (answer) => answer.resume().on('end', resolve))
              .on('error', reject)
              .end();
          }),
      ),
    );
    const open = () => targets.reduce((sum, { sockets }) => sum + sockets.open.size, 0);
    await eventually('the others are closed', () => open() === 32);
    agents.destroy();
    await eventually('all are closed', () => open() === 0);
  });

  it('asks its lookup where a target is', async () => {
    const asked: string[] = [];
    const agents = setUp({
      lookup: (host: string, _options: object, done: (error: Error) => void) => {
        asked.push(host);
        done(new Error('nowhere'));
      },
    });
    const { httpAgent: agent } = await agents.wayTo(new URL('http://somewhere.example/'), undefined);
    const error = await new Promise<Error>((resolve) =>
      httpRequest('http://somewhere.example/', { agent }).on('error', resolve).end(),
    );
    expect([error.message, asked]).to.deep.equal(['nowhere', ['somewhere.example']]);
  });
});
