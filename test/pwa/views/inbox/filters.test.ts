import { fireEvent } from '@testing-library/preact';
import { expect } from 'chai';
import { NO_FILTER } from '../../../../pwa/src/model/model.ts';
import { isFiltering } from '../../../../pwa/src/views/inbox/filters.tsx';
import { message } from '../samples.ts';
import { stage, waitFor } from '../stage.ts';

const NOW = new Date(2026, 10, 22, 14, 30).getTime();
const MESSAGES = [
  message({ time: NOW, title: 'From nas', sender: 'nas', group: 'ops', read: false }),
  message({ time: NOW - 1, title: 'From ci', sender: 'ci', pinned: true }),
];

const titles = (window: Window) => [...window.document.querySelectorAll('.row-title')].map((one) => one.textContent);

describe('isFiltering', () => {
  it('is true if any part of the filter is set', () => {
    expect(isFiltering(NO_FILTER)).to.equal(false);
    expect(isFiltering({ ...NO_FILTER, text: '  ' })).to.equal(false);
    for (const part of [{ text: 'x' }, { sender: '' }, { group: 'x' }, { priority: 1 }, { unreadOnly: true }]) {
      expect(isFiltering({ ...NO_FILTER, ...part }), JSON.stringify(part)).to.equal(true);
    }
  });
});

describe('the filters', () => {
  it('list the senders and groups of the messages', async () => {
    const { screen, window } = await stage({ messages: MESSAGES });
    fireEvent.change(screen.getByLabelText('Sender'), { target: { value: '=ci' } });
    await waitFor(() => expect(titles(window)).to.deep.equal(['From ci']));
    fireEvent.change(screen.getByLabelText('Sender'), { target: { value: '' } });
    fireEvent.change(screen.getByLabelText('Group'), { target: { value: '=ops' } });
    await waitFor(() => expect(titles(window).join()).to.match(/From nas$/));
  });

  it('show unread or pinned messages, and everything again', async () => {
    const { press, window } = await stage({ messages: MESSAGES });
    await press('Pinned');
    await waitFor(() => expect(titles(window)).to.deep.equal(['From ci']));
    await press('Unread');
    await waitFor(() => expect(titles(window)).to.deep.equal([]));
  });

  it('say that nothing matches, and offer to clear the filters', async () => {
    const { press, screen, window } = await stage({ messages: [message({ time: NOW, title: 'Only' })] });
    await press('Unread');
    await screen.findByText('No message matches the filters');
    screen.getAllByRole('button', { name: 'Clear filters' }).at(-1)?.click();
    await waitFor(() => expect(titles(window)).to.deep.equal(['Only']));
  });

  it('clear the search on Escape, and then leave it', async () => {
    const { screen, type, calls, window } = await stage({ messages: MESSAGES });
    const field = screen.getByRole('searchbox');
    field.focus();
    type('Search messages', 'nas');
    await waitFor(() => expect(field).to.have.property('value', 'nas'));
    fireEvent.keyDown(field, { key: 'Escape' });
    await waitFor(() => expect(field).to.have.property('value', ''));
    expect(calls('setFilter').at(-1)).to.deep.equal([{ text: '' }]);
    fireEvent.keyDown(field, { key: 'Escape' });
    expect(window.document.activeElement).to.not.equal(field);
  });
});
