import { expect } from 'chai';
import { JSDOM } from 'jsdom';
import { createMarkdown } from '../../../../pwa/src/views/message/render-markdown.ts';
import { ATTACKS } from '../attacks.ts';

const BASE = 'https://push.example.org/';
const { window } = new JSDOM('<!doctype html>', { url: BASE });
const render = createMarkdown(window as unknown as Window & typeof globalThis);

const copied: string[] = [];
const OPTIONS = {
  base: BASE,
  loadImages: false,
  labels: { copy: 'Copy', imageFailed: 'could not be loaded' },
  onCopy: (code: string) => copied.push(code),
};

function html(text: string, loadImages = false): string {
  const frame = window.document.createElement('div');
  const rendered = render(text, { ...OPTIONS, loadImages });
  if (rendered !== undefined) frame.append(rendered.nodes);
  return frame.innerHTML;
}

const BAD_TAGS =
  'script, style, iframe, object, embed, svg, math, form, input, button, video, audio, source, picture, link, meta, base, template, noscript, body, title';
const GOOD_ATTRIBUTES =
  /^(?:href|src|alt|title|align|colspan|rowspan|start|dir|lang|open|target|rel|loading|class|tabindex)$/;

describe('createMarkdown', () => {
  for (const attack of ATTACKS) {
    it(`leaves nothing that runs, loads or leads away of ${attack.slice(0, 60).replaceAll('\n', '⏎')}`, () => {
      const frame = window.document.createElement('div');
      frame.innerHTML = html(attack);
      for (const button of frame.querySelectorAll('.code-copy')) button.remove();
      expect(frame.querySelectorAll(BAD_TAGS)).to.have.length(0);
      for (const element of frame.querySelectorAll('*')) {
        for (const { name } of element.attributes) expect(name).to.match(GOOD_ATTRIBUTES);
        expect(element.hasAttribute('src'), 'something loads').to.equal(false);
        const href = element.getAttribute('href');
        if (href !== null) expect(href).to.match(/^https:\/\/a\.example/);
        if (element.localName === 'a' && href !== null)
          expect(element.getAttribute('rel')).to.equal('noopener noreferrer');
      }
    });
  }

  it('shows tags that it does not draw as text', () => {
    expect(html('usage: backup <source> <target>')).to.equal('<p>usage: backup &lt;source&gt; &lt;target&gt;</p>\n');
    expect(html('<source>\nnext')).to.equal('<p>&lt;source&gt;<br>next</p>\n');
    expect(html('mv <a> <b>, <!-- note -->')).to.equal('<p>mv &lt;a&gt; &lt;b&gt;, &lt;!-- note --&gt;</p>\n');
    expect(html('<code>cp <file> & go</code>')).to.equal('<p><code>cp &lt;file&gt; &amp; go</code></p>\n');
    expect(html('<details><summary>More</summary>\nthe <thing>\n</details>')).to.equal(
      '<details><summary>More</summary>\nthe &lt;thing&gt;\n</details>',
    );
  });

  it('renders tables, code, lists and checkboxes', () => {
    const text = html('| a |\n| -: |\n| 1 |\n\n```sh\nls\n```\n\n- [x] done\n- [ ] open');
    expect(text).to.include('<td align="right">1</td>');
    expect(text).to.match(/<pre tabindex="0"><code[^>]*>ls\n<\/code><\/pre>/);
    expect(text).to.match(/☑ .*done[\s\S]*☐ .*open/);
  });

  it('puts each table into a frame that scrolls, also by keys', () => {
    expect(html('| a |\n| - |\n| 1 |')).to.match(
      /^<div class="table-frame" tabindex="0"><table>[\s\S]*<\/table><\/div>/,
    );
  });

  it('names the hosts of blocked pictures, and loads them on request', () => {
    const text =
      '![a](https://x.example/1.png) ![b](https://y.example/2.png) ![own](3.png) ![no](http://z.example/4.png)';
    expect(render(text, OPTIONS)?.hosts).to.deep.equal(['x.example', 'y.example', 'push.example.org']);
    expect(html(text)).to.not.include('src');
    const shown = html(text, true);
    expect(shown).to.include('src="https://x.example/1.png"').and.include('src="https://y.example/2.png"');
    expect(shown).to.not.include('z.example');
  });

  it('says that a picture could not be loaded', () => {
    const frame = window.document.createElement('div');
    const rendered = render('![chart](https://x.example/1.png)', { ...OPTIONS, loadImages: true });
    frame.append(rendered?.nodes ?? '');
    frame.querySelector('img')?.dispatchEvent(new window.Event('error'));
    expect(frame.textContent.trim()).to.equal('chart (could not be loaded)');
    expect(frame.querySelector('img')).to.equal(null);
  });

  it('adds a button that copies a block of code', () => {
    const frame = window.document.createElement('div');
    frame.append(render('```sh\nls <dir>\ncd\n```', OPTIONS)?.nodes ?? '');
    const button = frame.querySelector('button');
    expect(button?.textContent).to.equal('Copy');
    button?.click();
    expect(copied).to.deep.equal(['ls <dir>\ncd']);
  });

  it('keeps links to other apps', () => {
    expect(html('[call](tel:+123) [mail](mailto:a@b.example)'))
      .to.include('href="tel:+123"')
      .and.include('href="mailto:a@b.example"');
  });

  it('returns undefined for bodies that would block the page', () => {
    expect(render('x'.repeat(200_001), OPTIONS)).to.equal(undefined);
    // What takes time that grows with the square of these would not end before this test does.
    expect(html(`${'*_'.repeat(4000)}${'['.repeat(2000)}${'> '.repeat(500)}`)).to.be.a('string');
  });
});
