import { expect } from 'chai';
import { message } from '../samples.ts';
import { stage, waitFor } from '../stage.ts';

const NOW = new Date(2026, 10, 22, 14, 30).getTime();
const PATH = `/#message=home/${NOW}`;
const one = (part: Parameters<typeof message>[0] | object) => ({
  messages: [message({ time: NOW, title: 'Title', ...part })],
});

describe('an open message', () => {
  it('renders Markdown', async () => {
    const { screen } = await stage(one({ body: '| a | b |\n| - | - |\n| 1 | 2 |' }), PATH);
    await screen.findByRole('table');
  });

  it('shows plain text unchanged if the sender chose it', async () => {
    const { screen } = await stage(one({ body: '**not bold**', markdown: false }), PATH);
    expect(screen.getByText('**not bold**', { selector: '.plain' })).to.not.equal(null);
  });

  it('loads pictures only after a tap', async () => {
    const { window, press } = await stage(
      one({
        body: '![x](https://img.example.org/a.png)',
        image: 'https://cam.example.org/b.jpg',
        icon: 'https://img.example.org/i.png',
      }),
      PATH,
    );
    const sources = () => [...window.document.querySelectorAll('img')].map((image) => image.src);
    await press('Load images from img.example.org, cam.example.org');
    await waitFor(() =>
      expect(sources()).to.have.members([
        'https://img.example.org/i.png',
        'https://cam.example.org/b.jpg',
        'https://img.example.org/a.png',
      ]),
    );
  });

  it('replaces pictures that fail to load with a text and the sender’s letter', async () => {
    const { window, press, screen } = await stage(
      one({ sender: 'cam', image: 'https://cam.example.org/b.jpg', icon: 'https://img.example.org/i.png' }),
      PATH,
    );
    await press(/^Load images/);
    await waitFor(() => expect(window.document.querySelectorAll('img')).to.have.length(2));
    for (const image of window.document.querySelectorAll('img')) image.dispatchEvent(new window.Event('error'));
    await screen.findByText('Picture of the message (could not be loaded)');
    await waitFor(() => expect(window.document.querySelector('.message-from .avatar')?.textContent).to.equal('C'));
    expect(window.document.querySelector('img')).to.equal(null);
  });

  it('shows no picture before a tap', async () => {
    const { window, screen } = await stage(one({ body: '![x](https://img.example.org/a.png)' }), PATH);
    await screen.findByRole('button', { name: 'Load images from img.example.org' });
    expect(window.document.querySelector('img')).to.equal(null);
  });

  it('opens links in a new tab', async () => {
    const { screen } = await stage(one({ click: 'https://ci.example.org/1' }), PATH);
    const link = screen.getByRole('link', { name: 'Open ci.example.org' });
    expect(link.getAttribute('rel')).to.equal('noopener noreferrer');
    expect(link.getAttribute('target')).to.equal('_blank');
  });

  it('sends a sender’s request only after a person sees and confirms it', async () => {
    const action = {
      kind: 'http',
      label: 'Restart',
      url: 'https://ci.example.org/restart',
      method: 'POST',
      headers: {},
    } as const;
    const { press, screen, calls } = await stage(one({ actions: [action] }), PATH);
    await press('Restart');
    await screen.findByText('This sends a POST request to ci.example.org.');
    await press('Cancel');
    await waitFor(() => expect(screen.queryByRole('dialog')).to.equal(null));
    expect(calls('runAction')).to.deep.equal([]);
    await waitFor(() =>
      expect(screen.getByRole('button', { name: 'Restart' }).hasAttribute('disabled')).to.equal(false),
    );
    await press('Restart');
    await press('Send request');
    await waitFor(() => expect(calls('runAction')).to.deep.equal([[action]]));
  });

  it('says in advance that it cannot send a request over plain http', async () => {
    const action = { kind: 'http', label: 'Lamp', url: 'http://lamp.lan/on', method: 'POST', headers: {} } as const;
    const { screen } = await stage(one({ actions: [action] }), PATH);
    expect(screen.getByRole('button', { name: 'Lamp' }).hasAttribute('disabled')).to.equal(true);
    expect(screen.getByText(/lamp\.lan uses plain http/)).to.not.equal(null);
  });

  it('pins and unpins', async () => {
    const { press, calls, screen } = await stage(one({}), PATH);
    await press('Pin');
    await waitFor(() => expect(screen.getByRole('button', { name: 'Pin', pressed: true })).to.not.equal(null));
    expect(calls('setPinned')[0]?.[1]).to.equal(true);
  });

  it('shows all its fields in its details', async () => {
    const { screen } = await stage(one({ sender: 'ci', group: 'dev' }), PATH);
    expect(screen.getByText(String(NOW))).to.not.equal(null);
    expect(screen.getByText('group dev')).to.not.equal(null);
    expect(screen.getByText('https://push.example.org')).to.not.equal(null);
  });

  it('lists the extras that the page does not interpret', async () => {
    const extra = { host: 'nas-01', load: 3.5, disks: ['a', 'b'], none: null, long: 'x'.repeat(5000) };
    const { window } = await stage(one({ extra }), PATH);
    const shown = [...window.document.querySelectorAll('.extra')].map((row) => [
      row.querySelector('dt')?.textContent,
      row.querySelector('dd')?.textContent,
    ]);
    expect(shown.slice(0, 4)).to.deep.equal([
      ['host', 'nas-01'],
      ['load', '3.5'],
      ['disks', '[\n "a",\n "b"\n]'],
      ['none', 'null'],
    ]);
    expect(shown[4]?.[1]).to.have.length(2001);
  });

  it('leaves out what only the dialect of ntfy reads', async () => {
    const { window } = await stage(
      one({ extra: { untitled: 1, cache: 0, gotify: { priority: 7 }, host: 'nas-01' } }),
      PATH,
    );
    expect(window.document.querySelectorAll('.extra')).to.have.length(1);
  });
});
