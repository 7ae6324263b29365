import { expect } from 'chai';
import type { ConnectionState } from '../../../../pwa/src/model/model.ts';
import { ACCOUNT } from '../fake-model.ts';
import { WORK } from '../samples.ts';
import { stage, waitFor } from '../stage.ts';

const TWO = [ACCOUNT, { id: WORK, server: 'https://relay.company.example/herald', name: 'pixel-work', groups: [] }];
const OFFLINE: ConnectionState = { kind: 'offline', why: { key: 'connection.no_answer' }, retryAt: 0 };
const REMOVED: ConnectionState = { kind: 'refused', why: { key: 'connection.refused.removed' } };

const states = (work: ConnectionState) =>
  new Map<string, ConnectionState>([
    [ACCOUNT.id, { kind: 'connected' }],
    [WORK, work],
  ]);

describe('the connection light', () => {
  for (const [state, text] of [
    [{ kind: 'connected' }, 'Connected'],
    [{ kind: 'connecting' }, 'Connecting…'],
    [OFFLINE, 'Offline'],
    [REMOVED, 'Refused'],
  ] as const) {
    it(`shows the worst of all relays: ${text}`, async () => {
      const { window } = await stage({ accounts: TWO, connections: states(state) });
      expect(window.document.querySelector('.light-link')?.textContent).to.equal(text);
    });
  }

  it('links to the settings, and says the reason', async () => {
    const { window } = await stage({ connections: new Map([[ACCOUNT.id, OFFLINE]]) });
    const link = window.document.querySelector<HTMLAnchorElement>('.light-link');
    expect(link?.getAttribute('href')).to.equal('#settings');
    expect(link?.title).to.equal('The relay stopped answering. The page keeps trying.');
  });
});

describe('the notice of a connection', () => {
  it('names the relay when there are several', async () => {
    const { window } = await stage({ accounts: TWO, connections: states(REMOVED) });
    const notices = [...window.document.querySelectorAll('.notice')].map((one) => one.textContent);
    expect(notices).to.have.length(1);
    expect(notices[0]).to.match(/^relay\.company\.example.*removed from the relay.*Pair again$/);
  });

  it('does not name a single relay, and disappears when it is connected', async () => {
    const { model, window } = await stage({ connections: new Map([[ACCOUNT.id, OFFLINE]]) });
    expect(window.document.querySelector('.notice')?.textContent).to.not.include('push.example.org');
    model.setConnection({ kind: 'connected' });
    await waitFor(() => expect(window.document.querySelector('.notice')).to.equal(null));
  });
});
