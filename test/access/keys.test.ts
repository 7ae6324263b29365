import { expect } from 'chai';
import type { KeyRecord } from '../../server/access/key-record.ts';
import { type ConfiguredKey, createKeys } from '../../server/access/keys.ts';
import { RelayError } from '../../server/base/errors.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';
import { createSharedStore } from '../support/shared-store.ts';

const TEXT = 'a-long-text-of-mine';

function setUp({ configured = [] as readonly ConfiguredKey[], initial = [] as readonly KeyRecord[] } = {}) {
  const clock = fakeClock();
  const shared = createSharedStore<KeyRecord>(({ name }) => name, initial);
  const { logger } = recordingLogger();
  const node = async (config = configured) => {
    const store = shared.node();
    const keys = await createKeys({ store, configured: config, clock, logger });
    const ended: string[] = [];
    keys.onEnded((name) => ended.push(name));
    return { keys, store, ended };
  };
  return { clock, shared, node };
}

describe('Keys.create', () => {
  it('makes a key that is found by its text, once or twice, and by nothing else', async () => {
    const { node, shared } = setUp();
    const { keys } = await node();
    const { key, text } = await keys.create('nas', { device: 'phone' });
    expect(text).to.match(/^A[A-Za-z0-9]{14}$/);
    for (const shown of [text, text + text]) expect(keys.find(shown)?.key).to.equal(key);
    for (const shown of ['', 'nas', text.slice(1), `${text}x`, text.toLowerCase(), `${text}${text}${text}`]) {
      expect(keys.find(shown), shown).to.equal(undefined);
    }
    expect(JSON.stringify([...shared.records])).not.to.include(text);
  });

  it('gives each a number that no other ever has, on any node and after removals', async () => {
    const { node } = setUp();
    const [one, two] = [await node(), await node()];
    const made = await Promise.all([
      one.keys.create('a', {}),
      two.keys.create('b', {}),
      one.keys.create('c', {}),
      two.keys.create('d', {}),
    ]);
    await one.keys.catchUp();
    await one.keys.remove('d');
    const later = await two.keys.create('d', {});
    const numbers = [...made, later].map(({ key }) => key.number);
    expect(new Set(numbers).size).to.equal(5);
    expect(Math.min(...numbers)).to.equal(2);
    expect(later.key.number).to.equal(Math.max(...numbers));
  });

  it('gives a name to one of two that want it at once', async () => {
    const { node } = setUp();
    const [one, two] = [await node(), await node()];
    const results = await Promise.allSettled([one.keys.create('a', {}), two.keys.create('a', {})]);
    expect(results.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
    const { text } = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))[0] ?? {};
    await eventually('both know it', () => [one, two].every(({ keys }) => keys.find(text ?? '') !== undefined));
  });

  it('says by the first letter what a key is for', async () => {
    const { keys } = await setUp().node();
    const texts = await Promise.all([
      keys.create('sends', { device: 'a' }),
      keys.create('receives', { receive: ['a'], send: [] }),
      keys.create('has nowhere to send', { receive: ['a'] }),
      keys.create('sends to a group', { group: 'a' }),
      keys.create('as ntfy has it', { device: 'a' }, 'tk_'),
    ]);
    expect(texts.map(({ text }) => text.replace(/^(tk_|.).*$/, '$1'))).to.deep.equal(['A', 'C', 'C', 'A', 'tk_']);
    expect(texts[4]?.text).to.match(/^tk_[a-z0-9]{29}$/);
  });
});

describe('Keys.onEnded', () => {
  it('tells every node when a key loses something, and of nothing else', async () => {
    const { node } = setUp();
    const [one, two] = [await node(), await node()];
    const { key } = await one.keys.create('a', { device: 'phone', receive: ['phone'] });
    const steps: readonly (readonly [string, () => Promise<unknown>, number])[] = [
      ['priority', () => one.keys.change('a', (settings) => ({ ...settings, priority: 5 })), 0],
      ['a use', () => one.keys.used('a', () => ({}) as never), 0],
      ['receive', () => one.keys.change('a', (settings) => ({ ...settings, receive: ['other'] })), 1],
      ['off', () => one.keys.change('a', (settings) => ({ ...settings, enabled: false })), 1],
      ['on', () => one.keys.change('a', (settings) => ({ ...settings, enabled: true })), 0],
      ['a text that is kept', () => one.keys.rotate('a', 1000), 0],
      ['no older text', () => one.keys.rotate('a', 0), 1],
      ['removed', () => one.keys.remove('a'), 1],
    ];
    for (const [what, step, count] of steps) {
      for (const { ended } of [one, two]) ended.length = 0;
      await step();
      await two.keys.catchUp();
      expect([one.ended.length, two.ended.length], what).to.deep.equal([count, count]);
    }
    expect(key.name).to.equal('a');
  });

  it('tells when a key expires, and when an older text does', async () => {
    const { node, clock } = setUp();
    const { keys, ended } = await node();
    const { text } = await keys.create('a', { device: 'phone', expires: clock.now() + 3000 });
    const shown = keys.find(text);
    shown?.check();
    await keys.rotate('a', 1000);
    expect(ended).to.deep.equal([]);
    await clock.tick(1000);
    expect([ended, keys.find(text)]).to.deep.equal([['a'], undefined]);
    expect(() => shown?.check()).to.throw(RelayError, 'this key has ended');
    await clock.tick(2000);
    expect(ended).to.deep.equal(['a', 'a']);
  });

  it('waits for an end that is further away than a timer can wait', async () => {
    const { node, clock } = setUp();
    const { keys, ended } = await node();
    const far = 60 * 24 * 3_600_000;
    await keys.create('a', { device: 'phone', expires: clock.now() + far });
    await clock.tick(far - 1);
    expect(ended).to.deep.equal([]);
    await clock.tick(1);
    expect(ended).to.deep.equal(['a']);
  });
});

describe('a text that was shown', () => {
  it('counts no longer for a key of the same name that was made later', async () => {
    const { keys } = await setUp().node();
    const shown = keys.find((await keys.create('a', {})).text);
    await keys.remove('a');
    await keys.create('a', {});
    expect(() => shown?.check()).to.throw('this key has ended');
  });
});

describe('a key that was made with another one', () => {
  it('ends with it, on every node, and has its rate', async () => {
    const { node, clock } = setUp();
    const [one, two] = [await node(), await node()];
    const rate = { perMinute: 60, burst: 2 };
    const { key: first } = await one.keys.create('first', { device: 'phone', rate });
    const { key, text } = await one.keys.create('second', { device: 'phone', rate }, 'tk_', first);
    // One that was made with this one belongs to the first one, too.
    const { text: third } = await one.keys.create('third', { device: 'phone', rate }, 'tk_', key);
    const other = await one.keys.create('other', { device: 'phone', rate });
    expect([key.limit === first.limit, other.key.limit === first.limit]).to.deep.equal([true, false]);
    await two.keys.catchUp();
    const found = () => [one, two].flatMap(({ keys }) => [text, third].map((shown) => keys.find(shown) !== undefined));
    const shown = two.keys.find(third);
    expect(found()).to.deep.equal([true, true, true, true]);
    await one.keys.change('first', (settings) => ({ ...settings, enabled: false }));
    await two.keys.catchUp();
    expect(found()).to.deep.equal([false, false, false, false]);
    expect(() => shown?.check()).to.throw(RelayError, 'this key has ended');
    expect(two.ended).to.have.members(['first', 'second', 'third']);
    await one.keys.change('first', ({ enabled: _, ...settings }) => ({ ...settings, expires: clock.now() + 1000 }));
    await two.keys.catchUp();
    expect(found()).to.deep.equal([true, true, true, true]);
    two.ended.length = 0;
    await clock.tick(1000);
    expect(found()).to.deep.equal([false, false, false, false]);
    expect(two.ended).to.have.members(['first', 'second', 'third']);
    const again = await node();
    expect(again.keys.get('third')?.limit).to.equal(again.keys.get('first')?.limit);
    await one.keys.remove('first');
    await two.keys.catchUp();
    expect(two.keys.list().map(({ name }) => name)).to.deep.equal(['other']);
  });

  it('is one of twenty at most', async () => {
    const { keys } = await setUp().node();
    const { key } = await keys.create('first', { device: 'phone' });
    for (let n = 0; n < 20; n += 1) await keys.create(`made ${n}`, { device: 'phone' }, 'tk_', key);
    const { code } = (await rejection(keys.create('one more', { device: 'phone' }, 'tk_', key))) as RelayError;
    expect(code).to.equal('too_many');
    await keys.remove('made 7');
    await keys.create('one more', { device: 'phone' }, 'tk_', key);
  });
});

describe('Keys.rotate', () => {
  it('keeps five texts at most, the newest first', async () => {
    const { keys } = await setUp().node();
    const texts = [(await keys.create('a', { device: 'x' })).text];
    for (let count = 0; count < 6; count += 1) texts.push((await keys.rotate('a', 1000)).text);
    expect(texts.map((text) => keys.find(text) !== undefined)).to.deep.equal([
      false,
      false,
      true,
      true,
      true,
      true,
      true,
    ]);
  });
});

describe('keys of the config', () => {
  const configured = [{ name: 'mine', key: TEXT, device: 'phone' }];

  it('are found by their text, have a number that stays, and cannot be changed', async () => {
    const { node, shared } = setUp({ configured });
    const { keys } = await node();
    const found = keys.find(TEXT)?.key;
    expect(found).to.deep.include({ name: 'mine', isConfigured: true, settings: { device: 'phone' } });
    expect(JSON.stringify([...shared.records])).not.to.include(TEXT);
    const changes = [keys.change('mine', (settings) => settings), keys.rotate('mine', 0), keys.remove('mine')];
    for (const change of changes) {
      expect(await rejection(change)).to.include({ code: 'forbidden', message: 'the key mine is set in the config' });
    }
    expect((await rejection(keys.create('mine', {}))).message).to.equal('there is a key mine already');
    const again = await node();
    expect(again.keys.get('mine')?.number).to.equal(found?.number);
  });

  it('go before a key of the same name, and end when they leave the config', async () => {
    const { node } = setUp();
    const before = await node([]);
    const { text, key } = await before.keys.create('mine', { device: 'tablet' });
    const { keys } = await node(configured);
    expect([keys.find(text), keys.find(TEXT)?.key.settings]).to.deep.equal([undefined, { device: 'phone' }]);
    expect(keys.get('mine')?.number).to.equal(key.number);
    expect((await node([])).keys.find(TEXT)).to.equal(undefined);
  });

  it('are listed first', async () => {
    const { keys } = await setUp({ configured }).node();
    await keys.create('a', {});
    expect(keys.list().map(({ name }) => name)).to.deep.equal(['mine', 'a']);
  });
});

describe('Keys.change', () => {
  it('builds on what another node has changed', async () => {
    const { node } = setUp();
    const [one, two] = [await node(), await node()];
    await one.keys.create('a', { device: 'phone' });
    await two.keys.catchUp();
    two.store.isBehind = true;
    await one.keys.change('a', (settings) => ({ ...settings, priority: 5 }));
    two.store.isBehind = false;
    const key = await two.keys.change('a', (settings) => ({ ...settings, icon: 'http://host/' }));
    expect(key.settings).to.deep.equal({ device: 'phone', priority: 5, icon: 'http://host/' });
  });

  it('does not lose the rate that is in use unless the rate changes', async () => {
    const { keys } = await setUp().node();
    await keys.create('a', { rate: { perMinute: 1, burst: 1 } });
    const { limit } = keys.get('a') ?? {};
    expect((await keys.change('a', (settings) => ({ ...settings, priority: 1 }))).limit).to.equal(limit);
    const faster = { perMinute: 2, burst: 1 };
    expect((await keys.change('a', (settings) => ({ ...settings, rate: faster }))).limit).not.to.equal(limit);
  });

  it('says that there is no such key', async () => {
    const { keys } = await setUp().node();
    expect(await rejection(keys.change('a', (settings) => settings))).to.include({
      code: 'not_found',
      message: 'there is no key a',
    });
  });
});
