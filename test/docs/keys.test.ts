import { expect } from 'chai';
import { linesOf, run, start } from '../support/blocks.ts';
import { describePage } from '../support/page.ts';

describePage('docs/keys', {
  steps: {
    create: async ({ play, variables }) => {
      variables['KEY'] = JSON.parse(await play()).key;
    },
    send: async ({ play }) => void expect(JSON.parse(await play())).to.have.property('cmd', 'MESSAGE_REPLY'),
    uses: async ({ code, variables, dir, block }) => {
      const lines = linesOf(start(code, variables, dir).stdout)[Symbol.asyncIterator]();
      expect((await lines.next()).value).to.equal('event: open');
      await run(block('run: send'), variables, dir);
      let told = '';
      // The use before it may be told too, when it is stored, without its result.
      while (!/^data: .*"result"/.test(told)) told = String((await lines.next()).value);
      expect(JSON.parse(told.slice(6))).to.include({ dialect: 'mpush', title: 'backup', result: 'sent' });
    },
    refused: async ({ play, block }) => {
      expect((await play()).trim()).to.equal(block('reply: refused').trim());
    },
    change: async ({ play }) => {
      const changed = JSON.parse(await play());
      expect(changed).to.deep.include({ rate: { perMinute: 60, burst: 120 }, send: ['family', 'nas-*'] });
      expect(changed).not.to.have.property('priority');
    },
  },
});
