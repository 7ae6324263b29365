import { expect } from 'chai';
import { lexMarkdown, withoutTags } from '../../../../pwa/src/model/message/markdown.ts';

/** The kinds of the tokens of a body, those inside in brackets. Neighbouring texts count as one. */
function shape(text: string): string {
  const kinds = (tokens: readonly { type: string; tokens?: unknown }[]): string =>
    tokens
      .filter(({ type }) => type !== 'space')
      .map(({ type, tokens: inner }) => (Array.isArray(inner) && inner.length > 0 ? `${type}(${kinds(inner)})` : type))
      .join(' ');
  return kinds(lexMarkdown(text)).replace(/\btext(?: text)+/g, 'text');
}

describe('lexMarkdown', () => {
  const cases: [string, string][] = [
    ['**a** _b_', 'paragraph(strong(text) text em(text))'],
    ['a\nb', 'paragraph(text br text)'],
    ['<b>x</b>', 'paragraph(html text html)'],
    ['<b>x', 'paragraph(text)'],
    ['</b> <b>', 'paragraph(text)'],
    ['<source>', 'paragraph(text)'],
    ['<div>\nx\n</div>', 'html'],
    ['<section>\nx\n</section>', 'paragraph(text br text br text)'],
    ['a<br>b', 'paragraph(text html text)'],
    ['2*3*4', 'paragraph(text)'],
    ['中*文*字', 'paragraph(text em(text) text)'],
    ['<https://example.org>', 'paragraph(link(text))'],
    ['<a href="javascript:x">', 'paragraph(text)'],
    ['[x][1]\n\n[1]: https://example.org', 'paragraph(link(text)) def'],
    ['[INFO]: started', 'paragraph(text)'],
    ['<!-- a -->', 'paragraph(text)'],
    ['<?php x ?>', 'paragraph(text)'],
  ];
  for (const [text, expected] of cases) {
    it(`reads ${JSON.stringify(text)}`, () => expect(shape(text)).to.equal(expected));
  }

  it('bounds how deep quotes and lists nest, so that no stack overflows', () => {
    for (const piece of ['> ', '- ', '1. ', '> - ']) {
      expect(lexMarkdown(`${piece.repeat(5000)}x`)).to.be.an('array');
    }
  });

  it('draws a tag whose end is beyond the part that it reads', () => {
    expect(lexMarkdown('<b>x').map(({ type }) => type)).to.deep.equal(['paragraph']);
    const [paragraph] = lexMarkdown('<b>x', '<b>x and more</b>');
    expect((paragraph as { tokens?: { type: string }[] }).tokens?.[0]?.type).to.equal('html');
  });
});

describe('withoutTags', () => {
  it('removes tags and keeps lines', () => {
    expect(withoutTags('<p>one</p><p>two<br/>three</p>')).to.equal('one\ntwo\nthree\n');
    expect(withoutTags('<img alt="a > b" src=x>text')).to.equal('text');
    expect(withoutTags('1 < 2 &lt;x&gt;')).to.equal('1 < 2 &lt;x&gt;');
  });
});
