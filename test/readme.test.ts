import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { describePage } from './support/page.ts';

describePage('README', {}, (page) => {
  it('is short', async () => {
    for (const file of [page.english, page.chinese]) {
      expect((await readFile(file, 'utf8')).split('\n').length, file).to.be.below(250);
    }
  });
});
