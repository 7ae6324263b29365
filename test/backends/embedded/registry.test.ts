import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openRegistry, openSecrets } from '../../../server/backends/embedded/registry.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { rejection } from '../../support/rejection.ts';
import { tempDir } from '../../support/temp-dir.ts';

let dir: string;
beforeEach(async () => {
  dir = await tempDir();
});

const phone = { name: 'phone', groups: ['home'], routes: { webhook: { url: 'x' } }, secured: false, createdAt: 1 };

describe('openRegistry', () => {
  it('writes nothing for a device that is the same, whatever the order of its keys', async () => {
    const { devices } = await openRegistry(dir, silentLogger);
    await devices.put(phone);
    const { ino } = await stat(join(dir, 'registry.json'));
    await devices.put({
      createdAt: 1,
      secured: false,
      routes: { webhook: { url: 'x' } },
      groups: ['home'],
      name: 'phone',
    });
    await devices.remove('tablet');
    expect((await stat(join(dir, 'registry.json'))).ino).to.equal(ino);
  });

  it('keeps a device as it was given, even if the caller changes it later', async () => {
    const { devices } = await openRegistry(dir, silentLogger);
    const groups = ['home'];
    const put = devices.put({ ...phone, groups });
    groups.push('work');
    await put;
    expect(await devices.load()).to.deep.equal([phone]);
  });

  it('writes what people can read and edit', async () => {
    const { devices, revocations } = await openRegistry(dir, silentLogger);
    await devices.put(phone);
    await revocations.put('tablet', 5, 10);
    const text = await readFile(join(dir, 'registry.json'), 'utf8');
    expect(JSON.parse(text)).to.deep.equal({
      version: 1,
      devices: [phone],
      apps: [],
      keys: [],
      revoked: { tablet: 5 },
    });
    expect(text).to.match(/^\{\n {2}"version": 1,\n[\s\S]*\}\n$/);
  });

  it('reads what was written before apps were kept', async () => {
    await writeFile(join(dir, 'registry.json'), JSON.stringify({ version: 1, devices: [phone], revoked: {} }));
    const { devices, apps } = await openRegistry(dir, silentLogger);
    expect([await devices.load(), await apps.load()]).to.deep.equal([[phone], []]);
  });

  it('refuses devices and times of another shape, naming the place', async () => {
    for (const [document, expected] of [
      [{ version: 1, devices: {}, revoked: {} }, 'devices: '],
      [{ version: 1, devices: [{ ...phone, name: 7 }], revoked: {} }, 'devices.0.name: '],
      [{ version: 1, devices: [{ ...phone, groups: 'home' }], revoked: {} }, 'devices.0.groups: '],
      [{ version: 1, devices: [{ ...phone, routes: [] }], revoked: {} }, 'devices.0.routes: '],
      [{ version: 1, devices: [], apps: [{ id: 1, dialect: 'x', settings: 0 }], revoked: {} }, 'apps.0.id: '],
      [{ version: 1, devices: [phone], revoked: { phone: 'now' } }, 'revoked: '],
      [{ version: 1, devices: [phone], revoked: null }, 'revoked: '],
      [{ version: 1, devices: [phone] }, 'revoked: '],
    ] as const) {
      await writeFile(join(dir, 'registry.json'), JSON.stringify(document));
      const error = await rejection(openRegistry(dir, silentLogger));
      expect(error.message).to.contain(expected).and.to.contain(join(dir, 'registry.json'));
    }
  });
});

describe('openSecrets', () => {
  it('keeps secrets apart from the registry', async () => {
    const secrets = await openSecrets(dir, silentLogger);
    await secrets.get('token', () => 'x');
    expect(JSON.parse(await readFile(join(dir, 'keys.json'), 'utf8'))).to.deep.equal({
      version: 1,
      secrets: { token: 'x' },
    });
  });

  it('refuses secrets that are no texts, without showing any', async () => {
    await writeFile(join(dir, 'keys.json'), '{"version":1,"secrets":{"token":"hidden","other":7}}');
    const error = await rejection(openSecrets(dir, silentLogger));
    expect(error.message).to.contain('secrets: expected an object of texts').and.to.not.contain('hidden');
  });
});
