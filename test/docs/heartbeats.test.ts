import { expect } from 'chai';
import { describePage } from '../support/page.ts';

describePage('docs/heartbeats', {
  steps: {
    beat: async ({ play }) => {
      expect(JSON.parse(await play()).beat).to.include({ key: 'backup', state: 'up', every: 86_400_000 });
    },
    failure: async ({ play, relay }) => {
      await play();
      const { messages } = (await relay.request('/v1/devices/phone/messages')).json;
      expect(messages.at(-1).message).to.include({ desp: 'no space left' });
    },
    list: async ({ play }) => {
      const [{ state, runs }] = JSON.parse(await play()).beats;
      expect([state, runs.length]).to.deep.equal(['failed', 2]);
    },
  },
});
