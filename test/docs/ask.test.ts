import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { AnswerInfo } from '../../shared/api.ts';
import { readBlocks, run } from '../support/blocks.ts';
import { forSuite } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, world } from '../world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = ['docs/ask.md', 'docs/ask.zh-CN.md'].map((file) => join(root, file));

describe('docs/ask.md', () => {
  const relay = forSuite(async () => {
    const made = await world();
    await made.device('phone', { acknowledge: true });
    return made;
  });

  async function play(mark: string, more: Readonly<Record<string, string>> = {}) {
    const blocks = new Map((await readBlocks(pages[0] ?? '')).map((block) => [block.mark, block.code]));
    const variables = { HERALD_SERVER: relay().url('').replace(/\/$/, ''), HERALD_TOKEN: TOKEN, ...more };
    const { code, output } = await run(blocks.get(mark) ?? 'false', variables, await tempDir());
    expect(code, mark).to.equal(0);
    return output;
  }

  async function answer(text: string): Promise<void> {
    const open = async () => (await relay().request('/v1/answers?open=1')).json.answers as AnswerInfo[];
    const [question] = await eventually('it is asked', open, { until: (found) => found[0]?.mids.length === 1 });
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ answer: text });
    await relay().request(`/v1/answers/${question?.id}`, { method: 'POST', headers, body });
  }

  /** The names of the fields that a marked reply shows. */
  async function fieldsOf(mark: string): Promise<string[]> {
    const shown = (await readBlocks(pages[0] ?? '')).find((block) => block.mark === mark);
    return Object.keys(JSON.parse(shown?.code ?? ''));
  }

  it('has the same blocks in both languages', async () => {
    const [english, chinese] = await Promise.all(pages.map(readBlocks));
    expect(chinese).to.deep.equal(english);
  });

  it('shows how a script waits for an answer', async () => {
    const asking = play('run: ask');
    await answer('yes');
    expect(await asking).to.equal('deploying\n');
    const reply = play('run: reply');
    await answer('at nine');
    const object = JSON.parse(await reply);
    expect(object.answer).to.equal('at nine');
    expect(Object.keys(object)).to.deep.equal(await fieldsOf('reply: reply'));
    const again = play('run: again');
    await answer('no');
    expect(await again).to.equal('no\n');
    expect(await play('run: again')).to.equal('no\n');
  });

  it('shows how to ask without waiting, and how to answer by the address', async () => {
    const object = JSON.parse(await play('run: later'));
    expect(Object.keys(object)).to.deep.equal(await fieldsOf('reply: later'));
    expect(JSON.parse(await play('run: list')).answers[0]).to.deep.include({
      id: object.id,
      options: ['done', 'later'],
    });
    const { messages } = (await relay().request('/v1/devices/phone/messages')).json;
    const ADDRESS = messages.at(-1).message.extra.answer;
    expect(await play('run: address', { ADDRESS })).to.equal('answered: done, by phone\n');
  });
});
