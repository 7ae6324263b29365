import { expect } from 'chai';
import { readRows, run } from '../support/blocks.ts';
import { describePage, root } from '../support/page.ts';
import { world } from '../world.ts';

describePage(
  'docs/notify',
  {
    relay: async () => {
      const relay = await world();
      (await relay.device('phone')).ws.terminate();
      return relay;
    },
    steps: {
      command: async ({ play, relay }) => {
        await play();
        const { messages } = (await relay.request('/v1/devices/phone/messages')).json;
        const titles = messages.map(({ message }: { message: { text: string } }) => message.text);
        expect(titles.slice(0, 3)).to.deep.equal(['backup is done', 'disk is full', 'from a pipe']);
        expect(titles[3]).to.match(/^uname -a: ok after \d+ s$/);
      },
    },
  },
  (page) => {
    it('has the exit codes of the help', async () => {
      const codes = [...(await readRows(page.english)).keys()];
      expect(codes).not.to.be.empty;
      const { output } = await run('sh pwa/public/notify.sh -h', {}, root);
      for (const code of codes) expect(output, `exit code ${code}`).to.match(new RegExp(`(?:code: |\\W)${code} `));
    });
  },
);
