import { expect } from 'chai';
import { stage, waitFor } from '../stage.ts';

describe('toasts', () => {
  const texts = (window: Window) => [...window.document.querySelectorAll('.toast span')].map((one) => one.textContent);

  it('shows the same text once', async () => {
    const { ui, window } = await stage();
    ui.toast('No network', { tone: 'bad' });
    ui.toast('Copied');
    ui.toast('No network', { tone: 'bad' });
    await waitFor(() => expect(texts(window)).to.deep.equal(['Copied', 'No network']));
  });

  it('shows toasts with actions separately', async () => {
    const { ui, window } = await stage();
    const action = { label: 'Undo', run: () => {} };
    ui.toast('Message deleted', { action });
    ui.toast('Message deleted', { action });
    await waitFor(() => expect(texts(window)).to.have.length(2));
  });

  it('can be closed, and are at most three', async () => {
    const { ui, window, screen } = await stage();
    for (const text of ['one', 'two', 'three', 'four']) ui.toast(text);
    await waitFor(() => expect(texts(window)).to.deep.equal(['two', 'three', 'four']));
    screen.getAllByRole('button', { name: 'Close' })[0]?.click();
    await waitFor(() => expect(texts(window)).to.deep.equal(['three', 'four']));
  });

  it('offers a new version of the page', async () => {
    const { press, calls } = await stage({ updateReady: true });
    await press('Reload');
    expect(calls('applyUpdate')).to.have.length(1);
  });
});
