import { expect } from 'chai';
import { nodeInfos } from '../../../server/dialects/gusher-cluster/node-info.ts';
import type { NodeRecord } from '../../../server/nodes.ts';

const NODE: NodeRecord = {
  id: 'a1',
  name: 'one',
  version: '1.2.3',
  address: '192.0.2.7',
  port: 80,
  socketPort: 9093,
  config: '',
  runtime: '20.19.0',
  cpus: 2,
  started: 0,
  seen: 1_700_000_000_999,
  shards: 64,
  lag: 0,
  sockets: 9,
  connections: { pusher: 2, 'gusher-cluster': 7 },
  queued: 0,
  draining: false,
  memory: 1000,
  handles: 12,
};

describe('nodeInfos', () => {
  it('describes each node under its address and the port of its sockets', () => {
    const infos = nodeInfos([NODE, { ...NODE, socketPort: 9094, connections: {} }], 'gusher-cluster');
    expect(Object.keys(infos)).to.deep.equal(['192.0.2.7@:9093', '192.0.2.7@:9094']);
    expect(infos['192.0.2.7@:9093']).to.deep.equal({
      ip: '192.0.2.7',
      local_listen: ':9093',
      version: '1.2.3',
      runtime_version: 'node20.19.0',
      cpu: 2,
      'usage-memory': 1000,
      goroutines: 12,
      connections: 7,
      send_interval: '5',
      update_time: 1_700_000_000,
    });
    expect(infos['192.0.2.7@:9094']).to.include({ local_listen: ':9094', connections: 0 });
  });
});
