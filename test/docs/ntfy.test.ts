import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { ntfyConfig } from '../../server/dialects/ntfy/config.ts';
import { makeKey } from '../dialects/key-senders.ts';
import { linesOf, start } from '../support/blocks.ts';
import { eventually } from '../support/eventually.ts';
import { describePage } from '../support/page.ts';

describePage(
  'docs/ntfy',
  {
    variables: async (relay) => ({
      KEY: await makeKey(relay, { name: 'nas', send: ['alerts', 'phone'], receive: ['alerts'] }),
    }),
    steps: {
      publish: async ({ play }) => void expect(JSON.parse(await play()).topic).to.equal('alerts'),
      json: async ({ play }) => void expect(JSON.parse(await play()).topic).to.equal('alerts'),
      listen: async ({ code, variables, dir }) => {
        const lines: string[] = [];
        linesOf(start(code, variables, dir).stdout).on('line', (line) => lines.push(line));
        await eventually('both messages are shown', () => lines.length === 3);
        expect(lines[2]).to.include('Disk full');
      },
    },
  },
  (page) => {
    it('tells the limit that there is', async () => {
      const { messageSizeLimit } = ntfyConfig.parse(undefined);
      expect(await readFile(page.english, 'utf8')).to.include(`${messageSizeLimit.toLocaleString('en')} bytes`);
    });
  },
);
