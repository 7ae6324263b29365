import { hostname } from 'node:os';
import { expect } from 'chai';
import { silentLogger } from '../../server/base/logger.ts';
import { compareConfigs, nodeFacts, readFigures } from '../../server/compose/node.ts';
import { configSchema } from '../../server/config/schema.ts';
import type { OpenDialect } from '../../server/dialects/kit/open.ts';
import { createSoleNode, type NodeRecord } from '../../server/nodes.ts';
import { fakeClock } from '../support/clock.ts';

const PORTS = { http: 9093, websocket: 9094 };
const facts = (config: object, token = 't') =>
  nodeFacts(configSchema.parse(config), PORTS, { version: '1.2.3', token });

describe('nodeFacts', () => {
  it('names a node after its host and port, unless the config does', () => {
    expect(facts({})).to.include({ name: `${hostname()}:9093`, version: '1.2.3', port: 9093, socketPort: 9094 });
    expect(facts({ node: { name: 'rack-1', address: '192.0.2.7' } })).to.include({
      name: 'rack-1',
      address: '192.0.2.7',
    });
  });

  it('digests what has to be the same on all nodes, and nothing else', () => {
    const app = { id: '1', key: 'k', secret: 's' };
    const { config } = facts({ apps: [app] });
    expect(config).to.match(/^[\da-f]{12}$/);
    expect(facts({ apps: [app], http: { port: 1 }, node: { name: 'two' } }).config).to.equal(config);
    const others = [
      facts({ apps: [{ ...app, secret: 'other' }] }),
      facts({ apps: [app] }, 'another token'),
      facts({ apps: [app], keys: [{ name: 'nas', key: 'a-long-text-of-mine', device: 'a' }] }),
      facts({ apps: [app], gusher: { account: 'a', password: 'p' } }),
      facts({ apps: [app], webhook: { clients: [{ name: 'a', url: 'http://host/' }] } }),
    ];
    expect(new Set([config, ...others.map((other) => other.config)]).size).to.equal(6);
  });
});

describe('compareConfigs', () => {
  it('names the nodes whose config differs, and says nothing if there are none', async () => {
    const told: unknown[] = [];
    const logger = { ...silentLogger, warn: (...line: unknown[]) => void told.push(line[0]) };
    const records = ['one', 'two', 'three'].map((name, n) => ({ ...facts({}), name, id: name, config: `c${n % 2}` }));
    const nodes = { ...createSoleNode(fakeClock()), self: 'one', list: async () => records as unknown as NodeRecord[] };
    await compareConfigs(nodes, 'c0', logger);
    expect(told).to.deep.equal([{ node: 'one', others: ['two'] }]);
    await compareConfigs({ ...nodes, list: async () => [] }, 'c0', logger);
    expect(told).to.have.length(1);
  });
});

describe('readFigures', () => {
  it('adds up the sockets of the apps of each dialect that has any', () => {
    const dialects = [
      {
        name: 'pusher',
        running: {
          connections: () => [
            ['1', 2],
            ['2', 3],
          ],
        },
      },
      { name: 'gusher', running: { connections: () => [] } },
      { name: 'mpush', running: {} },
    ] as unknown as OpenDialect[];
    const { memory, handles, ...rest } = readFigures({
      sockets: () => 9,
      queued: () => 4,
      draining: () => true,
      dialects,
    });
    expect(rest).to.deep.equal({ sockets: 9, connections: { pusher: 5, gusher: 0 }, queued: 4, draining: true });
    expect([memory > 0, handles >= 0]).to.deep.equal([true, true]);
  });
});
