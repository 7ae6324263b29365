// A disk that is full while devices register: report 48.
import { expect } from 'chai';
import { backends } from '../../server/backends/index.ts';
import { silentLogger } from '../../server/base/logger.ts';
import { startRelay } from '../../server/compose.ts';
import { configSchema } from '../../server/config/schema.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { connect } from '../support/socket.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN } from '../world.ts';

const full = () => Promise.reject(Object.assign(new Error('write /var/lib/herald/x'), { code: 'ENOSPC' }));

/** A relay whose registry can be filled up. */
async function relayOnFullDisk() {
  const dir = await tempDir();
  const embedded = await backends.embedded({ dir, logger: silentLogger });
  let isFull = true;
  const { devices } = embedded;
  const backend = {
    ...embedded,
    devices: {
      ...devices,
      put: (device: Parameters<typeof devices.put>[0]) => (isFull ? full() : devices.put(device)),
    },
  };
  const config = configSchema.parse({ token: TOKEN, http: { host: '127.0.0.1', port: 0 }, storage: { dir } });
  const relay = await startRelay({ config, clock: fakeClock(), logger: silentLogger, version: 'test', backend });
  onCleanup(() => relay.close());
  const ask = async (path: string, init: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${relay.ports.http}${path}`, { method: 'POST', ...init });
    return { status: response.status, json: (await response.json()) as Record<string, string> };
  };
  return {
    relay,
    ask,
    makeRoom: () => {
      isFull = false;
    },
  };
}

const WORDS = 'the relay cannot store this: the disk is full';

describe('a full disk', () => {
  it('keeps the pairing code, and is named in the answer', async () => {
    const { ask, makeRoom, relay } = await relayOnFullDisk();
    const { code } = (await ask('/v1/pairings', { headers: { authorization: TOKEN } })).json;
    const pair = () => ask(`/v1/pairings/${code}`, { body: JSON.stringify({ name: 'phone' }) });
    const refused = await pair();
    expect([refused.status, refused.json['error'], refused.json['code']]).to.deep.equal([503, WORDS, 'unavailable']);
    expect(relay.devices()).to.deep.equal([]);
    makeRoom();
    expect((await pair()).status).to.equal(201);
    expect((await pair()).status).to.equal(404);
  });

  it('is named to a device that authenticates', async () => {
    const { relay } = await relayOnFullDisk();
    const socket = await connect(`ws://127.0.0.1:${relay.ports.websocket}/`);
    socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'phone' } });
    expect(await socket.packet('INFO')).to.deep.include({ data: WORDS });
  });
});
