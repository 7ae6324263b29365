import { expect } from 'chai';
import { describePage } from '../support/page.ts';
import type { World } from '../world.ts';

const openAlerts = async (relay: World) => (await relay.request('/v1/alerts')).json.alerts;

describePage('docs/alerts', {
  steps: {
    open: async ({ play, relay }) => {
      expect(JSON.parse(await play()).data.status).to.deep.equal({ phone: 'ok' });
      expect(await openAlerts(relay)).to.have.length(1);
    },
    close: async ({ play }) => void expect(JSON.parse(await play()).data.status).to.deep.equal({ phone: 'ok' }),
    list: async ({ play }) => void expect(JSON.parse(await play()).alerts).to.deep.equal([]),
  },
});
