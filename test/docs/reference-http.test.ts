import { expect } from 'chai';
import { api } from '../../server/api/index.ts';
import { configSchema } from '../../server/config/schema.ts';
import { readRows } from '../support/blocks.ts';
import { describePage } from '../support/page.ts';

describePage(
  'docs/reference-http',
  {
    steps: {
      history: async ({ play, relay }) => {
        await relay.request('/phone.send?text=hi');
        const { messages } = JSON.parse(await play());
        expect(messages).to.have.lengthOf(1);
        expect(messages[0]).to.include({ status: 'ok', read: false });
      },
    },
  },
  (page) => {
    it('has a row for each path', async () => {
      const rows = await readRows(page.english);
      const none = () => {};
      const ports = { onTokensEnded: none, onKeyUse: none, senderKeys: { onChange: none } };
      const { routes = [] } = api.create(ports as never, configSchema.parse({}));
      const paths = routes.filter(({ method }) => method !== '*').map(({ method, pattern }) => `${method} ${pattern}`);
      const own = (all: Iterable<string>) => [...all].filter((path) => path.includes(' /v1/'));
      expect(own(rows.keys())).to.have.members(own(paths));
    });
  },
);
