import { expect } from 'chai';
import type { FakeState } from '../fake-model.ts';
import { stage } from '../stage.ts';

const withoutMessages = (more: Partial<FakeState> = {}) => stage({ messages: [], ...more });

describe('the tour', () => {
  it('says what is done, and what to do next', async () => {
    const { screen } = await withoutMessages({ push: { kind: 'off' } });
    const tour = await screen.findByRole('region', { name: 'In two minutes' });
    expect([...tour.querySelectorAll('li')].map((step) => step.classList.contains('done'))).to.deep.equal([
      true,
      false,
      false,
      false,
    ]);
    const docs = screen.getByRole('link', { name: 'How to connect programs' });
    expect(docs.getAttribute('href')).to.equal('docs/integrations');
  });

  it('leads to the settings of notifications, until they are on', async () => {
    const { press, window } = await withoutMessages({ push: { kind: 'off' } });
    await press('Notification settings');
    expect(window.location.hash).to.equal('#settings');
  });

  it('has a check where notifications are on', async () => {
    const { screen } = await withoutMessages({ push: { kind: 'on' } });
    await screen.findByText('Notifications are on.');
    expect(screen.queryByRole('button', { name: 'Notification settings' })).to.equal(null);
  });
});
