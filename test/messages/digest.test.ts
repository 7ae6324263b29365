import { expect } from 'chai';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { trustInProcess } from '../support/push-service/agents.ts';
import type { PushService } from '../support/push-service/index.ts';
import type { VirtualUserAgent } from '../support/push-service/virtual-ua.ts';
import { fakeGoogle } from '../transports/fcm/servers.ts';
import { startTarget } from '../transports/webhook/servers.ts';
import { browser, pushService } from '../transports/webpush/fixtures.ts';
import { type World, type WorldOptions, world } from '../world.ts';

const MINUTE = 60_000;

let service: PushService;
let ua: VirtualUserAgent;

/** Gives each test of a suite a push service and a browser. Hooks of a file would run for the tests of all files. */
function usePushes(): void {
  beforeEach(async () => {
    service = await pushService();
    trustInProcess(service.caPem);
    ua = await browser(service);
  });
}

const start = ({ config, ...options }: WorldOptions = {}) =>
  world({ ...options, config: { webpush: { allowPrivateEndpoints: true }, ...config } });

/** The time of day in UTC, some minutes from now. */
function timeIn(relay: World, minutes: number): string {
  return new Date(relay.clock.now() + minutes * MINUTE).toISOString().slice(11, 16);
}

/** Quiet hours from a while ago until in ten minutes. */
const hours = (relay: World, to = 10) => ({ from: timeIn(relay, -30), to: timeIn(relay, to), tz: 'UTC' });

/** The same for a config, before a relay runs. */
function configured() {
  const at = (minutes: number) => new Date(Date.now() + minutes * MINUTE).toISOString().slice(11, 16);
  return { from: at(-30), to: at(10), tz: 'UTC' };
}

function patch(relay: World, body: object, name = 'phone') {
  return relay.request(`/v1/devices/${name}`, { method: 'PATCH', body: JSON.stringify(body) });
}

/** A phone with push, whose page is closed. @returns its token */
async function phone(relay: World, name = 'phone', agent = ua): Promise<string> {
  const socket = await relay.socket();
  socket.send({ cmd: 'AUTH', data: { token: 'test-token', name, group: 'all' } });
  const { data } = await socket.packet('AUTH');
  socket.send({ cmd: 'REGISTER_WEBPUSH', data: await agent.subscribe(data.webpushPublicKey) });
  await socket.settle();
  socket.ws.close();
  await socket.closed;
  await eventually(`${name} is offline`, async () => {
    const { devices } = (await relay.request('/v1/devices')).json;
    return !devices.find((one: { name: string }) => one.name === name).online;
  });
  return data.auth;
}

async function send(relay: World, fields: Record<string, string>, target = 'phone.send') {
  const { json } = await relay.request(`/${target}?${new URLSearchParams({ wait: '0', ...fields })}`);
  return json;
}

const pushed = () => ua.pushes.map(({ data }) => JSON.parse(data?.toString() ?? '').data);
const texts = () => pushed().map(({ message }) => message.text as string);
const stateOf = async (relay: World, mid: string) => (await relay.request(`/v1/messages/${mid}`)).json;

/** Waits until it is durable that the phone is told of a message at the end. */
async function isHeld(relay: World, mid: string): Promise<void> {
  await eventually('the message is held', async () => (await stateOf(relay, mid)).held?.[0] === 'phone');
}

/** Lets the quiet hours end. Not more, or requests under way would take too long. */
async function morning(relay: World): Promise<void> {
  await eventually('what came is held', async () => {
    const { messages } = (await relay.request('/v1/devices/phone/messages')).json;
    return messages.every(({ status, held }: { status: string; held?: true }) => status !== 'ready' || held);
  });
  const [{ quietUntil }] = (await relay.request('/v1/devices')).json.devices;
  await relay.clock.tick(quietUntil - relay.clock.now());
}

describe('a device in its quiet hours', () => {
  usePushes();

  it('gets no pushes, and one notification at the end', async () => {
    const relay = await start();
    await phone(relay);
    expect((await patch(relay, { quiet: hours(relay) })).json.quietUntil).to.be.above(relay.clock.now());
    const replies: { data: { mid: string; status: object }; held: string[] }[] = [];
    for (let n = 0; n < 9; n += 1) replies.push(await send(relay, { text: `m${n}` }));
    await send(relay, { text: 'Disk full', key: 'disk', state: 'firing' });
    await send(relay, { text: 'Disk fuller', key: 'disk', state: 'firing' });
    await send(relay, { text: 'Down', key: 'web', state: 'firing' });
    await send(relay, { text: 'Up', key: 'web', state: 'ok' });
    const [{ data, held } = { data: { mid: '', status: {} }, held: [] }] = replies;
    expect([data.status, held]).to.deep.equal([{ phone: 'ready' }, ['phone']]);
    await isHeld(relay, data.mid);
    const history = (await relay.request('/v1/devices/phone/messages')).json.messages;
    expect(history[0]).to.include({ mid: data.mid, status: 'ready', held: true });

    await morning(relay);
    await ua.received(1);
    expect(texts()).to.deep.equal(['11 while you slept, 1 still open']);
    expect(pushed()[0].digest).to.deep.equal({ count: 11, open: 1 });
    await eventually('the push service has told of it', async () => {
      const { status, held: still } = await stateOf(relay, data.mid);
      return status.phone === 'webpush-ok' && still === undefined;
    });
    await send(relay, { text: 'Good morning' });
    await ua.received(2);
    expect(texts()[1]).to.equal('Good morning');
  });

  it('is told at once what breaks through: what it lets, and quiet=break', async () => {
    const relay = await start();
    await phone(relay);
    const quiet = { ...hours(relay), let: { priority: 4, groups: ['all'], keys: ['door'] } };
    await patch(relay, { quiet });
    await send(relay, { text: 'no' });
    await send(relay, { text: 'urgent', priority: '4' });
    await send(relay, { text: 'to all' }, 'all.group');
    await send(relay, { text: 'ding', key: 'door' });
    await send(relay, { text: 'wake up', quiet: 'break' });
    await ua.received(4);
    expect(texts().toSorted()).to.deep.equal(['ding', 'to all', 'urgent', 'wake up']);
    await morning(relay);
    await ua.received(5);
    expect(texts()[4]).to.equal('1 while you slept');
  });

  it('is told of an emergency at once, again and again, also if it has muted the sender', async () => {
    const relay = await start();
    await phone(relay);
    await patch(relay, { quiet: hours(relay), mute: { key: 'fire' } });
    await send(relay, { text: 'Fire', key: 'fire', priority: 'emergency', retry: '60' });
    await ua.received(1);
    await relay.clock.tick(MINUTE);
    await ua.received(2);
    expect(texts()).to.deep.equal(['Fire', 'Fire']);
  });

  it('is told once if somebody sets the clock beyond the end, and again only of what comes after', async () => {
    const relay = await start();
    await phone(relay);
    await patch(relay, { quiet: hours(relay) });
    const { mid } = (await send(relay, { text: 'one' })).data;
    await isHeld(relay, mid);
    relay.clock.step(11 * MINUTE);
    await relay.clock.tick(30_000);
    await ua.received(1);
    relay.clock.step(-8 * MINUTE);
    await send(relay, { text: 'two' });
    await morning(relay);
    await ua.received(2);
    expect(texts()).to.deep.equal(['1 while you slept', '1 while you slept']);
  });

  it('is told over FCM, too; its webhooks get everything at once', async () => {
    const google = await fakeGoogle();
    const fcm = {
      serviceAccount: google.keyFile,
      endpoint: google.url,
      projectId: 'p',
      applicationId: 'a',
      apiKey: 'k',
    };
    const hook = await startTarget();
    onCleanup(() => hook.close());
    const quiet = configured();
    const relay = await start({ config: { fcm, quiet, webhook: { clients: [{ name: 'hook', url: hook.url }] } } });
    const app = await relay.device('phone');
    app.send({ cmd: 'REGISTER_FCM', data: { token: 'app:1' } });
    await app.settle();
    app.ws.close();
    await app.closed;
    await send(relay, { text: 'to the hook' }, 'hook.send');
    await eventually('the webhook has it', () => hook.arrived.length === 1);
    const { mid } = (await send(relay, { text: 'one' })).data;
    await isHeld(relay, mid);
    await patch(relay, { quiet: false });
    await google.arrived(1);
    expect(JSON.parse(google.messages[0]?.message.data['data'] ?? '').message.text).to.equal('1 while you slept');
    await eventually('FCM has told of it', async () => (await stateOf(relay, mid)).status.phone === 'fcm-ok');
  });

  it('is not told of what was read elsewhere or has expired', async () => {
    const relay = await start();
    await phone(relay);
    await patch(relay, { quiet: hours(relay) });
    const { mid } = (await send(relay, { text: 'read' })).data;
    await send(relay, { text: 'short', ttl: '60' });
    await relay.request('/v1/reads', { method: 'POST', body: JSON.stringify({ mids: [mid] }) });
    await morning(relay);
    const { mid: next } = (await send(relay, { text: 'day' })).data;
    await ua.received(1);
    expect(texts()).to.deep.equal(['day']);
    expect((await stateOf(relay, next)).held).to.equal(undefined);
  });

  it('gets messages silently over its socket, and is told of them if it has not read them', async () => {
    const relay = await start();
    await phone(relay);
    await patch(relay, { quiet: hours(relay) });
    const page = await relay.device('phone', { acknowledge: true, group: 'all' });
    await send(relay, { text: 'psst' });
    await send(relay, { text: 'all' }, 'all.group');
    for (const text of ['psst', 'all']) {
      const { data } = await page.packet('MESSAGE');
      expect([data.message.text, data.silent]).to.deep.equal([text, true]);
    }
    page.ws.close();
    await page.closed;
    await morning(relay);
    await ua.received(1);
    expect(texts()).to.deep.equal(['2 while you slept']);
  });

  it('is told once after a restart, also if the relay was down at the end', async () => {
    const relay = await start();
    await phone(relay);
    await patch(relay, { quiet: hours(relay) });
    for (const text of ['one', 'two']) await send(relay, { text });
    await relay.stop();
    await relay.start();
    await send(relay, { text: 'three' });
    await relay.stop();
    await relay.clock.tick(20 * MINUTE);
    await relay.start();
    await ua.received(1);
    expect(texts()).to.deep.equal(['3 while you slept']);
    await relay.stop();
    await relay.start();
    await send(relay, { text: 'day' });
    await ua.received(2);
    expect(texts()[1]).to.equal('day');
  });

  it('is told at the new end when its hours change, and at once when they are over', async () => {
    const relay = await start();
    await phone(relay);
    await patch(relay, { quiet: hours(relay) });
    await send(relay, { text: 'one' });
    await patch(relay, { quiet: hours(relay, 30) });
    await send(relay, { text: 'two' });
    await relay.clock.tick(11 * MINUTE);
    await send(relay, { text: 'three' });
    expect(texts()).to.deep.equal([]);
    expect((await patch(relay, { quiet: false })).json).to.deep.equal({ name: 'phone', quiet: false });
    await ua.received(1);
    expect(texts()).to.deep.equal(['3 while you slept']);
  });

  it('is told when the push service can be reached again', async () => {
    const relay = await start();
    await phone(relay);
    await patch(relay, { quiet: hours(relay) });
    await send(relay, { text: 'one' });
    service.fault({ status: 503 });
    await morning(relay);
    await service.waitFor({ type: 'push.request', status: 503 });
    await eventually('it is tried again', async () => {
      await relay.clock.tick(10_000);
      return ua.pushes.length > 0;
    });
    expect(texts()).to.deep.equal(['1 while you slept']);
  });

  it('is told when it subscribes anew, if its subscription was dead at the end', async () => {
    const relay = await start();
    await phone(relay);
    await patch(relay, { quiet: hours(relay) });
    await send(relay, { text: 'one' });
    for (const subscription of service.state().subscriptions) service.expire(subscription);
    await morning(relay);
    await service.waitFor({ type: 'push.request', status: 410 });
    expect(texts()).to.deep.equal([]);
    await phone(relay);
    await ua.received(1);
    expect(texts()).to.deep.equal(['1 while you slept']);
  });

  it('keeps what is held when it subscribes anew', async () => {
    const relay = await start();
    await phone(relay);
    await patch(relay, { quiet: hours(relay) });
    await send(relay, { text: 'one' });
    await phone(relay);
    await send(relay, { text: 'two' });
    await morning(relay);
    await ua.received(1);
    expect(texts()).to.deep.equal(['2 while you slept']);
  });

  for (const isRestarted of [false, true]) {
    const when = isRestarted ? ', also after a restart' : '';
    it(`does not ring later for what could not be pushed before they began${when}`, async () => {
      const relay = await start();
      await phone(relay);
      service.fault({ status: 503 });
      const { mid } = (await send(relay, { text: 'late' })).data;
      await service.waitFor({ type: 'push.request', status: 503 });
      await patch(relay, { quiet: hours(relay) });
      if (isRestarted) {
        await relay.stop();
        await relay.start();
        await isHeld(relay, mid);
      }
      await relay.clock.tick(5 * MINUTE);
      expect(texts()).to.deep.equal([]);
      await isHeld(relay, mid);
      await morning(relay);
      await ua.received(1);
      expect(texts()).to.deep.equal(['1 while you slept']);
    });
  }

  it('has the hours of the config unless it has its own', async () => {
    const quiet = configured();
    const relay = await start({ config: { quiet } });
    const auth = await phone(relay);
    await send(relay, { text: 'one' });
    const me = (await relay.fetch('/v1/me', { headers: { authorization: auth } })).json;
    expect(me.quietPreset).to.deep.equal(quiet);
    expect(me.quiet).to.equal(undefined);
    await patch(relay, { quiet: false });
    await ua.received(1);
    await send(relay, { text: 'two' });
    await ua.received(2);
    expect(texts()).to.deep.equal(['1 while you slept', 'two']);
    await patch(relay, { quiet: null });
    await send(relay, { text: 'three' });
    expect((await relay.request('/v1/devices')).json.devices[0].quietUntil).to.be.above(relay.clock.now());
  });
});

describe('a muted sender, group or key', () => {
  usePushes();

  it('rings no more, until the mute ends', async () => {
    const relay = await start();
    await phone(relay);
    for (const mute of [{ group: 'all', until: '5m' }, { key: 'disk' }]) {
      expect((await patch(relay, { mute })).status).to.equal(200);
    }
    await send(relay, { text: 'all' }, 'all.group');
    const { held } = await send(relay, { text: 'disk', key: 'disk' });
    expect(held).to.deep.equal(['phone']);
    await send(relay, { text: 'other' });
    await ua.received(1);
    await relay.clock.tick(6 * MINUTE);
    await send(relay, { text: 'all again' }, 'all.group');
    await ua.received(2);
    const { mutes } = (await patch(relay, { unmute: { key: 'disk' } })).json;
    expect(mutes).to.equal(undefined);
    await send(relay, { text: 'disk again', key: 'disk' });
    await ua.received(3);
    expect(texts()).to.deep.equal(['other', 'all again', 'disk again']);
  });
});

describe('PATCH /v1/devices/:name', () => {
  usePushes();

  const WRONG: readonly (readonly [body: object, error: RegExp])[] = [
    [{ quiet: { from: '22:30' } }, /quiet\.to/],
    [{ quiet: { from: '9', to: '07:00' } }, /quiet\.from: expected a time of day/],
    [{ quiet: { from: '22:00', to: '22:00' } }, /quiet\.to: expected another time/],
    [{ quiet: { from: '00:00', to: '24:00' } }, /quiet\.to: expected hours that end/],
    [{ quiet: { from: '22:00', to: '07:00', tz: 'Mars/Base' } }, /quiet\.tz: expected a time zone/],
    [{ quiet: { from: '22:00', to: '07:00', days: [] } }, /quiet\.days: expected at least one day/],
    [{ quiet: { from: '22:00', to: '07:00', days: ['someday'] } }, /quiet\.days\.0: expected some of mon/],
    [{ quiet: { from: '22:00', to: '07:00', let: { priority: 6 } } }, /quiet\.let\.priority: expected a priority/],
    [{ quiet: { from: '22:00', to: '07:00', more: 1 } }, /more/],
    [{ quiet: true }, /quiet/],
    [{ quiet: 'on' }, /quiet/],
    [{ mute: {} }, /mute: expected one of sender, group and key/],
    [{ mute: { sender: 'a', key: 'b' } }, /mute: expected one of sender, group and key/],
    [{ mute: { sender: 'a', until: 'yesterday' } }, /mute\.until: expected a time in the future/],
    [{ mute: { sender: 'a', until: 5 } }, /mute\.until: expected a time in the future/],
    [{ mute: { sender: 5 } }, /mute\.sender/],
    [{ unmute: { sender: 'a', until: '1h' } }, /unmute\.until/],
    [{}, /expected some of name, groups, quiet, mute and unmute/],
  ];

  it('refuses what is wrong, and changes nothing', async () => {
    const relay = await start();
    await phone(relay);
    const before = (await relay.request('/v1/devices')).json;
    for (const [body, error] of WRONG) {
      const answer = await patch(relay, body);
      expect([answer.status, answer.json.error], JSON.stringify(body)).to.satisfy(
        ([status, text]: [number, string]) => status === 400 && error.test(text),
      );
    }
    expect((await relay.request('/v1/devices')).json).to.deep.equal(before);
  });

  it('keeps at most 200 mutes, and one of each', async () => {
    const relay = await start();
    await phone(relay);
    for (let n = 0; n < 200; n += 1) await patch(relay, { mute: { key: `k${n}` } });
    const answer = await patch(relay, { mute: { key: 'one more' } });
    expect([answer.status, answer.json.error]).to.deep.equal([
      429,
      'a device can mute at most 200 senders, groups and keys',
    ]);
    const { mutes } = (await patch(relay, { mute: { key: 'k7', until: '1h' } })).json;
    expect(mutes).to.have.length(200);
    expect(mutes.at(-1)).to.deep.equal({ key: 'k7', until: relay.clock.now() + 3_600_000 });
  });

  it('lets a device change itself only', async () => {
    const relay = await start();
    const headers = { authorization: await phone(relay) };
    await phone(relay, 'tablet');
    const body = JSON.stringify({ mute: { sender: 'ci' } });
    expect((await relay.request('/v1/devices/phone', { method: 'PATCH', headers, body })).json).to.deep.equal({
      name: 'phone',
      mutes: [{ sender: 'ci' }],
    });
    expect((await relay.request('/v1/devices/tablet', { method: 'PATCH', headers, body })).status).to.equal(403);
  });
});
