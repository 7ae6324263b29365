import { expect } from 'chai';
import { activeSecret } from '../../server/channel/app.ts';
import { checkChannelName, kindOfChannel } from '../../server/channel/channel-name.ts';
import { deviceChannel, deviceOfChannel, groupChannel, relayApp } from '../../server/channel/relay-app.ts';

const limit = relayApp('k', 's').limits.channelNameLen;

describe('relayApp', () => {
  it('is called relay and has room for long channel names and any number of connections', () => {
    const relay = relayApp('k', 's');
    expect(relay.id).to.equal('relay');
    expect(activeSecret(relay, 'k')).to.equal('s');
    expect(relay.limits).to.include({ connections: null, channelNameLen: 1_024 });
    expect(relay.clientEvents).to.equal(false);
  });
});

describe('deviceChannel', () => {
  const cases: [name: string, channel: string][] = [
    ['kooritea', 'private-device-kooritea'],
    ['a-b_c@d,e.f;g', 'private-device-a-b_c@d,e.f;g'],
    ['a=b', 'private-device-a=3Db'],
    ['my phone', 'private-device-my=20phone'],
    ['手机', 'private-device-=E6=89=8B=E6=9C=BA'],
    ['😀!', 'private-device-=F0=9F=98=80=21'],
    ['=E6', 'private-device-=3DE6'],
    ['cache-x', 'private-device-cache-x'],
    ['__proto__', 'private-device-__proto__'],
    ['#server-to-user-1', 'private-device-=23server-to-user-1'],
  ];
  for (const [name, channel] of cases) {
    it(`writes "${name}" as ${channel}, and deviceOfChannel reads it back`, () => {
      expect(deviceChannel(name)).to.equal(channel);
      expect(deviceOfChannel(channel)).to.equal(name);
    });
  }

  it('makes a legal private channel of the longest name', () => {
    const channel = deviceChannel('手'.repeat(64));
    expect(checkChannelName(channel, limit)).to.equal(undefined);
    expect(kindOfChannel(channel)).to.include({ private: true, presence: false, cacheable: false });
  });
});

describe('groupChannel', () => {
  it('makes a legal presence channel', () => {
    const channel = groupChannel('my phones');
    expect(channel).to.equal('presence-group-my=20phones');
    expect(checkChannelName(channel, limit)).to.equal(undefined);
    expect(kindOfChannel(channel).presence).to.equal(true);
  });
});

describe('deviceOfChannel', () => {
  const none = [
    '',
    'a',
    'private-device',
    'private-device-',
    'presence-group-a',
    'x-private-device-a',
    'private-device-a b',
    'private-device-=',
    'private-device-=3',
    'private-device-a=3',
    'private-device-=3d', // lower case
    'private-device-=41', // a safe character, escaped
    'private-device-=FF', // not UTF-8
    'private-device-=C0=80', // overlong
    'private-device-=ED=A0=80', // a lone surrogate
    'private-device-%41',
    'private-device-手',
    'private-device-a\n',
  ];
  for (const channel of none)
    it(`knows no device for ${JSON.stringify(channel)}`, () => expect(deviceOfChannel(channel)).to.equal(undefined));
});
