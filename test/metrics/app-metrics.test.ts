import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';
import { createApp } from '../../server/channel/app.ts';
import type { OpenDialect } from '../../server/dialects/kit/open.ts';
import { readAppMetrics } from '../../server/metrics/app-metrics.ts';

const dialect = (name: string, counts?: readonly [string, number][]): OpenDialect => ({
  name,
  paths: { socket: [] },
  running: counts === undefined ? {} : { connections: () => counts },
});

describe('readAppMetrics', () => {
  it('has every known app, and those that only a dialect knows', async () => {
    const occupied: Record<string, string[]> = { chat: ['a', 'b'], 'gusher:x': ['all'] };
    const measured = await readAppMetrics({
      apps: { list: () => ['chat', 'idle'].map((id) => createApp({ id, keys: [] })) },
      channels: { occupied: ({ id }) => occupied[id] ?? [] },
      dialects: [dialect('none'), dialect('pusher', [['chat', 3]]), dialect('gusher', [['gusher:x', 1]])],
      redis: undefined,
    });
    expect(measured).to.deep.equal([
      { id: 'chat', connections: 3, channels: 2 },
      { id: 'idle', connections: 0, channels: 0 },
      { id: 'gusher:x', connections: 1, channels: 1 },
    ]);
  });

  it('leaves out channels that cannot be counted', async () => {
    const measured = await readAppMetrics({
      apps: { list: () => [createApp({ id: 'chat', keys: [] })] },
      channels: { occupied: () => Promise.reject(new RelayError('unavailable', 'Redis is unreachable')) },
      dialects: [],
      redis: { countsForAll: () => true },
    });
    expect(measured).to.deep.equal([{ id: 'chat', connections: 0 }]);
  });

  it('leaves the channels of all nodes to one of them', async () => {
    const sources = {
      apps: { list: () => [createApp({ id: 'chat', keys: [] })] },
      channels: { occupied: () => ['a', 'b'] },
      dialects: [],
    };
    const measured = (countsForAll: boolean) =>
      readAppMetrics({ ...sources, redis: { countsForAll: () => countsForAll } });
    expect(await measured(true)).to.deep.equal([{ id: 'chat', connections: 0, channels: 2 }]);
    expect(await measured(false)).to.deep.equal([{ id: 'chat', connections: 0 }]);
  });
});
