import { expect } from 'chai';
import { htmlToMarkdown } from '../../../server/dialects/kit/html-to-markdown.ts';
import { workOf } from '../../support/work.ts';

const CASES: readonly [html: string, markdown: string][] = [
  ['<b>a</b> <i>b</i> <u>c</u> <font color="red">d</font>', '**a** *b* c d'],
  ['<a href="https://e.com/?a=1&amp;b=2">x</a>', '[x](https://e.com/?a=1&b=2)'],
  ["<a href='javascript:alert(1)'>x</a>", 'x'],
  ['a<br>b<p>c</p>', 'a\nb\nc'],
  ['<ul><li>a</li><li>b</li></ul>', '- a\n\n- b'],
  ['<pre>x < y</pre>', '```\nx < y\n```'],
  ['<img src="https://e.com/a.png"><img src="http://e.com/a.png">', '![](https://e.com/a.png)'],
  ['<script>alert(1)</script>a<style>b</style>', 'a'],
  ['a &lt;b&gt; &amp; &#39;&#x41; &nope; &#0;', "a <b> & 'A &nope; &#0;"],
  ['1 < 2', '1 < 2'],
  ['<!-- x -->y<', 'y<'],
];

describe('htmlToMarkdown', () => {
  for (const [html, markdown] of CASES) {
    it(`turns ${html}`, () => {
      expect(htmlToMarkdown(html)).to.equal(markdown);
    });
  }

  it('takes time in proportion to the length', () => {
    const work = workOf(() => {
      for (const piece of ['<', '<a ', '<a href="', '&#', '</pre>', '<!--']) htmlToMarkdown(piece.repeat(50_000));
    });
    expect(work).to.be.below(3000);
  });
});
