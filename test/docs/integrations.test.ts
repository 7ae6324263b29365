import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { describePage } from '../support/page.ts';
import { sendsWithKey, titleSent } from '../support/sender-page.ts';

/** The title that a page promises below each line that sends, by the mark of the line. */
function promisedTitles(file: string): Map<string, string> {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/^<!-- (run: .+) -->\n```sh\n[\s\S]*?^```\n\n(?:On the phone: |手机上：)\*\*(.+?)\*\*/gm);
  return new Map([...found].map(([, mark = '', title = '']) => [mark, title]));
}

let titles = new Map<string, string>();

describePage(
  'docs/integrations',
  {
    ...sendsWithKey,
    step: async (line) => void expect(await titleSent(line)).to.equal(titles.get(line.mark)),
  },
  (page) => {
    titles = promisedTitles(page.english);

    it('promises the same titles in both languages', () => {
      expect(titles.size).to.be.above(15);
      expect(promisedTitles(page.chinese)).to.deep.equal(titles);
    });
  },
);
