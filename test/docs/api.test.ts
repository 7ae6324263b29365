import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { describePage } from '../support/page.ts';

describePage('docs/api', {
  steps: {
    async document({ play, dir }) {
      await play();
      expect(JSON.parse(await readFile(join(dir, 'openapi.json'), 'utf8'))).to.include({ openapi: '3.1.0' });
    },
    async devices({ play }) {
      expect(JSON.parse(await play()).devices[0]).to.include({ name: 'phone' });
    },
  },
});
