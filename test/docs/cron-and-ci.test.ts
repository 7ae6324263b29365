import { expect } from 'chai';
import { describePage, sent } from '../support/page.ts';

describePage('docs/cron-and-ci', {
  steps: {
    cron: async ({ play, relay }) => {
      await play();
      expect((await sent(relay)).message.text).to.equal('Backup done');
    },
    fails: async ({ play, relay }) => {
      await play();
      const { text, desp, extra } = (await sent(relay)).message;
      expect([text, extra['priority'], extra['markdown']]).to.deep.equal(['Backup failed', '5', '0']);
      expect(desp).to.include('backup.sh');
    },
    refused: async ({ play, block }) => {
      expect((await play({ code: 22 })).trim()).to.equal(block('reply: refused').trim());
    },
    tail: async ({ play, relay }) => {
      await play();
      expect((await sent(relay)).message.text).to.match(/^make ended with [1-9]/);
    },
  },
});
