import { expect } from 'chai';
import { channelsOf, hookRequest, reportBody, splitBody } from '../../server/app-webhooks/request.ts';
import { hmacHex } from '../../server/base/hmac.ts';
import { type App, createApp, type Hook } from '../../server/channel/app.ts';

const KEYS = [
  { key: 'old', secret: 'o', active: false },
  { key: 'k', secret: 's', active: true },
];
const hook: Hook = { url: 'https://a.example/hook?b=1#c', events: [], batch: true };
const appOf = (more: Partial<App> = {}) => createApp({ id: '1', keys: KEYS, hooks: [hook], ...more });
const EVENTS = [{ name: 'x', channel: 'a' }, { name: 'y' }, { name: 'z', channel: 'a' }];

describe('reportBody', () => {
  it('has the time in ms, for receivers of webman in seconds', () => {
    expect(reportBody(appOf(), EVENTS, 5000)).to.equal(JSON.stringify({ time_ms: 5000, events: EVENTS }));
    expect(JSON.parse(reportBody(appOf({ webman: true }), [], 5500))).to.deep.equal({ time_ms: 5.5, events: [] });
  });
});

describe('channelsOf', () => {
  it('names each channel once, and what has none by an empty name', () => {
    expect(channelsOf(EVENTS)).to.deep.equal(['a', '']);
  });
});

describe('splitBody', () => {
  it('gives each channel its own body, with everything else as it was', () => {
    expect(splitBody(reportBody(appOf(), EVENTS, 5000))).to.deep.equal([
      { channels: ['a'], body: JSON.stringify({ time_ms: 5000, events: [EVENTS[0], EVENTS[2]] }) },
      { channels: [''], body: JSON.stringify({ time_ms: 5000, events: [EVENTS[1]] }) },
    ]);
  });
});

describe('hookRequest', () => {
  it('is signed with the oldest active key, and has no fragment', () => {
    const request = hookRequest({ app: appOf(), hook }, 'id', '{}');
    expect(request?.url.href).to.equal('https://a.example/hook?b=1');
    expect(request?.headers).to.deep.equal({
      'user-agent': 'herald',
      'content-type': 'application/json',
      'x-pusher-key': 'k',
      'x-pusher-signature': hmacHex('s', '{}'),
    });
    expect(request?.body.toString()).to.equal('{}');
  });

  it('adds the headers of the hook, but none of Pusher or of the body', () => {
    const headers = { 'User-Agent': 'mine', 'X-Own': 'a', 'X-Pusher-Key': 'forged', 'Content-Type': 'text/plain' };
    const request = hookRequest({ app: appOf(), hook: { ...hook, headers } }, 'id', '{}');
    expect(request?.headers).to.include({
      'user-agent': 'mine',
      'x-own': 'a',
      'x-pusher-key': 'k',
      'content-type': 'application/json',
    });
  });

  it('is signed in the form of webman as well where the app speaks it', () => {
    const request = hookRequest({ app: appOf({ webman: true }), hook }, 'the-id', '{}');
    expect(request?.url.search).to.equal('?b=1&id=the-id');
    expect(request?.headers).to.include({ server: 'workbunny-push-server', version: '0.2.0' });
    expect(request?.headers).to.have.property('sign').that.has.length(64);
  });

  it('is none for an app without an active key', () => {
    expect(hookRequest({ app: appOf({ keys: KEYS.slice(0, 1) }), hook }, 'id', '{}')).to.equal(undefined);
  });
});
