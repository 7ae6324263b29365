import { expect } from 'chai';
import { failure } from '../fake-model.ts';
import { message } from '../samples.ts';
import { stage, waitFor } from '../stage.ts';

const NOW = new Date(2026, 10, 22, 14, 30).getTime();
const MINUTE = 60_000;

describe('the inbox', () => {
  it('shows days, and folds neighbours with the same title until a person opens them', async () => {
    const same = [1, 2, 3, 4].map((n) =>
      message({ time: NOW - n * MINUTE, title: 'Backup finished', body: `run ${n}` }),
    );
    const { screen, press } = await stage({ messages: same });
    expect(screen.getAllByRole('link', { name: /Backup finished/ })).to.have.length(1);
    await press('3 more');
    expect(screen.getAllByRole('link', { name: /Backup finished/ })).to.have.length(4);
    await press('Show fewer');
    expect(screen.getAllByRole('link', { name: /Backup finished/ })).to.have.length(1);
  });

  it('shows a body without Markdown, and keeps words in angle brackets', async () => {
    const { screen } = await stage({
      messages: [message({ time: NOW, title: 'Usage', body: '**usage**: backup <source> <target>' })],
    });
    await screen.findByText('usage: backup <source> <target>');
  });

  it('shows no sender if there is none, in the list and in the open message', async () => {
    const { press, window } = await stage({ messages: [message({ time: NOW, title: 'Hello' })] });
    expect(window.document.querySelector('.row-from')).to.equal(null);
    expect(window.document.querySelector('.avatar')?.textContent).to.equal('');
    await press(/Hello/, 'link');
    const shown = window.document.querySelector('.message')?.textContent ?? '';
    expect(shown).to.not.match(/HTTP|From|Untitled/);
  });

  it('puts pinned messages on top', async () => {
    const { screen } = await stage({
      messages: [message({ time: NOW, title: 'New' }), message({ time: NOW - MINUTE, title: 'Old', pinned: true })],
    });
    const rows = screen.getAllByRole('listitem').map((row: HTMLElement) => row.textContent ?? '');
    expect(rows[0]).to.equal('Pinned');
    expect(rows[1]).to.include('Old');
  });

  it('opens a message on a click, marks it as read, and returns with the back button', async () => {
    const { screen, press, calls, window } = await stage({
      messages: [message({ time: NOW, title: 'Hello', read: false })],
    });
    await press(/Hello/, 'link');
    expect(screen.getByRole('heading', { level: 1, name: 'Hello' })).to.not.equal(null);
    expect(window.location.hash).to.equal(`#message=home/${NOW}`);
    await waitFor(() => expect(calls('markRead')).to.have.length(1));
    window.history.back();
    await waitFor(() => expect(screen.queryByRole('heading', { level: 1, name: 'Hello' })).to.equal(null));
  });

  it('opens a deep link, even if the message arrives later', async () => {
    const { screen, model } = await stage({ messages: [] }, `/#message=home/${NOW}`);
    expect(screen.getByText('This message is not on this device')).to.not.equal(null);
    model.arrive(message({ time: NOW, title: 'Late', body: 'text' }));
    await screen.findByRole('heading', { level: 1, name: 'Late' });
  });

  it('moves with j, k and arrows, searches with / and leaves with Escape', async () => {
    const { key, window, screen } = await stage({
      messages: [message({ time: NOW, title: 'First' }), message({ time: NOW - MINUTE, title: 'Second' })],
    });
    const focused = () => window.document.activeElement?.textContent ?? '';
    key('j');
    await waitFor(() => expect(focused()).to.include('First'));
    key('ArrowDown');
    await waitFor(() => expect(focused()).to.include('Second'));
    key('k');
    await waitFor(() => expect(focused()).to.include('First'));
    key('/');
    expect(window.document.activeElement).to.equal(screen.getByRole('searchbox'));
    key('j');
    expect(window.document.activeElement).to.equal(screen.getByRole('searchbox'));
  });

  it('searches, says when nothing is found, and clears the search', async () => {
    const { screen, type, press } = await stage();
    type('Search messages', 'washing');
    await screen.findByRole('link', { name: /Washing machine/ });
    expect(screen.queryByRole('link', { name: /Disk almost full/ })).to.equal(null);
    type('Search messages', 'zebra');
    await screen.findByText('Nothing found for “zebra”');
    await press('Clear search');
    await screen.findByRole('link', { name: /Disk almost full/ });
  });

  it('filters with chips', async () => {
    const { press, calls } = await stage();
    await press('Unread');
    await press('Important');
    expect(calls('setFilter')).to.deep.equal([[{ unreadOnly: true }], [{ priority: 4 }]]);
  });

  it('deletes only after the time to undo', async () => {
    const { press, screen, calls } = await stage({ messages: [message({ time: NOW, title: 'Hello' })] });
    await press('More for Hello');
    await press('Delete');
    await waitFor(() => expect(screen.queryByRole('link', { name: /Hello/ })).to.equal(null));
    expect(calls('remove')).to.deep.equal([]);
    await press('Undo');
    await screen.findByRole('link', { name: /Hello/ });
    expect(calls('remove')).to.deep.equal([]);
  });

  it('deletes at once when the page closes', async () => {
    const { press, calls, window } = await stage({ messages: [message({ time: NOW, title: 'Hello' })] });
    await press('More for Hello');
    await press('Delete');
    window.dispatchEvent(new window.Event('pagehide'));
    expect(calls('remove')).to.have.length(1);
  });

  it('announces new messages', async () => {
    const { model, screen } = await stage({ messages: [message({ time: NOW, title: 'Old' })] });
    // The page announces raw Markdown until this chunk is loaded.
    await import('../../../../pwa/src/model/message/plain-text.ts');
    model.arrive(message({ time: NOW + 1, title: 'Fresh', read: false }));
    await screen.findByText('New message: Fresh');
    model.arrive(message({ time: NOW + 2, body: '**Only** a body', read: false }));
    await screen.findByText('New message: Only a body');
  });

  it('says why the relay cannot be reached, and tries again on request', async () => {
    const { model, screen, press, calls } = await stage();
    model.setConnection({
      kind: 'offline',
      why: { key: 'connection.unreachable', values: { server: 'push.example.org' } },
      retryAt: NOW,
    });
    await screen.findByText('The relay at push.example.org cannot be reached. The page keeps trying.');
    await press('Retry now');
    expect(calls('reconnect')).to.deep.equal([['home']]);
  });

  it('offers pairing to a removed device, and takes back a taken name', async () => {
    const { model, screen, press, calls } = await stage();
    model.setConnection({ kind: 'refused', why: { key: 'connection.refused.taken_over', values: { name: 'pixel' } } });
    await press('Connect here');
    expect(calls('reconnect')).to.have.length(1);
    model.setConnection({ kind: 'refused', why: { key: 'connection.refused.removed' } });
    await press('Pair again');
    await screen.findByLabelText('Pairing code');
  });

  it('shows why an action failed', async () => {
    const { press, screen } = await stage({
      messages: [message({ time: NOW, title: 'Hello' })],
      failing: { setPinned: failure('error.timeout', { server: 'push.example.org' }) },
    });
    await press('More for Hello');
    await press('Pin');
    await screen.findByText('push.example.org did not answer in time. Try again in a moment.');
  });

  it('marks all as read at once, and lets a person undo it', async () => {
    const { press, calls, screen, window } = await stage({
      messages: [1, 2].map((n) => message({ time: NOW - n * MINUTE, title: `Message ${n}`, read: false })),
    });
    const unread = () => window.document.querySelectorAll('.row-unread').length;
    expect(unread()).to.equal(2);
    await press('Mark all as read');
    await screen.findByText('2 messages marked as read');
    expect([unread(), window.document.querySelector('.badge')]).to.deep.equal([0, null]);
    expect(screen.queryByRole('button', { name: 'Mark all as read' })).to.equal(null);
    await press('Undo');
    await waitFor(() => expect(unread()).to.equal(2));
    expect(calls('markRead')).to.deep.equal([]);
  });

  it('sends the marks of the filtered messages when the page closes', async () => {
    const { press, calls, window } = await stage({
      messages: [
        message({ time: NOW, title: 'Urgent', read: false, priority: 5 }),
        message({ time: NOW - 1, title: 'Other', read: false }),
      ],
    });
    await press('Important');
    await press('Mark all as read');
    window.dispatchEvent(new window.Event('pagehide'));
    const [read] = calls('markRead')[0] as [readonly { title: string }[]];
    expect(read.map(({ title }) => title)).to.deep.equal(['Urgent']);
  });

  it('deletes all filtered messages after a confirmation', async () => {
    const { press, calls, screen, window } = await stage({
      messages: [1, 2, 3].map((n) => message({ time: NOW - n, title: `Message ${n}`, priority: n === 3 ? 3 : 5 })),
    });
    expect(screen.queryByRole('button', { name: 'Delete all' })).to.equal(null);
    await press('Important');
    await press('Delete all');
    await screen.findByRole('heading', { name: 'Delete 2 messages?' });
    await press('Delete');
    await screen.findByText('2 messages deleted');
    window.dispatchEvent(new window.Event('pagehide'));
    const [deleted] = calls('remove')[0] as [readonly { title: string }[]];
    expect(deleted.map(({ title }) => title)).to.deep.equal(['Message 1', 'Message 2']);
  });

  it('fetches older messages near the end of the list, and says when that fails', async () => {
    const fine = await stage({ messages: [message({ time: NOW, title: 'Only' })], hasOlder: true });
    await waitFor(() => expect(fine.calls('loadOlder')).to.have.length(1));
    await fine.screen.findByText('No older messages.');
  });
});
