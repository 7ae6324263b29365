import { expect } from 'chai';
import { plainText } from '../../../../pwa/src/model/message/plain-text.ts';
import { workOf } from '../../../support/work.ts';

describe('plainText', () => {
  const cases: [string, string][] = [
    ['# Title\n\nSome **bold**, *slanted* and `code`.', 'Title\n\nSome bold, slanted and code.'],
    ['- one\n- [x] two\n- three', '• one\n• two\n• three'],
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

  describe('text in angle brackets', () => {
    const kept: [string, string][] = [
      ['usage: backup <source> <target>', 'usage: backup <source> <target>'],
      ['<source>\nnext line', '<source>\nnext line'],
      ['Map<string, List<T>> and Vec<u8>', 'Map<string, List<T>> and Vec<u8>'],
      ['from <root@nas> to <10.0.0.1>', 'from <root@nas> to <10.0.0.1>'],
      ['mv <a> <b>', 'mv <a> <b>'],
      ['press <kbd>Enter</kbd> at <prompt>', 'press Enter at <prompt>'],
      ['<script>alert(1)</script>', '<script>alert(1)</script>'],
      ['<!-- skipped: 3 -->', '<!-- skipped: 3 -->'],
      ['<div>usage: <source><br>next</div>', 'usage: <source>\nnext'],
      ['a < b && c > d', 'a < b && c > d'],
      ['- <name>: <value>', '• <name>: <value>'],
      ['| <in> | out |\n|--|--|\n| <x> | y |', '<in> | out\n<x> | y'],
      ['`<code>` and <code>x</code>', '<code> and x'],
      ['**<bold>**', '<bold>'],
    ];
    for (const [markdown, text] of kept) {
      it(`stays in ${JSON.stringify(markdown)}`, () => expect(plainText(markdown)).to.equal(text));
    }
  });

  it('keeps lines that only look like definitions of links', () => {
    expect(plainText('[ERROR]: timeout\n\n[ERROR] again')).to.equal('[ERROR]: timeout\n\n[ERROR] again');
    expect(plainText('[notes][1]\n\n[1]: https://example.org')).to.equal('notes');
  });

  it('decodes the characters that HTML names or numbers', () => {
    expect(plainText('a &lt;b&gt; &amp; &#8364; &#x1F600; &nosuch; &#0;')).to.equal('a <b> & € 😀 &nosuch; \ufffd');
    expect(plainText('`&lt;`')).to.equal('&lt;');
  });

  it('numbers lists and indents those inside', () => {
    expect(plainText('3. one\n4. two\n   - three')).to.equal('3. one\n4. two\n  • three');
  });

  it('finds the end of a tag beyond the part that it reads', () => {
    expect(plainText('<b>12345</b>', 8)).to.equal('12345');
  });

  it('stays fast for text that attacks the parser', () => {
    let work = 0;
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
      '- - ',
      '<b></b>',
      '[a]: b\n',
      '<a href="',
    ]) {
      work += workOf(() => plainText(piece.repeat(100_000)));
    }
    expect(work).to.be.below(1500);
  });
});
