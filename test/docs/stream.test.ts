import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { streamsConfig } from '../../server/dialects/kit/stream-config.ts';
import { linesOf, start } from '../support/blocks.ts';
import { eventually } from '../support/eventually.ts';
import { describePage, type Line } from '../support/page.ts';
import { type World, world } from '../world.ts';

const history = async (relay: World) => (await relay.request('/v1/devices/phone/messages')).json.messages;

/** Starts a line that goes on, and waits until it shows the last message. */
async function showsTheMessage({ code, relay, variables, dir }: Line): Promise<void> {
  const { mid } = (await history(relay)).at(-1);
  const lines: string[] = [];
  linesOf(start(code, variables, dir).stdout).on('line', (line) => lines.push(line));
  await eventually('the message is shown', () => lines.some((line) => line.includes(mid)));
}

describePage(
  'docs/stream',
  {
    relay: async () => {
      const relay = await world();
      (await relay.device('phone')).ws.terminate();
      await relay.request('/phone.send?text=hello&wait=0');
      return relay;
    },
    variables: async (relay) => ({ ID: (await history(relay)).at(-1).id }),
    steps: {
      stream: showsTheMessage,
      lines: showsTheMessage,
      ack: async ({ play }) => void expect(JSON.parse(await play())).to.have.property('acknowledged', true),
    },
  },
  (page) => {
    it('tells the limits that there are', async () => {
      const text = await readFile(page.english, 'utf8');
      const { maxListeners, maxListenersPerAddress, maxBuffered } = streamsConfig.parse(undefined);
      for (const shown of [
        `${maxListeners.toLocaleString('en')} (\`streams.maxListeners\`)`,
        `${maxListenersPerAddress} (\`streams.maxListenersPerAddress\`)`,
        `${maxBuffered / 2 ** 20} MiB (\`streams.maxBuffered\`)`,
      ])
        expect(text).to.include(shown);
    });
  },
);
