import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';
import { silentLogger } from '../../server/base/logger.ts';
import type { Device } from '../../server/delivery/device.ts';
import { createDeviceService, type DeviceService } from '../../server/delivery/device-service.ts';
import { createDevices, type Devices } from '../../server/delivery/devices.ts';
import { createOutboxes, type Outboxes } from '../../server/delivery/outboxes.ts';
import type { DeviceStore, MessageLog } from '../../server/delivery/ports.ts';
import { createReplies } from '../../server/delivery/reply.ts';
import { createSend, type Send } from '../../server/delivery/send.ts';
import { createLocalMail, soleOwner } from '../../server/delivery/sole-owner.ts';
import { fakeClock } from '../support/clock.ts';
import { historyOf } from '../support/message.ts';
import { rejection } from '../support/rejection.ts';
import { createSharedStore } from '../support/shared-store.ts';
import { draft, idle, openBackend, pushTransport, RecordingTransport, registration, turn } from './fixtures.ts';

describe('createDeviceService', () => {
  let socket: RecordingTransport;
  let push: RecordingTransport;
  let webhook: RecordingTransport;
  let log: MessageLog;
  let store: DeviceStore;
  /** The registry, as another node sees it. */
  let elsewhere: DeviceStore;
  let devices: Devices;
  let outboxes: Outboxes;
  let deviceService: DeviceService;
  let makeService: (isShared: boolean) => DeviceService;
  let send: Send;
  let revoked: string[];
  let removed: string[];
  /** Lines of the log. */
  let logged: string[];
  /** What the deviceService sees of the log; a test may break it. */
  let forget: MessageLog['forget'];

  beforeEach(async () => {
    const clock = fakeClock();
    const replies = createReplies(clock);
    socket = new RecordingTransport();
    push = pushTransport();
    webhook = new RecordingTransport({ name: 'webhook', window: 1, awaitsAcknowledgement: false, statuses: {} });
    ({ log } = await openBackend(undefined, clock));
    const shared = createSharedStore<Device>(({ name }) => name);
    store = shared.node();
    elsewhere = shared.node();
    devices = await createDevices({ store, clock, maxDevices: 100 });
    const transports = new Map([socket, push, webhook].map((one) => [one.name, one]));
    outboxes = createOutboxes({
      ownership: soleOwner,
      wasRemoved: () => true,
      log,
      clock,
      logger: silentLogger,
      devices,
      transports,
      maxQueued: 100,
      maxReadAhead: 2 ** 20,
      random: () => 0.5,
      addressOf: (_device, _transport, registered) => registered,
      onStatus: replies.update,
      onGone: () => {},
    });
    revoked = [];
    removed = [];
    logged = [];
    forget = log.forget;
    makeService = (isShared) =>
      createDeviceService({
        isShared,
        wasRemoved: () => true,
        devices,
        outboxes,
        replies,
        transports,
        log: { forget: (name) => forget(name) },
        depths: undefined,
        revoke: async (name) => {
          revoked.push(name);
        },
        logger: {
          ...silentLogger,
          info: (facts: object, text: string) => void logged.push(`${text} ${JSON.stringify(facts)}`),
        },
        onRemoved: (name) => {
          removed.push(name);
        },
      });
    deviceService = makeService(false);
    const mail = createLocalMail();
    mail.onMail(outboxes.enqueue);
    send = createSend({ devices, log, mail, outboxes, replies, clock, logger: silentLogger, unknown: () => '' });
  });

  const status = async (name: string) => (await historyOf(log, name)).map((delivery) => delivery.status);

  describe('register', () => {
    it('asks for a proof when the removal before it is done, and adds nobody whose proof is gone', async () => {
      await deviceService.register(registration('a'));
      const proof = async () => {
        if (revoked.includes('a')) throw new RelayError('forbidden', 'revoked');
      };
      const gone = deviceService.remove('a');
      expect((await rejection(deviceService.register(registration('a'), proof))).message).to.equal('revoked');
      expect(await gone).to.equal(true);
      expect(deviceService.get('a')).to.equal(undefined);
    });

    it('replaces the groups, and never takes secured back', async () => {
      await deviceService.register(registration('a', { groups: ['g'], secured: true }));
      await deviceService.register(registration('a', { groups: ['h'] }));
      expect(deviceService.get('a')).to.deep.include({ groups: ['h'], secured: true });
      expect(deviceService.groups()).to.deep.equal(['h']);
      expect(deviceService.list()).to.have.length(1);
    });

    it('leaves alone what is in flight on a route that stays as it was', async () => {
      await deviceService.register(registration('a'));
      await send(draft('a'), 0);
      await deviceService.register(registration('a', { groups: ['g'] }));
      await idle();
      expect(socket.mids()).to.have.length(1);
    });

    it('sends the backlog to an address that changed', async () => {
      await deviceService.register(registration('a', { transport: 'webhook', address: 'old' }));
      webhook.answer = () => new Promise(() => {});
      await send(draft('a'), 0);
      await deviceService.register(registration('a', { transport: 'webhook', address: 'new' }));
      await idle();
      expect(webhook.attempts.map(({ address }) => address)).to.deep.equal(['old', 'new']);
      expect(webhook.attempts[0]?.signal.aborted).to.equal(true);
    });
  });

  describe('addRoute', () => {
    it('logs a subscription that is new or renewed, once, and without its address', async () => {
      await deviceService.register({ name: 'a', groups: [], transport: 'websocket', address: {}, secured: false });
      logged.splice(0);
      for (const endpoint of ['one', 'one', 'two']) await deviceService.addRoute('a', 'webpush', { endpoint });
      expect(logged).to.deep.equal([
        'subscription added {"device":"a","transport":"webpush"}',
        'subscription renewed {"device":"a","transport":"webpush"}',
      ]);
    });

    it('gives a known device a further route, which gets the backlog', async () => {
      await deviceService.register(registration('a', { groups: ['g'], secured: true }));
      socket.answer = () => ({ kind: 'offline' });
      const { mid } = await send(draft('a'), 0);
      expect(await deviceService.addRoute('a', 'webpush', 'there')).to.equal(true);
      await idle();
      expect(push.mids()).to.deep.equal([mid]);
      expect(deviceService.get('a')).to.deep.include({
        groups: ['g'],
        secured: true,
        routes: { websocket: {}, webpush: 'there' },
      });
    });

    it('is false for an unknown device and for a transport that is not running', async () => {
      await deviceService.register(registration('a'));
      expect(await deviceService.addRoute('b', 'webpush', 'there')).to.equal(false);
      expect(await deviceService.addRoute('a', 'telegraph', 'there')).to.equal(false);
      expect(deviceService.get('a')?.routes).to.deep.equal({ websocket: {} });
    });

    it('keeps no address that the transport does not take', async () => {
      await deviceService.register(registration('a'));
      push.checkAddress = () => Promise.reject(new RelayError('invalid', 'not there'));
      expect(await rejection(deviceService.addRoute('a', 'webpush', 'there'))).to.have.property('message', 'not there');
      expect(deviceService.get('a')?.routes).to.deep.equal({ websocket: {} });
    });

    it('does not bring a device back that is being removed', async () => {
      await deviceService.register(registration('a'));
      const [removed, added] = await Promise.all([
        deviceService.remove('a'),
        deviceService.addRoute('a', 'webpush', 'there'),
      ]);
      expect([removed, added, deviceService.list()]).to.deep.equal([true, false, []]);
    });
  });

  describe('remove', () => {
    it('ends tokens, registration and queue, deletes the history, and tells who waits that it failed', async () => {
      await deviceService.register(registration('a', { groups: ['g'] }));
      const waiting = send(draft('a'), 60_000);
      await turn();
      expect(await deviceService.remove('a')).to.equal(true);
      expect([...(await waiting).statuses]).to.deep.equal([['a', 'failed']]);
      expect(revoked).to.deep.equal(['a']);
      expect(removed).to.deep.equal(['a']);
      expect(deviceService.get('a')).to.equal(undefined);
      expect(await store.load()).to.deep.equal([]);
      expect(outboxes.queued()).to.equal(0);
      expect(await status('a')).to.deep.equal([]);
      expect([...(await send(draft('a'), 60_000)).statuses]).to.deep.equal([['a', 'no']]);
    });

    it('is false for an unknown device, whose tokens stay as they are', async () => {
      expect(await deviceService.remove('a')).to.equal(false);
      expect(revoked).to.deep.equal([]);
    });

    it('removes once when it is asked for twice at the same time', async () => {
      await deviceService.register(registration('a'));
      expect(await Promise.all([deviceService.remove('a'), deviceService.remove('a')])).to.deep.equal([true, false]);
    });

    it('still knows the device when the registry cannot be written', async () => {
      await deviceService.register(registration('a'));
      const { remove } = store;
      store.remove = () => Promise.reject(new Error('disk'));
      await rejection(deviceService.remove('a'));
      store.remove = remove;
      expect([...(await send(draft('a'), 0)).statuses]).to.deep.equal([['a', 'wait']]);
      expect(await deviceService.remove('a')).to.equal(true);
    });

    it('leaves nothing of the old device to a new one that takes the name at once', async () => {
      await deviceService.register(registration('a'));
      const old = send(draft('a'), 60_000);
      await turn();
      const removed = deviceService.remove('a');
      const again = deviceService.register(registration('a'));
      await Promise.all([removed, again]);
      socket.clear();
      outboxes.wake('a', 'websocket');
      const { mid } = await send(draft('a'), 0);
      await idle();
      expect(socket.mids()).to.deep.equal([mid]);
      expect([...(await old).statuses]).to.deep.equal([['a', 'failed']]);
      expect(outboxes.queued('a')).to.equal(1);
      expect(await outboxes.acknowledge(mid, 'a')).to.equal(true);
      expect(outboxes.queued('a')).to.equal(0);
      expect(await status('a')).to.deep.equal(['ok']);
    });

    it('does not hand the queue of the old device on when it could not be deleted', async () => {
      await deviceService.register(registration('a'));
      await send(draft('a'), 0);
      forget = () => Promise.reject(new Error('disk'));
      await rejection(deviceService.remove('a'));
      expect(await status('a')).to.deep.equal(['ready']);
      await rejection(deviceService.register(registration('a')));
      expect(deviceService.get('a')).to.equal(undefined);
      forget = log.forget;
      await deviceService.register(registration('a'));
      expect(await status('a')).to.deep.equal([]);
    });
  });

  describe('receipt', () => {
    it('proves the push on which the device is reached, web push before FCM', async () => {
      await deviceService.register(registration('a', { transport: 'fcm' }));
      await deviceService.register(registration('b', { transport: 'fcm' }));
      await deviceService.register(registration('b', { transport: 'webpush' }));
      const [a, b] = await Promise.all([send(draft('a'), 0), send(draft('b'), 0)]);
      deviceService.receipt(a.mid, 'a');
      deviceService.receipt(b.mid, 'b');
      await idle();
      expect([await status('a'), await status('b')]).to.deep.equal([['fcm-ok-comfirm'], ['webpush-ok-comfirm']]);
    });

    it('changes nothing for a device without push, an unknown one, and a foreign or settled message', async () => {
      await deviceService.register(registration('a'));
      await deviceService.register(registration('b', { transport: 'webpush' }));
      const { mid } = await send(draft('a'), 0);
      const other = await send(draft('b'), 0);
      await outboxes.acknowledge(other.mid, 'b');
      for (const name of ['a', 'b', 'stranger', '__proto__']) deviceService.receipt(mid, name);
      deviceService.receipt(other.mid, 'b');
      await idle();
      expect([await status('a'), await status('b')]).to.deep.equal([['ready'], ['ok']]);
    });
  });

  describe('configure', () => {
    it('adds, changes and removes devices so that they are those of the config', async () => {
      await deviceService.register(registration('phone'));
      await deviceService.configure('webhook', [
        { name: 'a', group: ['g'] },
        { name: 'b', group: [] },
      ]);
      await send(draft('a'), 0);
      await deviceService.configure('webhook', [
        { name: 'b', group: ['h'] },
        { name: 'c', group: [] },
      ]);
      expect(deviceService.list().map(({ name, groups, secured }) => [name, groups, secured])).to.deep.equal([
        ['phone', [], false],
        ['b', ['h'], true],
        ['c', [], true],
      ]);
      expect(revoked).to.deep.equal(['a']);
      expect(await status('a')).to.deep.equal([]);
    });

    it('keeps no address in the registry', async () => {
      await deviceService.configure('webhook', [{ name: 'a', group: [] }]);
      expect((await store.load())[0]?.routes).to.deep.equal({ webhook: {} });
    });

    it('refuses a name that a registered device bears, and changes nothing', async () => {
      await deviceService.configure('webhook', [{ name: 'old', group: [] }]);
      await deviceService.register(registration('phone'));
      const error = await rejection(
        deviceService.configure('webhook', [
          { name: 'new', group: [] },
          { name: 'phone', group: [] },
        ]),
      );
      expect(error)
        .to.be.instanceOf(RelayError)
        .and.to.have.property('message')
        .that.includes('the name phone belongs');
      expect(deviceService.list().map(({ name }) => name)).to.deep.equal(['old', 'phone']);
    });
  });

  describe('a change by another node', () => {
    const device = (routes: Device['routes']): Device => {
      return { name: 'a', groups: [], routes, secured: true, createdAt: 1 };
    };
    const seen = async () => {
      await store.catchUp();
      await idle();
    };

    it('that adds a device makes it known, without a word in the log', async () => {
      await elsewhere.put(device({ websocket: {} }));
      await seen();
      expect([...(await send(draft('a'), 0)).statuses]).to.deep.equal([['a', 'wait']]);
      expect([logged, revoked]).to.deep.equal([[], []]);
    });

    it('that adds a route or changes its address sends the backlog there', async () => {
      await deviceService.register(registration('a'));
      socket.answer = () => ({ kind: 'offline' });
      webhook.answer = () => new Promise(() => {});
      await send(draft('a'), 0);
      await elsewhere.put(device({ websocket: {}, webhook: 'old' }));
      await seen();
      await elsewhere.put(device({ websocket: {}, webhook: 'new' }));
      await seen();
      expect(webhook.attempts.map(({ address }) => address)).to.deep.equal(['old', 'new']);
    });

    it('that drops a route ends its attempts', async () => {
      await deviceService.register(registration('a', { transport: 'webhook', address: 'x' }));
      webhook.answer = () => new Promise(() => {});
      await send(draft('a'), 0);
      await elsewhere.put(device({}));
      await seen();
      expect(webhook.attempts.map(({ signal }) => signal.aborted)).to.deep.equal([true]);
      expect(removed).to.deep.equal([]);
    });

    it('that gives the name to another device ends the sockets of the first', async () => {
      await deviceService.register(registration('a'));
      await elsewhere.catchUp();
      expect(await elsewhere.put(device({ websocket: {} }), elsewhere.version(), true)).to.equal('stored');
      await seen();
      expect([removed, revoked]).to.deep.equal([['a'], []]);
    });

    it("finds the tokens of a device that lost its name ended, before the name is another one's", async () => {
      const shared = makeService(true);
      await shared.register(registration('a', { secured: true }));
      const endedBefore: string[][] = [];
      const { put } = store;
      store.put = (...change) => {
        endedBefore.push([...revoked]);
        return put(...change);
      };
      await shared.register(registration('a', { secured: true, takesOver: true, address: { new: true } }));
      expect(endedBefore).to.deep.equal([['a']]);
      expect(removed).to.deep.equal(['a']);
    });

    it('that removes a device ends its sockets and its queue, and tells who waits that it failed', async () => {
      await deviceService.register(registration('a'));
      const waiting = send(draft('a'), 60_000);
      await turn();
      await elsewhere.remove('a');
      await seen();
      expect([...(await waiting).statuses]).to.deep.equal([['a', 'failed']]);
      expect([removed, revoked, outboxes.queued()]).to.deep.equal([['a'], [], 0]);
      expect([...(await send(draft('a'), 60_000)).statuses]).to.deep.equal([['a', 'no']]);
    });

    it('that registers the same device without a proof at the same time gives no token that lasts', async () => {
      const { put } = store;
      store.put = async (...change) => {
        store.put = put;
        await elsewhere.put({ ...device({ websocket: {} }), secured: false });
        return put(...change);
      };
      await deviceService.register(registration('a', { secured: true }));
      expect(revoked).to.deep.equal(['a']);
      expect(deviceService.get('a')?.secured).to.equal(true);
    });
  });
});
