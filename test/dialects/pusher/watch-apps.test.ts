import { expect } from 'chai';
import { createApp } from '../../../server/channel/app.ts';
import { createApps } from '../../../server/channel/apps.ts';
import { watchApps } from '../../../server/dialects/pusher/watch-apps.ts';

describe('watchApps', () => {
  it('looks at every app now, and at each change', () => {
    const app = (id: string) => createApp({ id, keys: [] });
    const apps = createApps([app('1'), app('2')]);
    const seen: string[] = [];
    watchApps(apps, (id, one) => seen.push(`${id} ${one?.enabled ?? 'gone'}`));
    apps.add(app('3'));
    apps.replace({ ...app('1'), enabled: false });
    apps.remove('2');
    expect(seen).to.deep.equal(['1 true', '2 true', '3 true', '1 false', '2 gone']);
  });
});
