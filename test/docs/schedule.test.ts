import { expect } from 'chai';
import { describePage } from '../support/page.ts';

describePage('docs/schedule', {
  steps: {
    in: async ({ play, relay }) => {
      expect(JSON.parse(await play()).data.scheduled).to.equal(relay.clock.now() + 300_000);
    },
    cron: async ({ play }) => void expect(JSON.parse(await play()).data.id).to.equal('standup'),
    manage: async ({ play }) => {
      const printed = await play();
      expect(JSON.parse(printed.slice(printed.lastIndexOf('}{') + 1))).to.deep.equal({ cancelled: 'standup' });
    },
    once: async ({ play }) => void expect(await play()).to.equal(await play()),
  },
});
