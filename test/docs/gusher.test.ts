import { expect } from 'chai';
import { run } from '../support/blocks.ts';
import { describePage } from '../support/page.ts';
import { world } from '../world.ts';

describePage('docs/gusher', {
  relay: (page) => world({ config: { ...page.config('gusher'), ...page.config('gusherCluster') } }),
  steps: {
    gusher: async ({ code, relay, variables, dir }) => {
      const [register = '', push = '', list = ''] = code.trim().split('\n');
      expect((await run(register, variables, dir)).code).to.equal(0);
      const socket = await relay.socket('/ws/news/user-1');
      expect(JSON.parse((await run(push, variables, dir)).output)).to.include({ sent: 1 });
      expect(await socket.next()).to.equal('hello');
      expect((await run(list, variables, dir)).output).to.include('user-1');
    },
    cluster: async ({ play, block }) => void expect((await play()).trim()).to.equal(block('reply: cluster').trim()),
  },
});
