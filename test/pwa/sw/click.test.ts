import { expect } from 'chai';
import { type ClickWorkerPorts, handleClick, type WindowPort } from '../../../pwa/sw/click.ts';

const PAGE = 'https://push.example.org/mpush/';

function setUp(windows: Partial<WindowPort>[] = [], answer: () => Promise<Response> = async () => new Response('')) {
  const did: string[] = [];
  const ports: ClickWorkerPorts = {
    page: PAGE,
    language: 'en',
    fetch: (url, init) => {
      did.push(`fetch ${init?.method} ${String(url)} ${init?.credentials} ${init?.body ?? ''}`);
      return answer();
    },
    now: () => 1,
    windows: async () =>
      windows.map((window, index) => ({
        url: PAGE,
        focused: false,
        visibilityState: 'hidden',
        focus: async () => did.push(`focus ${index}`),
        postMessage: (message) => did.push(`tell ${index} ${JSON.stringify(message)}`),
        ...window,
      })),
    openWindow: async (url) => did.push(`open ${url}`),
    show: async ({ title, options }) => void did.push(`show ${title}: ${options.body}`),
  };
  return { ports, did };
}

const data = {
  accountId: 'a',
  mid: '7',
  actions: [
    { kind: 'open', label: 'Look', url: 'https://example.org/' },
    { kind: 'http', label: 'Off', url: 'https://example.org/off', method: 'PUT', headers: {}, body: '0' },
    { kind: 'copy', label: 'Code', text: '123' },
  ],
};

describe('handleClick', () => {
  it('opens the page at the message when none is open', async () => {
    const { ports, did } = setUp([{ url: 'https://push.example.org/other/' }]);
    await handleClick(data, '', ports);
    expect(did).to.deep.equal([`open ${PAGE}#message=a/7`]);
  });

  it('shows the message in the visible window', async () => {
    const { ports, did } = setUp([{}, { visibilityState: 'visible' }, {}]);
    await handleClick(data, '', ports);
    expect(did).to.deep.equal(['tell 1 {"kind":"open","accountId":"a","mid":"7"}', 'focus 1']);
  });

  it('opens the message if the browser refuses the link of a button', async () => {
    const { ports, did } = setUp([{}]);
    const refusing = { ...ports, openWindow: () => Promise.reject(new TypeError('not allowed')) };
    await handleClick(data, '0', refusing);
    expect(did).to.deep.equal(['tell 0 {"kind":"open","accountId":"a","mid":"7"}', 'focus 0']);
  });

  it('runs the clicked button', async () => {
    const { ports, did } = setUp();
    for (const button of ['0', '1', '2']) await handleClick(data, button, ports);
    expect(did).to.deep.equal([
      'open https://example.org/',
      'fetch PUT https://example.org/off omit 0',
      `open ${PAGE}#message=a/7`,
    ]);
  });

  it('opens the message if the page’s policy forbids the request', async () => {
    const { ports, did } = setUp();
    const action = { kind: 'http', label: 'Off', url: 'http://lamp.lan/off', method: 'PUT', headers: {} };
    await handleClick({ ...data, actions: [action] }, '0', ports);
    expect(did).to.deep.equal([`open ${PAGE}#message=a/7`]);
  });

  it('says that a request failed', async () => {
    for (const answer of [
      async () => new Response('', { status: 500 }),
      () => Promise.reject(new Error('no network')),
    ]) {
      const { ports, did } = setUp([], answer);
      await handleClick(data, '1', ports);
      expect(did.at(-1)).to.equal('show Off: The action failed. Open the message and try again.');
    }
  });

  it('opens the page for a notification without a message', async () => {
    for (const strange of [
      null,
      undefined,
      'x',
      {},
      { accountId: 7, mid: '../x' },
      { accountId: 'a', mid: '', actions: {} },
    ]) {
      const { ports, did } = setUp();
      await handleClick(strange, '5', ports);
      expect(did).to.deep.equal([`open ${PAGE}`]);
    }
  });
});
