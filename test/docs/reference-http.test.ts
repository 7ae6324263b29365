import { expect } from 'chai';
import { api } from '../../server/api/index.ts';
import type { ApiRoute } from '../../server/api/route-spec.ts';
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
    it('has a row for each path, with whose credentials it takes', async () => {
      const rows = await readRows(page.english);
      const none = () => {};
      const ports = { onTokensEnded: none, onKeyUse: none, senderKeys: { onChange: none } };
      const { routes = [] } = api.create(ports as never, configSchema.parse({}));
      const described = routes
        .filter(({ method, pattern }) => method !== '*' && pattern.startsWith('/v1/'))
        .map((route) => [`${route.method} ${route.pattern}`, (route as Partial<ApiRoute>).spec?.callers ?? 'anyone']);
      // A code in the path is a credential of its own. The document of the interface has no code in its words.
      const inWords = (cell: string) =>
        cell
          .replace(/^the code$/, 'anyone')
          .replace('`token`', '"token"')
          .replaceAll('`', '');
      const own = [...rows].filter(([path]) => path.includes(' /v1/')).map(([path, cell]) => [path, inWords(cell)]);
      expect(own).to.have.deep.members(described);
    });
  },
);
