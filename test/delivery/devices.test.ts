import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';
import type { Change, Stored } from '../../server/base/versioned-store.ts';
import type { Device } from '../../server/delivery/device.ts';
import { createDevices } from '../../server/delivery/devices.ts';
import type { DeviceStore } from '../../server/delivery/ports.ts';
import { fakeClock } from '../support/clock.ts';
import { rejection } from '../support/rejection.ts';
import { createSharedStore, type StoreNode } from '../support/shared-store.ts';
import { tempDir } from '../support/temp-dir.ts';
import { idle, openBackend, registration } from './fixtures.ts';

/** A store whose writes wait for the test, and fail when it says so. */
class SlowStore implements DeviceStore {
  readonly writes: { readonly what: string; end(): void; fail(): void }[] = [];

  #listener: (change: Change<Device>) => void = () => {};

  async load(): Promise<Device[]> {
    return [];
  }

  put(record: Device): Promise<Stored> {
    return this.#write(`put ${record.name}`, { name: record.name, record, own: true, replaces: false });
  }

  remove(name: string): Promise<Stored> {
    return this.#write(`remove ${name}`, { name, record: undefined, own: true, replaces: false });
  }

  version(): number {
    return 0;
  }

  async catchUp(): Promise<void> {}

  onChange(listener: (change: Change<Device>) => void): void {
    this.#listener = listener;
  }

  #write(what: string, change: Change<Device>): Promise<Stored> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#listener(change);
        resolve('stored');
      };
      this.writes.push({ what, end, fail: () => reject(new Error('disk')) });
    });
  }
}

describe('createDevices', () => {
  const clock = fakeClock();
  const names = (devices: readonly Device[]) => devices.map(({ name }) => name);

  async function empty(maxDevices = 100) {
    const { devices: store } = await openBackend();
    return createDevices({ store, clock, maxDevices });
  }

  async function onSlowStore(maxDevices = 100) {
    const store = new SlowStore();
    return { store, devices: await createDevices({ store, clock, maxDevices }) };
  }

  describe('register', () => {
    it('makes a device known, and finds it by name and by group', async () => {
      const devices = await empty();
      const { before, device } = await devices.register(
        registration('a', { groups: ['g', 'h'], address: { x: 1 }, secured: true }),
      );
      expect(device).to.deep.equal({
        name: 'a',
        groups: ['g', 'h'],
        routes: { websocket: { x: 1 } },
        secured: true,
        createdAt: clock.now(),
      });
      expect(before).to.equal(undefined);
      expect(devices.get('a')).to.equal(device);
      expect(devices.groups()).to.deep.equal(['g', 'h']);
      expect(names(devices.resolve('group', 'h'))).to.deep.equal(['a']);
      expect(names(devices.resolve('personal', 'a'))).to.deep.equal(['a']);
      expect(devices.resolve('personal', 'g')).to.deep.equal([]);
      expect(devices.resolve('group', 'a')).to.deep.equal([]);
      expect(devices.resolve('group', '')).to.deep.equal([]);
    });

    it('is durable when it resolves', async () => {
      const dir = await tempDir();
      const backend = await openBackend(dir);
      const devices = await createDevices({ store: backend.devices, clock, maxDevices: 9 });
      await devices.register(registration('a', { groups: ['g'] }));
      await backend.close();
      const again = await createDevices({ store: (await openBackend(dir)).devices, clock, maxDevices: 9 });
      expect(again.list()).to.deep.equal(devices.list());
      expect(names(again.resolve('group', 'g'))).to.deep.equal(['a']);
    });

    it('replaces the groups and keeps routes, time of registration and secured', async () => {
      const devices = await empty();
      const { device: first } = await devices.register(registration('a', { groups: ['g', 'h'], secured: true }));
      await clock.tick(5000);
      await devices.register(registration('a', { groups: ['h', 'i'], transport: 'webpush', address: 'there' }));
      expect(devices.get('a')).to.deep.equal({
        ...first,
        groups: ['h', 'i'],
        routes: { websocket: {}, webpush: 'there' },
      });
      expect(devices.resolve('group', 'g')).to.deep.equal([]);
      expect(devices.groups()).to.have.members(['h', 'i']);
    });

    it('keeps the order of registration, also within a group that is joined later', async () => {
      const devices = await empty();
      for (const name of ['c', '2', '__proto__', '1']) await devices.register(registration(name, { groups: ['g'] }));
      await devices.register(registration('c', { groups: ['h'] }));
      await devices.register(registration('c', { groups: ['g'] }));
      await devices.register(registration('2', { groups: ['g'], transport: 'webpush' }));
      expect(names(devices.list())).to.deep.equal(['c', '2', '__proto__', '1']);
      expect(names(devices.resolve('group', 'g'))).to.deep.equal(['c', '2', '__proto__', '1']);
    });

    it('refuses one more than the most, and lets a known device register again', async () => {
      const devices = await empty(2);
      await Promise.all([devices.register(registration('a')), devices.register(registration('b'))]);
      const error = await rejection(devices.register(registration('c')));
      expect(error).to.be.instanceOf(RelayError).and.to.have.property('code', 'too_many');
      await devices.register(registration('a', { groups: ['g'] }));
      await devices.remove('b');
      await devices.register(registration('c'));
      expect(names(devices.list())).to.deep.equal(['a', 'c']);
    });

    it('counts those that are still being written', async () => {
      const { store, devices } = await onSlowStore(1);
      const first = devices.register(registration('a'));
      expect(await rejection(devices.register(registration('b')))).to.have.property('code', 'too_many');
      store.writes[0]?.fail();
      await rejection(first);
      const second = devices.register(registration('b'));
      await idle();
      store.writes[1]?.end();
      expect((await second).device).to.have.property('name', 'b');
    });

    it('does not know a device before it is durable, nor after it could not be written', async () => {
      const { store, devices } = await onSlowStore();
      const registered = devices.register(registration('a', { groups: ['g'] }));
      expect(devices.resolve('personal', 'a')).to.deep.equal([]);
      store.writes[0]?.fail();
      await rejection(registered);
      expect(devices.list()).to.deep.equal([]);
      expect(devices.groups()).to.deep.equal([]);
    });

    it('keeps both routes that are registered at the same time', async () => {
      const devices = await empty();
      await Promise.all([
        devices.register(registration('a', { secured: true })),
        devices.register(registration('a', { transport: 'webpush' })),
      ]);
      expect(devices.get('a')).to.deep.include({ routes: { websocket: {}, webpush: {} }, secured: true });
    });

    it('resolves an equal registration no earlier than the first is durable', async () => {
      const { store, devices } = await onSlowStore();
      let resolved = 0;
      const registrations = Array.from({ length: 2 }, () =>
        devices.register(registration('a')).then(() => (resolved += 1)),
      );
      await idle();
      expect(resolved).to.equal(0);
      store.writes[0]?.end();
      await Promise.all(registrations);
      expect(resolved).to.equal(2);
      expect(store.writes.map(({ what }) => what)).to.deep.equal(['put a']);
    });
  });

  describe('dropRoute', () => {
    it('takes the route away, and leaves the device', async () => {
      const devices = await empty();
      await devices.register(registration('a'));
      await devices.register(registration('a', { transport: 'webpush', address: { endpoint: 'x' } }));
      await devices.dropRoute('a', 'webpush', { endpoint: 'x' });
      expect(devices.get('a')?.routes).to.deep.equal({ websocket: {} });
    });

    it('leaves a route that has another address by now', async () => {
      const { store, devices } = await onSlowStore();
      const step = async (change: Promise<unknown>) => {
        await idle();
        store.writes.at(-1)?.end();
        await change;
      };
      await step(devices.register(registration('a', { transport: 'webpush', address: 'old' })));
      const renewed = devices.register(registration('a', { transport: 'webpush', address: 'new' }));
      const dropped = devices.dropRoute('a', 'webpush', 'old');
      await step(renewed);
      await dropped;
      expect(devices.get('a')?.routes).to.deep.equal({ webpush: 'new' });
    });

    it('does nothing for an unknown device or route', async () => {
      const devices = await empty();
      await devices.register(registration('a'));
      await devices.dropRoute('b', 'websocket', {});
      await devices.dropRoute('a', 'webpush', 'x');
      expect(devices.get('a')?.routes).to.deep.equal({ websocket: {} });
    });
  });

  describe('remove', () => {
    it('forgets the device and groups that had nobody else', async () => {
      const devices = await empty();
      await devices.register(registration('a', { groups: ['g', 'h'] }));
      await devices.register(registration('b', { groups: ['h'] }));
      expect(await devices.remove('a')).to.equal(true);
      expect(devices.get('a')).to.equal(undefined);
      expect(devices.groups()).to.deep.equal(['h']);
      expect(await devices.remove('a')).to.equal(false);
    });

    it('still knows the device when the store could not remove it', async () => {
      const { store, devices } = await onSlowStore();
      const registered = devices.register(registration('a', { groups: ['g'] }));
      store.writes[0]?.end();
      await registered;
      const removed = devices.remove('a');
      await idle();
      store.writes[1]?.fail();
      await rejection(removed);
      expect(names(devices.resolve('group', 'g'))).to.deep.equal(['a']);
    });
  });

  describe('rename', () => {
    it('keeps routes, groups and time of registration, and what the device let in', async () => {
      const devices = await empty();
      await devices.register(registration('phone', { groups: ['g'] }));
      await devices.register({ ...registration('watch'), pairing: { by: 'phone' } });
      const before = devices.get('phone');
      const renamed = await devices.rename('phone', 'pixel');
      expect(renamed).to.deep.equal({ ...before, name: 'pixel' });
      expect(devices.get('phone')).to.equal(undefined);
      expect(names(devices.resolve('group', 'g'))).to.deep.equal(['pixel']);
      expect(devices.get('watch')?.pairedBy).to.equal('pixel');
    });

    it('is refused for a name that no new device may have, and changes nothing', async () => {
      const devices = await empty();
      await devices.register(registration('phone'));
      for (const name of ['pho\u200bne', 'pixel ', 'Zoe\u0308']) {
        expect((await rejection(devices.rename('phone', name))).message).to.match(/^name must /);
      }
      expect(names(devices.list())).to.deep.equal(['phone']);
    });

    it('is undone if another node has stored messages for the old name by then', async () => {
      const { devices: store } = await openBackend();
      const remove: DeviceStore['remove'] = async (name, seen, isIdle) =>
        isIdle === true && name === 'phone' ? 'busy' : store.remove(name, seen, isIdle);
      const devices = await createDevices({ store: { ...store, remove }, clock, maxDevices: 9 });
      await devices.register(registration('phone'));
      await devices.register({ ...registration('watch'), pairing: { by: 'phone' } });
      expect(await rejection(devices.rename('phone', 'pixel'))).to.include({ code: 'unavailable' });
      expect(names(devices.list())).to.deep.equal(['phone', 'watch']);
      expect(devices.get('watch')?.pairedBy).to.equal('phone');
      expect(await devices.remove('phone')).to.equal(true);
    });

    it('does nothing for an unknown device', async () => {
      const devices = await empty();
      expect(await devices.rename('phone', 'pixel')).to.equal(undefined);
      expect(devices.list()).to.deep.equal([]);
    });

    it('still knows the device by its old name when the store could not write', async () => {
      const { store, devices } = await onSlowStore();
      const registered = devices.register(registration('a'));
      store.writes[0]?.end();
      await registered;
      const renamed = devices.rename('a', 'b');
      await idle();
      store.writes[1]?.fail();
      await rejection(renamed);
      expect(names(devices.list())).to.deep.equal(['a']);
    });
  });

  describe('names in different Unicode forms', () => {
    const [NFC, NFD] = ['Zo\u00eb', 'Zoe\u0308'];

    it('are one device, and one group', async () => {
      const devices = await empty();
      await devices.register(registration(NFC, { groups: [NFC] }));
      expect(devices.get(NFD)?.name).to.equal(NFC);
      expect(names(devices.resolve('personal', NFD))).to.deep.equal([NFC]);
      expect(names(devices.resolve('group', NFD))).to.deep.equal([NFC]);
    });

    it('stay reachable where an earlier version registered another form', async () => {
      const { devices: store } = await openBackend();
      await store.put({ name: NFD, groups: [NFD], routes: {}, secured: true, createdAt: 1 });
      const devices = await createDevices({ store, clock, maxDevices: 100 });
      for (const form of [NFC, NFD]) {
        expect(devices.get(form)?.name, form).to.equal(NFD);
        expect(names(devices.resolve('personal', form))).to.deep.equal([NFD]);
        expect(names(devices.resolve('group', form))).to.deep.equal([NFD]);
      }
      await devices.register(registration(NFD, { groups: [NFD, 'b'] }));
      expect(names(devices.resolve('group', 'b'))).to.deep.equal([NFD]);
      await devices.remove(NFD);
      expect([devices.get(NFC), devices.groups()]).to.deep.equal([undefined, []]);
    });

    it('are refused for new devices, whoever registers them', async () => {
      const devices = await empty();
      for (const name of [NFD, 'phone ', 'pho\u200bne']) {
        expect((await rejection(devices.register(registration(name)))).message).to.match(/^name must /);
      }
      expect(devices.list()).to.deep.equal([]);
    });
  });

  describe('two nodes', () => {
    async function twoNodes() {
      const shared = createSharedStore<Device>(({ name }) => name);
      return Promise.all(
        [shared.node(), shared.node()].map(async (store) => {
          const devices = await createDevices({ store, clock, maxDevices: 100 });
          const followed: string[] = [];
          devices.onForeign(({ name, before, after, replaced }) => {
            const seen = [before, after].map((device) =>
              device === undefined ? '-' : Object.keys(device.routes).join(),
            );
            followed.push(`${name} ${seen.join(' > ')}${replaced ? ' replaced' : ''}`);
          });
          return { store, devices, followed };
        }),
      ) as Promise<[Node, Node]>;
    }
    type Node = { store: StoreNode<Device>; devices: Awaited<ReturnType<typeof createDevices>>; followed: string[] };

    it('follow what the other adds, changes, renames and removes', async () => {
      const [one, two] = await twoNodes();
      await one.devices.register(registration('a', { groups: ['g'] }));
      await two.devices.catchUp();
      expect(names(two.devices.resolve('group', 'g'))).to.deep.equal(['a']);
      await two.devices.register(registration('a', { groups: ['h'], transport: 'webpush' }));
      await one.devices.catchUp();
      expect([one.devices.groups(), one.devices.version()]).to.deep.equal([['h'], two.devices.version()]);
      await one.devices.register(registration('b', { pairing: { by: 'a' } }));
      await one.devices.rename('a', 'c');
      await two.devices.catchUp();
      expect(two.devices.list()).to.deep.equal(one.devices.list());
      expect(two.devices.get('b')?.pairedBy).to.equal('c');
      await two.devices.remove('c');
      await one.devices.catchUp();
      expect(names(one.devices.list())).to.deep.equal(['b']);
      expect(two.followed).to.deep.equal([
        'a - > websocket',
        'b - > websocket',
        'c - > websocket,webpush',
        'b websocket > websocket',
        'a websocket,webpush > -',
      ]);
      expect(one.followed).to.deep.equal(['a websocket > websocket,webpush', 'c websocket,webpush > -']);
    });

    it('tell a device that took over a name from one that only changed', async () => {
      const [one, two] = await twoNodes();
      await one.devices.register(registration('a', { transport: 'webpush' }));
      await two.devices.catchUp();
      await two.devices.register(registration('a', { takesOver: true }));
      await one.devices.catchUp();
      expect(one.followed).to.deep.equal(['a webpush > websocket replaced']);
    });

    it('lose no route when both change a device at once', async () => {
      const [one, two] = await twoNodes();
      await one.devices.register(registration('a'));
      await two.devices.catchUp();
      two.store.isBehind = true;
      await one.devices.register(registration('a', { transport: 'webpush' }));
      const { before } = await two.devices.register(registration('a', { transport: 'fcm' }));
      expect(Object.keys(before?.routes ?? {})).to.deep.equal(['websocket', 'webpush']);
      await one.devices.catchUp();
      for (const { devices } of [one, two]) {
        expect(Object.keys(devices.get('a')?.routes ?? {})).to.deep.equal(['websocket', 'webpush', 'fcm']);
      }
    });

    it('register a device anew that the other removed at the same time', async () => {
      const [one, two] = await twoNodes();
      await one.devices.register(registration('a', { transport: 'webpush' }));
      await two.devices.catchUp();
      two.store.isBehind = true;
      await one.devices.remove('a');
      const { before, device } = await two.devices.register(registration('a'));
      expect([before, Object.keys(device.routes)]).to.deep.equal([undefined, ['websocket']]);
      expect(await two.devices.remove('a')).to.equal(true);
      expect(await two.devices.remove('a')).to.equal(false);
    });

    it('ask again whether a device may register when the other changed it first', async () => {
      const [one, two] = await twoNodes();
      two.store.isBehind = true;
      await one.devices.register(registration('a'));
      let asked = 0;
      const again = async () => {
        asked += 1;
        if (two.devices.get('a') !== undefined) throw new RelayError('forbidden', 'taken');
      };
      expect((await rejection(two.devices.register(registration('a', { takesOver: true }), again))).message).to.equal(
        'taken',
      );
      await two.devices.register(registration('b'), again);
      expect(asked).to.equal(1);
    });

    it('give no new name to a device that the other removes at the same time', async () => {
      const [one, two] = await twoNodes();
      await one.devices.register(registration('a'));
      await two.devices.catchUp();
      const { put } = two.store;
      two.store.put = async (...change) => {
        await one.devices.remove('a');
        return put(...change);
      };
      expect(await two.devices.rename('a', 'b')).to.equal(undefined);
      await one.devices.catchUp();
      expect([one.devices.list(), two.devices.list()]).to.deep.equal([[], []]);
    });

    it('refuse a new name that the other gave away at the same time', async () => {
      const [one, two] = await twoNodes();
      await one.devices.register(registration('a'));
      await two.devices.catchUp();
      two.store.isBehind = true;
      await one.devices.register(registration('b'));
      expect(await rejection(two.devices.rename('a', 'b'))).to.include({ code: 'forbidden' });
      expect(names(two.devices.list())).to.deep.equal(['a', 'b']);
    });

    it('give up when the other is faster every time', async () => {
      const [one, two] = await twoNodes();
      await one.devices.register(registration('a'));
      await two.devices.catchUp();
      const store = { ...two.store, put: async () => 'conflict' as const };
      const devices = await createDevices({ store, clock, maxDevices: 100 });
      expect(await rejection(devices.register(registration('b')))).to.include({ code: 'unavailable', retryAfter: 1 });
    });
  });
});
