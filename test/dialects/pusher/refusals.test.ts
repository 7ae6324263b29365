// The words of the hosted service, which people search for.
import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { configured, rawWire, wire } from './helpers.ts';
import { call, EVENT, post, said, target } from './signed.ts';

const TALKERS = { id: '2', key: 'talkers', secret: 's', clientEvents: true };
const PAGES = { id: '3', key: 'pages', secret: 's', origins: ['https://a.example'] };
const OFF = { id: '4', key: 'off', secret: 's', enabled: false };

const relay = sharedWorld({ config: { apps: [configured(), TALKERS, PAGES, OFF] } });

describe('a frame that is refused', () => {
  const subscribe = (data: object) => ({ event: 'pusher:subscribe', data });
  const signin = (auth: string) => ({ event: 'pusher:signin', data: { auth, user_data: '{"id":"1"}' } });
  const cases: [frame: unknown, code: number | null, message: string][] = [
    ['hello', null, 'Invalid message format'],
    [{ data: {} }, null, 'Invalid message format'],
    [{ event: 'pusher:subscribe' }, null, 'Invalid message format'],
    [{ event: 'pusher:unsubscribe' }, null, 'Invalid message format'],
    [
      { event: 'pusher:unsubscribe', data: { channel: 'a' } },
      null,
      'No current subscription to channel a, or subscription in progress',
    ],
    [subscribe({ channel: 'private-a', auth: 'x:00' }), 4009, "Invalid key in subscription auth data: 'x'"],
    [subscribe({ channel: 'private-a', auth: 'talkers:00' }), 4009, "Invalid key in subscription auth data: 'talkers'"],
    [subscribe({ channel: 'private-a' }), 4009, "Invalid key in subscription auth data: ''"],
    [signin('x:00'), 4009, "Invalid key in user authentication data: 'x'"],
    [signin('app-key:00'), 4009, 'Invalid signature'],
    [
      { event: 'client-x', channel: 'private-a', data: 1 },
      null,
      'To send client events, you must enable this feature in the Settings page of your dashboard.',
    ],
  ];
  it('is told so in the words of the hosted service', async () => {
    const one = await wire(relay());
    for (const [frame, code, message] of cases) {
      one.send(frame);
      const [error] = await one.settled();
      expect(error, JSON.stringify(frame)).to.deep.equal({ event: 'pusher:error', data: { code, message } });
    }
  });

  it('is told so where only the channel is missing', async () => {
    const one = await wire(relay(), TALKERS.key);
    one.send({ event: 'client-x', channel: 'private-a', data: 1 });
    const message = 'Cannot broadcast client event (connection not subscribed to channel private-a)';
    expect(await one.settled()).to.deep.equal([{ event: 'pusher:error', data: { code: null, message } }]);
  });
});

describe('a socket that is closed', () => {
  it('is told why', async () => {
    const page = await rawWire(relay(), `/app/${PAGES.key}`, { headers: { origin: 'https://b.example' } });
    expect(await page.socket.closed).to.deep.equal({ code: 4009, reason: 'Origin not allowed' });
    const binary = await wire(relay());
    binary.socket.ws.send(Buffer.from([1]));
    expect(await binary.socket.closed).to.deep.equal({ code: 1003, reason: 'Binary frames are not supported' });
  });
});

describe('a request of the HTTP API that is refused', () => {
  const body = JSON.stringify(EVENT);

  it('is told so in the words of the hosted service', async () => {
    const ours = await call(relay(), 'events', { body, key: TALKERS.key, secret: TALKERS.secret });
    expect(said(ours), 'the key of another app').to.deep.equal([401, { error: 'Unknown auth_key' }]);
    const off = await call(relay(), 'events', { body, app: OFF.id, key: OFF.key, secret: OFF.secret });
    expect(said(off)).to.deep.equal([403, { error: 'Application disabled' }]);
    const large = await post(relay(), 'events', { ...EVENT, data: 'x'.repeat(10_241) });
    const tooLarge = 'The data content of this event exceeds the allowed maximum (10240 bytes).';
    expect(said(large)).to.deep.equal([413, { error: tooLarge }]);
  });

  it('is told what it should have signed, and never how that is signed', async () => {
    const { status, json } = await call(relay(), 'events', { body, secret: 'wrong' });
    expect(status).to.equal(401);
    expect(json.error).to.match(
      /^Invalid signature: you should have sent HmacSHA256Hex\("POST\\n\/apps\/1\/events\\nauth_key=app-key&auth_timestamp=\d+&auth_version=1\.0&body_md5=[0-9a-f]{32}", your_secret_key\)$/,
    );
  });

  it('is told which of its parameters is wrong', async () => {
    const signed = target(relay(), 'events', { body });
    const error = async (path: string) => said(await relay().fetch(path, { method: 'POST', body }));
    const cases: [path: string, message: string][] = [
      [signed.replace('auth_version=1.0', 'auth_version=2.0'), 'Invalid version: auth_version should be 1.0'],
      [
        signed.replace('auth_version=1.0', ''),
        'expected auth_key, auth_timestamp, auth_version and auth_signature, each once',
      ],
      [`${signed}&auth_key=app-key`, 'expected auth_key, auth_timestamp, auth_version and auth_signature, each once'],
      [target(relay(), 'events', { body: `${body} ` }), 'Invalid body_md5: it is not the MD5 digest of the body'],
    ];
    for (const [path, message] of cases) expect(await error(path), path).to.deep.equal([401, { error: message }]);
  });
});
