// The part of the contract about devices, apps, ended tokens, secrets and the bus.

import { expect } from 'chai';
import type { KeyRecord } from '../../server/access/key-record.ts';
import type { Backend } from '../../server/backends/backend.ts';
import { createApp } from '../../server/channel/app.ts';
import type { StoredApp } from '../../server/channel/apps.ts';
import type { Device } from '../../server/delivery/device.ts';
import { eventually } from '../support/eventually.ts';
import { describeVersions, describeVersionsOfNodes, type StoreSubject } from './contract-versions.ts';
import { type Harness, openNodes, useBackend } from './harness.ts';

function device(name: string, more: Partial<Device> = {}): Device {
  return { name, groups: [], routes: {}, secured: false, createdAt: 1, ...more };
}

export function describeDevices(harness: Harness<Backend>): void {
  describe('devices', () => {
    const relay = useBackend(harness);

    it('are none at first', async () => {
      expect(await relay.backend.devices.load()).to.deep.equal([]);
    });

    it('come back in the order of registration, replaced in place', async () => {
      const { devices } = relay.backend;
      const tablet = device('tablet', {
        groups: ['home', 'all'],
        routes: { webhook: { url: 'http://host/', n: [1] } },
      });
      await Promise.all([devices.put(device('phone')), devices.put(tablet), devices.put(device('watch'))]);
      await devices.put(device('phone', { secured: true, createdAt: 2, manage: 'grant' }));
      await devices.remove('watch');
      await devices.remove('nobody');
      await relay.reopen();
      expect(await relay.backend.devices.load()).to.deep.equal([
        device('phone', { secured: true, createdAt: 2, manage: 'grant' }),
        tablet,
      ]);
    });

    it('may have any name, and routes of any name', async () => {
      const odd = ['__proto__', 'constructor', 'hasOwnProperty', '手机', '"'].map((name) =>
        device(name, { groups: ['__proto__'], routes: JSON.parse('{"__proto__":{"url":"x"},"b":null}') }),
      );
      for (const one of odd) await relay.backend.devices.put(one);
      await relay.reopen();
      expect(JSON.stringify(await relay.backend.devices.load())).to.equal(JSON.stringify(odd));
    });
  });
}

export function describeApps(harness: Harness<Backend>): void {
  describe('apps', () => {
    const relay = useBackend(harness);

    it('are none at first', async () => {
      expect(await relay.backend.apps.load()).to.deep.equal([]);
    });

    it('come back in the order in which they were made, replaced in place', async () => {
      const { apps } = relay.backend;
      const shop = (text: string) => ({ id: 'shop', dialect: 'x', settings: { text, n: [1, null] } });
      const rest = ['news', 'gone', '__proto__'].map((id) => ({ id, dialect: 'y', settings: null }));
      await Promise.all([shop('old'), ...rest].map((app) => apps.put(app)));
      await apps.put(shop('new'));
      await apps.remove('gone');
      await apps.remove('nobody');
      await relay.reopen();
      const [news, , proto] = rest;
      expect(await relay.backend.apps.load()).to.deep.equal([shop('new'), news, proto]);
    });

    it('may have settings of any name', async () => {
      const settings = JSON.parse('{"__proto__":{"constructor":"x"},"":"\\u0000"}');
      await relay.backend.apps.put({ id: 'odd', dialect: 'x', settings });
      await relay.reopen();
      expect(JSON.stringify((await relay.backend.apps.load())[0]?.settings)).to.equal(JSON.stringify(settings));
    });
  });
}

export function describeKeys(harness: Harness<Backend>): void {
  describe('keys', () => {
    const relay = useBackend(harness);

    it('come back with everything that is kept of them', async () => {
      const usage = { at: 5, address: '::1', dialect: 'mpush', title: 'T', sent: 1, refused: 2, limited: 3 };
      const settings = { device: 'phone', send: ['*'], rate: { perMinute: 1, burst: 2 }, manage: true };
      const texts = [{ sha256: 'new' }, { sha256: 'old', until: 9 }];
      const nas: KeyRecord = { name: 'nas', number: 2, createdAt: 1, texts, settings, usage };
      const rest = ['', '__proto__'].map((name): KeyRecord => ({ name, number: 3, createdAt: 1, texts: [] }));
      const { keys } = relay.backend;
      expect(await keys.load()).to.deep.equal([]);
      for (const record of [nas, ...rest, { ...nas, name: 'gone' }]) await keys.put(record);
      await keys.remove('gone');
      await relay.reopen();
      expect(await relay.backend.keys.load()).to.deep.equal([nas, ...rest]);
    });
  });
}

/** The changes of devices, apps and keys, on one node and, where the backend has them, on two. */
export function describeChanges(harness: Harness<Backend>): void {
  const devices: StoreSubject<Device> = {
    name: 'devices',
    open: async (nodes) => (await openNodes(harness, nodes)).map((backend) => backend.devices),
    record: (name, text) => device(name, { groups: [text] }),
    nameOf: ({ name }) => name,
    textOf: ({ groups }) => groups.join(),
  };
  const apps: StoreSubject<StoredApp> = {
    name: 'apps',
    open: async (nodes) => (await openNodes(harness, nodes)).map((backend) => backend.apps),
    record: (id, settings) => ({ id, dialect: 'x', settings }),
    nameOf: ({ id }) => id,
    textOf: ({ settings }) => String(settings),
  };
  const keys: StoreSubject<KeyRecord> = {
    name: 'keys',
    open: async (nodes) => (await openNodes(harness, nodes)).map((backend) => backend.keys),
    record: (name, text) => ({ name, number: 2, createdAt: 1, texts: [{ sha256: text }] }),
    nameOf: ({ name }) => name,
    textOf: ({ texts }) => String(texts[0]?.sha256),
  };
  describeVersions(devices);
  describeVersions(apps);
  describeVersions(keys);
  if (harness.sharesPlaces !== true) return;
  describeVersionsOfNodes(devices);
  describeVersionsOfNodes(apps);
  describeVersionsOfNodes(keys);
}

export function describeRevocations(harness: Harness<Backend>): void {
  describe('revocations', () => {
    const relay = useBackend(harness);

    it('keep the latest time of each name over restarts', async () => {
      const { revocations } = relay.backend;
      await Promise.all([
        revocations.put('__proto__', 100, 1000),
        revocations.put('phone', 100, 1000),
        revocations.put('phone', 200, 1000),
      ]);
      await relay.reopen();
      expect(await relay.backend.revocations.load()).to.deep.equal(
        new Map([
          ['__proto__', 100],
          ['phone', 200],
        ]),
      );
    });

    it('are told when they are durable', async () => {
      const told: unknown[] = [];
      relay.backend.revocations.onChange((...change) => told.push(change));
      await relay.backend.revocations.put('phone', 100, 1000);
      expect(told).to.deep.equal([['phone', 100]]);
    });

    it('drop entries older than they have to be kept', async () => {
      const { revocations } = relay.backend;
      await revocations.put('old', 100, 1000);
      await revocations.put('edge', 101, 1000);
      await revocations.put('new', 1101, 1000);
      expect([...(await revocations.load()).keys()]).to.deep.equal(['edge', 'new']);
    });
  });
}

export function describeSecrets(harness: Harness<Backend>): void {
  describe('secrets', () => {
    const relay = useBackend(harness);

    it('are made once and kept', async () => {
      let made = 0;
      const make = () => `secret ${++made}`;
      const found = await Promise.all([
        relay.backend.secrets.get('token', make),
        relay.backend.secrets.get('token', make),
        relay.backend.secrets.get('__proto__', make),
      ]);
      const [token, same, other] = found;
      expect([token, other]).to.satisfy((all: string[]) => all.every((text) => /^secret \d$/.test(text)));
      expect([same === token, other === token]).to.deep.equal([true, false]);
      if (harness.callsAgain !== true) expect(made).to.equal(2);
      await relay.reopen();
      expect(await relay.backend.secrets.get('__proto__', make)).to.equal(other);
      expect(await relay.backend.secrets.get('toString', make)).not.to.be.oneOf(found);
    });

    it('are replaced together, by whoever knows what one of them was, and everyone is told', async () => {
      const { secrets } = relay.backend;
      let told = 0;
      secrets.onReplaced(() => {
        told += 1;
      });
      await secrets.get('token', () => 'one');
      await secrets.get('other', () => 'kept');
      expect(await secrets.replace('token', 'wrong', { token: 'x', more: 'x' })).to.equal(false);
      expect([await secrets.find('token'), await secrets.find('more')]).to.deep.equal(['one', undefined]);
      expect(await secrets.replace('token', 'one', { token: 'two', more: 'new' })).to.equal(true);
      await eventually('it is told', () => told > 0);
      expect(await secrets.replace('token', 'one', { token: 'three' })).to.equal(false);
      const kept = () => relay.backend.secrets;
      const all = async () => [await kept().find('token'), await kept().find('more'), await kept().find('other')];
      expect(await all()).to.deep.equal(['two', 'new', 'kept']);
      await relay.reopen();
      expect(await all()).to.deep.equal(['two', 'new', 'kept']);
      expect(await kept().get('token', () => 'another')).to.equal('two');
    });
  });
}

export function describeBus(harness: Harness<Backend>): void {
  describe('bus', () => {
    const relay = useBackend(harness);

    it('brings envelopes to the node that published them, in order, until it leaves', async () => {
      const seen: unknown[] = [];
      const leave = relay.backend.bus.subscribe((envelope) => seen.push(envelope.channels[0]));
      const app = createApp({ id: 'shop', keys: [] });
      const event = { type: 'event', name: 'n', data: '' } as const;
      const publish = (channel: string) =>
        relay.backend.bus.publish({ app: 'shop', channels: [channel], events: [event] });
      // Where nodes share a backend, only those with subscribers are told.
      for (const channel of ['a', 'b', 'c']) await relay.backend.occupancy?.join(app, channel, '1.1', undefined, false);
      for (const channel of ['a', 'b']) await publish(channel);
      leave();
      await publish('c');
      expect(seen).to.deep.equal(['a', 'b']);
    });
  });
}
