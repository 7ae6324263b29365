import { expect } from 'chai';
import { copyText, shareMessage, shareText, textOf } from '../../../../pwa/src/views/inbox/message-commands.ts';
import { message } from '../samples.ts';
import { stage, waitFor } from '../stage.ts';

/** A stage whose browser shares or copies as it is told. */
async function setUp(share?: (data: object) => Promise<void>, isCopyAllowed = true) {
  const on = await stage();
  const copied: string[] = [];
  const clipboard = {
    writeText: async (text: string) => {
      if (!isCopyAllowed) throw new Error('not allowed');
      copied.push(text);
    },
  };
  Object.defineProperty(on.window.navigator, 'clipboard', { value: clipboard, configurable: true });
  if (share !== undefined) Object.defineProperty(on.window.navigator, 'share', { value: share, configurable: true });
  await waitFor(() => expect(on.ui.plainText.value('**x**')).to.equal('x'));
  const toasts = () => on.ui.toasts.value.map(({ text }) => text);
  return { ...on, copied, toasts };
}

describe('textOf', () => {
  it('returns title and body without Markdown', async () => {
    const { ui } = await setUp();
    expect(textOf(ui, message({ time: 1, title: 'Title', body: '**a** <b>' }))).to.equal('Title\n\na <b>');
    expect(textOf(ui, message({ time: 1, body: '**a**', markdown: false }))).to.equal('**a**');
    expect(textOf(ui, message({ time: 1, title: 'Title' }))).to.equal('Title');
  });

  it('returns the whole body, however long it is', async () => {
    const { ui } = await setUp();
    expect(textOf(ui, message({ time: 1, body: 'word '.repeat(20_000) }))).to.have.length(99_999);
    expect(textOf(ui, message({ time: 1, body: '*'.repeat(300_000) }))).to.have.length(300_000);
  });
});

describe('copyText', () => {
  it('copies, and says so', async () => {
    const good = await setUp();
    await copyText(good.ui, 'text');
    expect([good.copied, good.toasts()]).to.deep.equal([['text'], ['Copied']]);
  });

  it('says that the browser forbids it', async () => {
    const bad = await setUp(undefined, false);
    await copyText(bad.ui, 'text');
    expect(bad.toasts()).to.deep.equal([
      'The browser did not let this page copy. Select the text and copy it yourself.',
    ]);
  });
});

describe('shareText', () => {
  it('copies if the browser cannot share', async () => {
    const { ui, copied } = await setUp();
    await shareText(ui, { title: 'T', text: 'text', url: 'https://a.example/' });
    expect(copied).to.deep.equal(['text\nhttps://a.example/']);
  });

  it('does nothing when a person closes the share sheet', async () => {
    const { ui, copied, toasts } = await setUp(() => Promise.reject(new DOMException('closed', 'AbortError')));
    await shareText(ui, { title: 'T', text: 'text' });
    expect([copied, toasts()]).to.deep.equal([[], []]);
  });

  it('copies when sharing fails', async () => {
    const { ui, copied } = await setUp(() => Promise.reject(new TypeError('no app')));
    await shareText(ui, { title: 'T', text: 'text' });
    expect(copied).to.deep.equal(['text']);
  });
});

describe('shareMessage', () => {
  it('shares text and a web link, and no link to an app', async () => {
    const shared: object[] = [];
    const { ui } = await setUp(async (data) => void shared.push(data));
    await shareMessage(ui, message({ time: 1, title: 'T', body: '*a*', click: 'https://a.example/' }));
    await shareMessage(ui, message({ time: 1, title: 'T', click: 'weixin://x' }));
    expect(shared).to.deep.equal([
      { title: 'T', text: 'a', url: 'https://a.example/' },
      { title: 'T', text: 'T' },
    ]);
  });
});
