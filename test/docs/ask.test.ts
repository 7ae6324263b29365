import { expect } from 'chai';
import type { AnswerInfo } from '../../shared/api.ts';
import { eventually } from '../support/eventually.ts';
import { describePage, type Line } from '../support/page.ts';
import type { World } from '../world.ts';

let later: { id: string } | undefined;

async function answer(relay: World, text: string): Promise<void> {
  const asked = async () => {
    const answers: AnswerInfo[] = (await relay.request('/v1/answers?open=1')).json.answers;
    return answers.find(({ id, mids }) => id !== later?.id && mids.length === 1);
  };
  const question = await eventually('it is asked', asked);
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ answer: text });
  await relay.request(`/v1/answers/${question?.id}`, { method: 'POST', headers, body });
}

/** Runs a line that asks, and answers. */
async function answered({ play, relay }: Line, text: string): Promise<string> {
  const asking = play();
  await answer(relay, text);
  return asking;
}

describePage('docs/ask', {
  steps: {
    ask: async (line) => void expect(await answered(line, 'yes')).to.equal('deploying\n'),
    reply: async (line) => void expect(JSON.parse(await answered(line, 'at nine')).answer).to.equal('at nine'),
    again: async (line) => {
      expect(await answered(line, 'no')).to.equal('no\n');
      expect(await line.play()).to.equal('no\n');
    },
    later: async ({ play, relay, variables }) => {
      later = JSON.parse(await play());
      const { messages } = (await relay.request('/v1/devices/phone/messages')).json;
      variables['ADDRESS'] = messages.at(-1).message.extra.answer;
    },
    list: async ({ play }) => {
      const { answers } = JSON.parse(await play());
      expect(answers[0]).to.deep.include({ id: later?.id, options: ['done', 'later'] });
    },
    address: async ({ play }) => void expect(await play()).to.equal('answered: done, by phone\n'),
  },
});
