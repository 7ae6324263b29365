import { expect } from 'chai';
import { accountIdOf } from '../../../pwa/src/model/relay/server-url.ts';
import { putMessages } from '../../../pwa/src/model/store/messages.ts';
import { DEFAULT_SETTINGS } from '../../../pwa/src/model/store/meta.ts';
import { exportData, readExport } from '../../../pwa/src/model/transfer.ts';
import { refusalOf } from '../support/page.ts';
import { account, openStore, wire } from '../support/store.ts';

const SERVER = 'https://push.example.org';
const OWN = account({ id: accountIdOf(SERVER), server: SERVER });

const file = (content: unknown) => new Blob([typeof content === 'string' ? content : JSON.stringify(content)]);
const whole = (messages: unknown, change: object = {}) => ({
  format: 'herald-export',
  version: 1,
  messages,
  ...change,
});

describe('exportData', () => {
  it('writes everything except tokens, in a form that can be imported', async () => {
    const database = await openStore([OWN]);
    await putMessages(database, [
      {
        accountId: OWN.id,
        message: wire(1, { message: { text: 'Hello', desp: '**x**', extra: { a: 1 } } }),
        arrivedAt: 5,
      },
      { accountId: OWN.id, message: wire(2), arrivedAt: 6, read: true, pinned: true },
    ]);
    const blob = await exportData(database, [OWN], DEFAULT_SETTINGS);
    const text = await blob.text();
    expect(text).to.not.include('jwt');
    expect(JSON.parse(text)).to.include({ format: 'herald-export', version: 1 });
    const back = await readExport(blob, [OWN]);
    expect(back.map(({ message, read, pinned }) => [message.mid, read, pinned])).to.deep.equal([
      ['2', true, true],
      ['1', false, false],
    ]);
    expect(back[1]?.message.message).to.deep.equal({ text: 'Hello', desp: '**x**', extra: { a: 1 } });
  });

  it('writes each message once, over several batches', async () => {
    const database = await openStore([OWN]);
    const many = Array.from({ length: 2300 }, (_, n) => ({
      accountId: OWN.id,
      message: wire(n + 1),
      arrivedAt: n + 1,
    }));
    await putMessages(database, many);
    const { messages } = JSON.parse(await (await exportData(database, [OWN], DEFAULT_SETTINGS)).text());
    expect(new Set(messages.map((one: { message: { mid: string } }) => one.message.mid)).size).to.equal(2300);
    expect(messages).to.have.length(2300);
  });

  it('leaves out messages of relays that it does not know', async () => {
    const database = await openStore([OWN, account({ id: 'other' })]);
    await putMessages(database, [{ accountId: 'other', message: wire(1), arrivedAt: 1 }]);
    const { messages } = JSON.parse(await (await exportData(database, [OWN], DEFAULT_SETTINGS)).text());
    expect(messages).to.deep.equal([]);
  });
});

describe('readExport', () => {
  const refused: [string, unknown, string][] = [
    ['no JSON', '{', 'import.not_an_export'],
    ['another file', { format: 'other' }, 'import.not_an_export'],
    ['a list', [], 'import.not_an_export'],
    ['an export without messages', whole(undefined), 'import.not_an_export'],
    ['an export without a version', whole([], { version: 'x' }), 'import.not_an_export'],
    ['a later version', whole([], { version: 2 }), 'import.too_new'],
    [
      'messages of other relays only',
      whole([{ server: 'https://other.example', message: wire(1) }]),
      'import.no_account',
    ],
  ];
  for (const [what, content, key] of refused) {
    it(`refuses ${what}`, async () => expect(await refusalOf(readExport(file(content), [OWN]))).to.equal(key));
  }

  it('skips invalid messages', async () => {
    const messages = [
      null,
      'x',
      {},
      { server: SERVER },
      { server: 7, message: wire(1) },
      { server: 'not an address at all', message: wire(1) },
      { server: SERVER, message: { mid: '../x' } },
      { server: `${SERVER}/`, message: wire(2), read: 'yes' },
    ];
    const read = await readExport(file(whole(messages)), [OWN]);
    expect(read.map(({ message, read: isRead }) => [message.mid, isRead])).to.deep.equal([['2', false]]);
  });

  it('refuses a file that is too large before it is read', async () => {
    const large = { size: 300 * 2 ** 20, text: () => Promise.reject(new Error('read')) } as unknown as Blob;
    expect(await refusalOf(readExport(large, [OWN]))).to.equal('import.too_large');
  });
});
