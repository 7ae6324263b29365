import { expect } from 'chai';
import { escapeHtml, htmlPage, PAGE_HEADERS } from '../../../server/dialects/kit/html.ts';

describe('htmlPage', () => {
  it('escapes its title, and loads and runs nothing', () => {
    const page = htmlPage('<b>&"\'', '<p>body</p>', 'zh');
    expect(page).to.include('<title>&lt;b&gt;&amp;&quot;&#39;</title>').and.include('<html lang="zh">');
    expect(page).to.include('<p>body</p>');
    expect(page).not.to.match(/<script|src=|href=|<b>/);
    expect(PAGE_HEADERS['content-security-policy']).to.include("default-src 'none'").and.not.include('script-src');
  });
});

describe('escapeHtml', () => {
  it('leaves nothing that could begin a tag or end an attribute', () => {
    expect(escapeHtml('a<b>"c"&\'d\'')).to.equal('a&lt;b&gt;&quot;c&quot;&amp;&#39;d&#39;');
  });
});
