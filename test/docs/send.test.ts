import { expect } from 'chai';
import { loadEmoji } from '../../pwa/src/model/message/emoji.ts';
import { parseMessage } from '../../pwa/src/model/message/parse.ts';
import { describePage, type Line, sent } from '../support/page.ts';

/** Runs a line, and returns the message as a page shows it. */
async function shown({ play, relay }: Line) {
  await loadEmoji();
  await play();
  const local = { accountId: 'a', read: false, pinned: false, arrivedAt: 0 };
  return parseMessage(await sent(relay), local, 'https://herald.example.com/');
}

async function message({ play, relay }: Line) {
  await play();
  return (await sent(relay)).message;
}

describePage('docs/send', {
  steps: {
    form: async (line) => void expect(await message(line)).to.include({ text: 'Backup', desp: '42 GB & no errors' }),
    json: async (line) => void expect((await message(line)).extra).to.deep.equal({ scheme: 'https://example.com/' }),
    text: async (line) => void expect((await message(line)).desp).to.include('Filesystem'),
    group: async (line) => void expect((await message(line)).text).to.equal('Dinner'),
    extras: async (line) => {
      const facts = { priority: 5, tags: ['🚨', 'storage'], click: 'https://example.com/disk' };
      expect(await shown(line)).to.deep.include(facts);
      expect((await sent(line.relay)).message.extra).to.have.property('key', 'disk');
    },
    actions: async (line) => {
      const { actions } = await shown(line);
      expect(actions.map(({ kind }) => kind)).to.deep.equal(['open', 'copy', 'http']);
    },
    plain: async (line) => void expect(await shown(line)).to.include({ markdown: false, body: '**not bold**' }),
  },
});
