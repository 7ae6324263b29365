import { expect } from 'chai';
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
    });
    expect(measured).to.deep.equal([
      { id: 'chat', connections: 3, channels: 2 },
      { id: 'idle', connections: 0, channels: 0 },
      { id: 'gusher:x', connections: 1, channels: 1 },
    ]);
  });
});
