import { isIPv4 } from 'node:net';
import { expect } from 'chai';
import { nodeInfos } from '../../../server/dialects/gusher-cluster/node-info.ts';
import { fakeClock } from '../../support/clock.ts';

describe('nodeInfos', () => {
  it('describes this node under its address and port', () => {
    const clock = fakeClock(1_700_000_000_999);
    const infos = nodeInfos({ clock, version: '1.2.3', port: 9093, connections: 7 });
    const [[name = '', info] = []] = Object.entries(infos);
    expect(Object.keys(infos)).to.have.length(1);
    expect(name).to.match(/^.+@:9093$/);
    expect(isIPv4(name.split('@')[0] ?? '')).to.equal(true);
    expect(info).to.include({
      ip: name.split('@')[0],
      local_listen: ':9093',
      version: '1.2.3',
      connections: 7,
      send_interval: '5',
      update_time: 1_700_000_000,
    });
  });
});
