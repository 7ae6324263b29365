import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { backends } from '../server/backends/index.ts';
import { silentLogger } from '../server/base/logger.ts';
import { type Relay, type RelayOptions, startRelay } from '../server/compose.ts';
import { configSchema } from '../server/config/schema.ts';
import { onCleanup } from './support/cleanup.ts';
import { fakeClock } from './support/clock.ts';
import { rejection } from './support/rejection.ts';
import { tempDir } from './support/temp-dir.ts';

type Parts = Record<string, object | string>;

function optionsFor(dir: string, parts: Parts = {}): RelayOptions {
  const { http = {}, ...rest } = parts;
  const config = configSchema.parse({
    ...rest,
    http: { host: '127.0.0.1', port: 0, ...(http as object) },
    storage: { dir },
  });
  return { config, clock: fakeClock(), logger: silentLogger, version: '0.0.0-test' };
}

async function started(dir: string, parts?: Parts): Promise<Relay> {
  const relay = await startRelay(optionsFor(dir, parts));
  onCleanup(() => relay.close());
  return relay;
}

describe('startRelay', () => {
  it('makes a token at the first start, and keeps it', async () => {
    const dir = await tempDir();
    const first = await startRelay(optionsFor(dir));
    expect(first.isTokenNew).to.equal(true);
    expect(first.token).to.match(/^[\w-]{32}$/);
    await first.close();
    const second = await started(dir);
    expect([second.isTokenNew, second.token]).to.deep.equal([false, first.token]);
  });

  it('takes a configured token, which is never new', async () => {
    const relay = await started(await tempDir(), { token: 'configured' });
    expect([relay.isTokenNew, relay.token]).to.deep.equal([false, 'configured']);
  });

  it('has one port for requests and sockets, and one for metrics where the config says so', async () => {
    const { ports } = await started(await tempDir());
    expect(ports.websocket).to.equal(ports.http);
    expect(ports).to.not.have.property('metrics');
    const apart = await started(await tempDir(), { metrics: { enabled: true, port: 0 } });
    expect(apart.ports.metrics).to.be.above(0).and.to.not.equal(apart.ports.http);
  });

  it('makes paths of the page that pair one device each', async () => {
    const relay = await started(await tempDir());
    const paths = [await relay.createPairing(), await relay.createPairing()];
    expect(new Set(paths)).to.have.lengthOf(2);
    for (const path of paths) expect(path).to.match(/^\/#pair=\w+$/);
  });

  it('names its devices in the order in which they were registered', async () => {
    const clients = ['z', 'a'].map((name) => ({ name, url: 'http://127.0.0.1:1/' }));
    const relay = await started(await tempDir(), { webhook: { clients } });
    expect(relay.devices()).to.deep.equal(['z', 'a']);
  });

  it('lets go of the data directory where it cannot start', async () => {
    const dir = await tempDir();
    const { http: taken } = (await started(await tempDir())).ports;
    const error = await rejection(startRelay(optionsFor(dir, { http: { port: taken } })));
    expect(error).to.include({ code: 'EADDRINUSE' });
    await started(dir);
  });

  it('closes the backend that it was given', async () => {
    const dir = await tempDir();
    const backend = await backends.embedded({ dir, logger: silentLogger });
    let closed = 0;
    const watched = {
      ...backend,
      close: () => {
        closed += 1;
        return backend.close();
      },
    };
    const relay = await startRelay({ ...optionsFor(await tempDir()), backend: watched });
    await relay.close();
    expect(closed).to.equal(1);
    expect(existsSync(dir)).to.equal(true);
  });

  it('leaves no timer behind when it is closed', async () => {
    const options = optionsFor(await tempDir());
    const relay = await startRelay(options);
    await relay.close();
    expect((options.clock as ReturnType<typeof fakeClock>).timers()).to.equal(0);
  });
});
