import { expect } from 'chai';
import { createKeyEnds, newKey, retire } from '../../server/apps/key-rotation.ts';
import { createApp } from '../../server/channel/app.ts';
import { createApps } from '../../server/channel/apps.ts';
import { fakeClock } from '../support/clock.ts';

const NOW = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const key = (name: string, until?: number) => ({
  key: name,
  secret: 's',
  active: true,
  ...(until === undefined ? {} : { until }),
});

describe('newKey', () => {
  it('is good, and like no other', () => {
    const keys = Array.from({ length: 100 }, newKey);
    expect(new Set(keys.map(({ key }) => key)).size).to.equal(100);
    expect(new Set(keys.map(({ secret }) => secret)).size).to.equal(100);
    for (const one of keys) expect(one).to.include({ active: true });
  });
});

describe('retire', () => {
  const plain = { key: 'k', secret: 's', active: true };

  it('gives keys an end, and none a later one than it has', () => {
    const soon = new Date(NOW + 1).toISOString();
    const late = new Date(NOW + 2 * DAY).toISOString();
    const kept = retire([plain, { ...plain, until: soon }, { ...plain, until: late }], NOW, DAY);
    expect(kept.map(({ until }) => until)).to.deep.equal([
      '2026-01-02T00:00:00.000Z',
      soon,
      '2026-01-02T00:00:00.000Z',
    ]);
  });

  it('drops keys that are not active', () => {
    const past = new Date(NOW).toISOString();
    expect(
      retire(
        [
          { ...plain, until: past },
          { ...plain, active: false },
        ],
        NOW,
        DAY,
      ),
    ).to.deep.equal([]);
    expect(retire([plain], NOW, 0)).to.deep.equal([]);
  });
});

describe('createKeyEnds', () => {
  it('takes each key out of its app when its time has come, however far off that is', async () => {
    const clock = fakeClock(NOW);
    const apps = createApps([
      createApp({ id: 'a', keys: [key('first', NOW + 60 * DAY), key('second', NOW + DAY), key('last')] }),
      createApp({ id: 'b', keys: [key('other', NOW + 2 * DAY)] }),
    ]);
    const changes: string[] = [];
    apps.onChange((id, app) => changes.push(`${id} ${app?.keys.map((one) => one.key)}`));
    createKeyEnds({ apps, clock }).watch();
    await clock.tick(DAY - 1);
    expect(apps.byKey('second')?.id).to.equal('a');
    await clock.tick(1);
    expect(apps.byKey('second')).to.equal(undefined);
    await clock.tick(DAY);
    expect(apps.byKey('other')).to.equal(undefined);
    await clock.tick(58 * DAY - 1);
    expect(apps.byKey('first')?.id).to.equal('a');
    await clock.tick(1);
    expect(changes).to.deep.equal(['a first,last', 'b ', 'a last']);
  });

  it('ends nothing any more once it was closed', async () => {
    const clock = fakeClock(NOW);
    const apps = createApps([createApp({ id: 'a', keys: [key('k', NOW + DAY)] })]);
    const ends = createKeyEnds({ apps, clock });
    ends.watch();
    ends.close();
    await clock.tick(2 * DAY);
    expect(apps.byKey('k')?.id).to.equal('a');
  });
});
