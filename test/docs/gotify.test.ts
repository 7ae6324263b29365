import { expect } from 'chai';
import { makeKey } from '../dialects/key-senders.ts';
import { run } from '../support/blocks.ts';
import { describePage } from '../support/page.ts';

describePage('docs/gotify', {
  variables: async (relay) => ({ KEY: await makeKey(relay, { name: 'kuma', group: 'family' }) }),
  steps: {
    client: async ({ play, variables }) => {
      const { token, name } = JSON.parse(await play());
      expect(name).to.equal('script');
      variables['CLIENT'] = token;
    },
    send: async ({ play }) => void expect(JSON.parse(await play())).to.include({ title: 'Backup', priority: 8 }),
    json: async ({ play }) => void expect(JSON.parse(await play())).to.include({ title: 'kuma', priority: 5 }),
    messages: async ({ play, block, variables, dir }) => {
      // A client has what came after it was made.
      const { output } = await run(block('run: send'), variables, dir);
      expect(JSON.parse(await play()).messages).to.deep.equal([JSON.parse(output)]);
    },
  },
});
