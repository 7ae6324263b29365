import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkPush } from '../../../server/cli/doctor/push.ts';
import { configSchema } from '../../../server/config/schema.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { pushService } from '../../transports/webpush/fixtures.ts';

/** A config whose data directory has devices with these endpoints. */
async function configWith(endpoints: readonly string[], more: object = {}) {
  const dir = await tempDir();
  const devices = endpoints.map((endpoint, index) => ({
    name: `phone${index}`,
    groups: [],
    routes: { webpush: { endpoint } },
    createdAt: 0,
    secured: true,
  }));
  await writeFile(join(dir, 'registry.json'), JSON.stringify({ version: 1, devices, revoked: {} }));
  return configSchema.parse({ storage: { dir }, ...more });
}

const { signal } = new AbortController();

describe('checkPush', () => {
  it('tries each push service of the devices once', async () => {
    const service = await pushService();
    const endpoint = `${service.endpointOrigin}/wpush/v2/x`;
    const found = await checkPush(await configWith([endpoint, endpoint]), signal, service.caPem);
    expect(found).to.deep.equal([{ check: 'push', state: 'ok', text: `${service.endpointOrigin} can be reached` }]);
  });

  it('says why one cannot be reached, and what to do', async () => {
    const service = await pushService();
    const config = await configWith([service.endpointOrigin, 'https://127.0.0.1:1/x']);
    const found = await checkPush(config, signal);
    expect(found.map(({ state }) => state)).to.deep.equal(['problem', 'problem']);
    expect(found[1]?.text).to.match(/^https:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
    expect(found[1]?.advice).to.contain('webpush.proxy');
  });

  it('has nothing to try without devices, without web push, or without a registry', async () => {
    for (const config of [
      await configWith([]),
      await configWith(['https://127.0.0.1:1/x'], { webpush: { enabled: false } }),
      configSchema.parse({ storage: { dir: await tempDir() } }),
    ]) {
      expect(await checkPush(config, signal)).to.deep.equal([
        { check: 'push', state: 'skipped', text: 'no device gets pushes yet' },
      ]);
    }
  });
});
