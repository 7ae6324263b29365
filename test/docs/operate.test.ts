import { expect } from 'chai';
import { describePage } from '../support/page.ts';

describePage('docs/operate', {
  steps: {
    health: async ({ play }) => {
      expect(JSON.parse(await play())).to.include({ status: 'ok', nodes: 1, health: 'green', database: 'green' });
    },
  },
});
