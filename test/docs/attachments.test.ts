import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { describePage, type Line } from '../support/page.ts';
import type { World } from '../world.ts';

const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(60)]);

async function lastMessage(relay: World): Promise<{ text: string; attachment: Record<string, unknown> }> {
  const { text, extra } = (await relay.request('/v1/devices/phone/messages')).json.messages.at(-1).message;
  const { url, expires, ...attachment } = extra.attachment;
  return { text, attachment };
}

const photo = { name: 'photo.png', type: 'image/png', size: 68 };
const log = { name: 'build.log', type: 'text/plain; charset=utf-8', size: 6 };
const without = ({ url, expires, ...facts }: Record<string, unknown>) => facts;

describePage('docs/attachments', {
  steps: {
    form: async ({ play, relay, dir }: Line) => {
      await writeFile(join(dir, 'photo.png'), PNG);
      await writeFile(join(dir, 'build.log'), 'error\n');
      await play();
      expect(await lastMessage(relay)).to.deep.equal({ text: 'Front door', attachment: photo });
    },
    raw: async ({ play, relay }) => {
      await play();
      expect(await lastMessage(relay)).to.deep.equal({ text: 'Build failed', attachment: log });
    },
    attach: async ({ play, relay }) => {
      await play();
      expect(await lastMessage(relay)).to.deep.equal({ text: 'Radar', attachment: { name: 'radar.png' } });
    },
    upload: async ({ play, block }) => {
      const [told, shown] = [await play(), block('reply: upload')].map((text) => JSON.parse(text));
      expect(without(told)).to.deep.equal(without(shown));
      const ending = ({ url }: { url: string }) => url.replace(/^https?:\/\/[^/]+\/file\/\w{32}/, '');
      expect(ending(told)).to.equal(ending(shown));
    },
  },
});
