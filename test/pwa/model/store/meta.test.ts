import { expect } from 'chai';
import {
  checkSettings,
  DEFAULT_SETTINGS,
  moveCursors,
  readCursors,
  readSettings,
  setWantsPush,
  wantsPush,
  writeSettings,
} from '../../../../pwa/src/model/store/meta.ts';
import { account, openStore } from '../../support/store.ts';

describe('checkSettings', () => {
  const cases: [unknown, object][] = [
    [undefined, {}],
    ['text', {}],
    [[], {}],
    [
      { theme: 'dark', language: 'zh', mutedUntil: 5 },
      { theme: 'dark', language: 'zh', mutedUntil: 5 },
    ],
    [{ theme: 'neon', language: 'xx', mutedUntil: '5' }, {}],
    [{ mutedUntil: Number.NaN }, {}],
    [{ theme: 'light', other: true }, { theme: 'light' }],
  ];
  for (const [given, expected] of cases) {
    it(`reads ${JSON.stringify(given)}`, () => {
      expect(checkSettings(given)).to.deep.equal({ ...DEFAULT_SETTINGS, ...expected });
    });
  }
});

describe('stored values', () => {
  it('are the defaults before anything is stored', async () => {
    const database = await openStore();
    expect(await readSettings(database)).to.deep.equal(DEFAULT_SETTINGS);
    expect(await wantsPush(database)).to.equal(false);
    expect(await readCursors(database, 'a')).to.equal(undefined);
  });

  it('come back as they were stored', async () => {
    const database = await openStore();
    await writeSettings(database, { theme: 'dark', language: 'en', mutedUntil: 7 });
    await setWantsPush(database, true);
    expect(await readSettings(database)).to.deep.equal({ theme: 'dark', language: 'en', mutedUntil: 7 });
    expect(await wantsPush(database)).to.equal(true);
    await setWantsPush(database, false);
    expect(await wantsPush(database)).to.equal(false);
  });

  it('are checked when they are read', async () => {
    const database = await openStore();
    await database.put('meta', { last: '../x', oldest: 7, complete: 'yes', reads: 'many' }, 'cursors:a');
    expect(await readCursors(database, 'a')).to.deep.equal({ last: '0', oldest: '0', complete: false, reads: 0 });
    await database.put('meta', 'broken', 'cursors:a');
    expect(await readCursors(database, 'a')).to.equal(undefined);
  });
});

describe('moveCursors', () => {
  it('changes some cursors and leaves the others', async () => {
    const database = await openStore();
    await moveCursors(database, account(), () => ({ last: '7' }));
    await moveCursors(database, account(), ({ last }) => ({ oldest: last, complete: true }));
    expect(await readCursors(database, 'a')).to.deep.equal({ last: '7', oldest: '7', complete: true, reads: 0 });
  });

  it('does nothing if the account was removed or paired again in the meantime', async () => {
    const database = await openStore([account({ addedAt: 2 })]);
    await moveCursors(database, account({ addedAt: 1 }), () => ({ last: '7' }));
    await moveCursors(database, account({ id: 'gone' }), () => ({ last: '7' }));
    expect(await readCursors(database, 'a')).to.equal(undefined);
    expect(await readCursors(database, 'gone')).to.equal(undefined);
  });
});
