import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';
import { createApp } from '../../server/channel/app.ts';
import { createApps } from '../../server/channel/apps.ts';

const key = (name: string, active = true) => ({ key: name, secret: `secret of ${name}`, active });
const app = (id: string, ...names: string[]) => createApp({ id, keys: names.map((name) => key(name)) });

describe('createApps', () => {
  it('finds an app by id and by each of its active keys', () => {
    const one = createApp({ id: '1', keys: [key('old', false), key('new'), key('newer')] });
    const apps = createApps([one, app('2', 'other')]);
    expect(apps.byId('1')).to.equal(one);
    expect(apps.byKey('new')).to.equal(one);
    expect(apps.byKey('newer')).to.equal(one);
    expect(apps.byKey('old')).to.equal(undefined);
    expect(apps.list().map(({ id }) => id)).to.deep.equal(['1', '2']);
  });

  it('takes and loses apps while it runs', () => {
    const apps = createApps();
    const one = app('1', 'k');
    expect(apps.add(one)).to.deep.equal({ ok: true });
    expect(apps.remove('1')).to.equal(one);
    expect(apps.byId('1')).to.equal(undefined);
    expect(apps.byKey('k')).to.equal(undefined);
    expect(apps.remove('1')).to.equal(undefined);
    expect(apps.add(app('2', 'k'))).to.deep.equal({ ok: true });
  });

  it('refuses a second app with an id or a key that is in use, and changes nothing', () => {
    const apps = createApps([createApp({ id: '1', keys: [key('k'), key('retired', false)] })]);
    expect(apps.add(app('1', 'x'))).to.deep.equal({ ok: false, reason: 'id_taken' });
    expect(apps.add(app('2', 'x', 'k'))).to.deep.equal({ ok: false, reason: 'key_taken' });
    expect(apps.add(app('2', 'retired'))).to.deep.equal({ ok: false, reason: 'key_taken' });
    expect(apps.add(app('2', 'x', 'x'))).to.deep.equal({ ok: false, reason: 'key_taken' });
    expect(apps.list()).to.have.length(1);
    expect(apps.byKey('x')).to.equal(undefined);
  });

  it('throws for a list that contradicts itself, naming the app', () => {
    expect(() => createApps([app('1', 'k'), app('2', 'k')])).to.throw(RelayError, 'a key of app "2"');
    expect(() => createApps([app('1', 'k'), app('1', 'l')])).to.throw(RelayError, 'the id of app "1"');
  });

  it('tells of every app that is added, replaced or removed, until the listener is gone', () => {
    const apps = createApps([app('1', 'k')]);
    const told: [string, unknown][] = [];
    const stop = apps.onChange((id, changed) => told.push([id, changed]));
    const [second, third] = [app('2', 'l'), app('2', 'm')];
    apps.add(second);
    apps.add(app('3', 'l'));
    apps.replace(third);
    apps.replace(app('3', 'x'));
    apps.remove('2');
    apps.remove('2');
    stop();
    apps.remove('1');
    expect(told).to.deep.equal([
      ['2', second],
      ['2', third],
      ['2', undefined],
    ]);
  });

  it('frees the keys that an app has no longer, and keeps those that it still has', () => {
    const apps = createApps([app('1', 'k', 'l')]);
    const changed = app('1', 'l', 'm');
    expect(apps.replace(changed)).to.equal(true);
    expect(['k', 'l', 'm'].map((one) => apps.byKey(one))).to.deep.equal([undefined, changed, changed]);
    expect(apps.add(app('2', 'k'))).to.deep.equal({ ok: true });
    expect(apps.replace(app('1', 'k'))).to.equal(false);
    expect(apps.byId('1')).to.equal(changed);
  });

  it('takes __proto__ for a name like any other', () => {
    const apps = createApps();
    expect(apps.byId('__proto__')).to.equal(undefined);
    expect(apps.byKey('__proto__')).to.equal(undefined);
    const odd = app('__proto__', '__proto__');
    apps.add(odd);
    expect(apps.byId('__proto__')).to.equal(odd);
    expect(apps.byKey('__proto__')).to.equal(odd);
  });
});
