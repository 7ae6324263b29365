import { expect } from 'chai';
import { greeting } from '../../server/cli/greeting.ts';
import { describePage, sent } from '../support/page.ts';

describePage(
  'docs/start',
  {
    own: ['greeting'],
    steps: {
      first: async ({ play, relay, block }) => {
        const [told, shown] = [await play(), block('reply: first')].map((text) => JSON.parse(text));
        expect(told.data.status).to.deep.equal(shown.data.status);
        expect((await sent(relay)).message).to.include({ text: 'hello' });
      },
    },
  },
  (page) => {
    it('shows what the start prints', async () => {
      const token = /Authorization: ([^']+)/.exec(page.block('greeting'))?.[1] ?? '';
      const relay = {
        ports: { http: 9093, websocket: 9093 },
        token,
        isTokenNew: true,
        devices: () => [],
        createPairing: async () => '/#pair=K7Q2MF9X3B5C',
      };
      const config = {
        token: undefined,
        http: { host: '', basePath: '', verifyToken: true },
        storage: { dir: '/home/you/herald/data' },
      };
      const printed = await greeting(relay, config, false);
      const steadied = printed.replace(/Receive {3}http:\/\/[^:]+/, 'Receive   http://192.0.2.2');
      // A machine without a network prints a link to itself, which needs no https.
      const withoutAdvice = (text: string) => text.replace(/\n +notifications on a phone need https.*/, '').trim();
      expect(withoutAdvice(steadied)).to.equal(withoutAdvice(page.block('greeting')));
    });
  },
);
