import { expect } from 'chai';
import { describePage } from '../support/page.ts';
import type { World } from '../world.ts';

const phone = async (relay: World) => (await relay.request('/v1/devices')).json.devices[0];

describePage('docs/quiet-hours', {
  steps: {
    cli: async ({ play, relay }) => {
      await play();
      expect((await phone(relay)).quiet).to.deep.equal({ from: '22:30', to: '07:00', tz: 'Europe/Berlin' });
    },
    set: async ({ play }) => {
      expect(JSON.parse(await play()).quiet.let).to.deep.equal({ priority: 5, keys: ['door'] });
    },
    break: async ({ play }) => void expect(JSON.parse(await play()).data.status).to.deep.equal({ phone: 'ok' }),
    mute: async ({ play, relay }) => {
      await play();
      const until = relay.clock.now() + 7_200_000;
      expect((await phone(relay)).mutes).to.deep.equal([{ sender: 'ci', until }, { key: 'disk' }]);
    },
    unmute: async ({ play, relay }) => {
      await play();
      expect((await phone(relay)).mutes).to.have.length(1);
    },
  },
});
