import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { commands } from '../../server/cli/index.ts';
import { describePage } from '../support/page.ts';

describePage('docs/cli', {}, (page) => {
  it('lists every command', async () => {
    for (const file of [page.english, page.chinese]) {
      const text = await readFile(file, 'utf8');
      const isListed = (name: string) => new RegExp(`^\\| [^|]*\`${name}\``, 'm').test(text);
      expect(commands.map(({ name }) => name).filter((name) => !isListed(name))).to.deep.equal([]);
    }
  });

  it('tells what --json prints for every command', async () => {
    for (const file of [page.english, page.chinese]) {
      const [, section = ''] = (await readFile(file, 'utf8')).split('\n## JSON\n');
      const rows = [...section.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(
        ([, names = '']) => names.match(/[a-z\d-]+/g) ?? [],
      );
      expect(rows).to.have.members(commands.map(({ name }) => name));
    }
  });
});
