import { expect } from 'chai';
import { activeSecret, createApp, DEFAULT_LIMITS } from '../../server/channel/app.ts';

const key = (name: string, active = true) => ({ key: name, secret: `secret of ${name}`, active });
const app = (id: string, ...names: string[]) => createApp({ id, keys: names.map((name) => key(name)) });

describe('createApp', () => {
  it('is enabled, with every optional feature off and the default bounds', () => {
    const made = app('1', 'k');
    expect(made).to.include({ enabled: true, forceTLS: false, clientEvents: false, subscriptionCount: false });
    expect(made).to.include({ watchlistEvents: false, authorizedConnections: false });
    expect(made.limits).to.deep.equal(DEFAULT_LIMITS);
    expect(made.hooks).to.deep.equal([]);
  });

  it('takes single bounds and leaves the others', () => {
    const made = createApp({ id: '1', keys: [], limits: { presenceMembers: 5 } });
    expect(made.limits).to.deep.equal({ ...DEFAULT_LIMITS, presenceMembers: 5 });
  });
});

describe('activeSecret', () => {
  const made = createApp({ id: '1', keys: [key('old', false), key('new')] });

  it('finds the secret of an active key', () => {
    expect(activeSecret(made, 'new')).to.equal('secret of new');
  });

  for (const name of ['old', 'none', '', '__proto__'])
    it(`finds none for "${name}"`, () => expect(activeSecret(made, name)).to.equal(undefined));
});
