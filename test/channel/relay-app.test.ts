import { expect } from 'chai';
import { activeSecret } from '../../server/channel/app.ts';
import { relayApp } from '../../server/channel/relay-app.ts';

describe('relayApp', () => {
  it('is called relay and has room for long channel names and any number of connections', () => {
    const relay = relayApp('k', 's');
    expect(relay.id).to.equal('relay');
    expect(activeSecret(relay, 'k')).to.equal('s');
    expect(relay.limits).to.include({ connections: null, channelNameLen: 1_024 });
    expect(relay.clientEvents).to.equal(false);
  });
});
