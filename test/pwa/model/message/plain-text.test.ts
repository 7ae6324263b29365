import { expect } from 'chai';
import { plainText } from '../../../../pwa/src/model/message/plain-text.ts';

describe('plainText', () => {
  const cases: [string, string][] = [
    ['# Title\n\nSome **bold**, *slanted* and `code`.', 'Title\n\nSome bold, slanted and code.'],
    ['- one\n- [x] two\n* three', '• one\n• two\n• three'],
    ['[here](https://example.org) ![chart](https://example.org/a.png)', 'here chart'],
    ['```sh\nrm -rf /\n```', 'rm -rf /'],
    ['> quoted\n> more', 'quoted\nmore'],
    ['| a | b |\n|---|:-:|\n| 1 | 2 |', 'a | b\n1 | 2'],
    ['<b>bold</b> <https://example.org>', 'bold https://example.org'],
    ['snake_case_name and 2*3*4', 'snake_case_name and 2*3*4'],
    ['~~old~~ \\*not slanted\\*', 'old *not slanted*'],
    ['a\r\nb', 'a\nb'],
    ['---', ''],
    ['plain text stays', 'plain text stays'],
  ];
  for (const [markdown, text] of cases) {
    it(`reads ${JSON.stringify(markdown).slice(0, 50)}`, () => expect(plainText(markdown)).to.equal(text));
  }

  it('takes no time for text that is made to take some', () => {
    const started = performance.now();
    for (const piece of [
      '[',
      '![',
      '<a ',
      '**',
      '_',
      '`',
      '~~',
      '> ',
      '- ',
      '|--',
      '|',
      '| ',
      '|\n',
      '<!--',
      '\\',
      '*_',
      '[a](',
    ]) {
      plainText(piece.repeat(100_000));
    }
    expect(performance.now() - started).to.be.below(1000);
  });
});
