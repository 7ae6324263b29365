import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { describePage } from '../support/page.ts';

describePage('docs/manage', {
  steps: {
    activity: async ({ play, relay }) => {
      await relay.request('/phone.send?text=hello');
      const { messages } = JSON.parse(await play());
      expect(messages[0]).to.deep.include({ title: 'hello', target: 'phone', total: 1 });
    },
    backup: async ({ play, dir }) => {
      await play();
      expect((await readFile(join(dir, 'herald.backup'))).subarray(0, 15).toString()).to.equal('SQLite format 3');
    },
  },
});
