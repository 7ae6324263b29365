import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { twoWorlds } from '../../support/redis/worlds.ts';
import type { TestDevice } from '../../support/relay-client.ts';
import { openStream } from '../../support/stream-reader.ts';
import { TOKEN } from '../../world.ts';

const QUESTION = 'text=Deploy%3F&options=yes,no';

async function asked(device: TestDevice) {
  const { mid, message } = (await device.packet('MESSAGE')).data;
  return { mid, ...message.extra };
}

describe('questions of several nodes', () => {
  it('are asked at one node and answered at the other, and the first answer wins', async () => {
    const [a, b] = await twoWorlds();
    const phone = await b.device('phone', { group: 'family', acknowledge: true });
    const tablet = await a.device('tablet', { group: 'family', acknowledge: true });
    const answerAt = (node: typeof a, id: string, answer: string, authorization: string) =>
      node.request(`/v1/answers/${id}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ answer }),
      });

    const reply = a.request(`/phone.ask?${QUESTION}`);
    const { ask: question } = await asked(phone);
    expect((await answerAt(b, question.id, 'yes', phone.auth)).status).to.equal(200);
    expect((await reply).text).to.equal('yes\n');

    const held = a.request(`/family.ask?${QUESTION}`);
    const { ask: shared, mid } = await asked(phone);
    const stream = await openStream(b.url(`/v1/answers/${mid}`), { authorization: TOKEN, accept: 'text/event-stream' });
    expect((await stream.next()).data.state).to.equal('open');
    const both = await Promise.all([
      answerAt(a, shared.id, 'no', tablet.auth),
      answerAt(b, shared.id, 'yes', phone.auth),
    ]);
    expect(both.map(({ status }) => status).sort()).to.deep.equal([200, 409]);
    const [first] = both.filter(({ status }) => status === 200);
    expect(both.map(({ json }) => json.by)).to.deep.equal(Array(2).fill(first?.json.by));
    expect((await held).text).to.equal(`${first?.json.answer}\n`);
    // That the message is known may be told only now.
    let last = (await stream.next()).data;
    while (last.state === 'open') last = (await stream.next()).data;
    expect(last).to.include({ state: 'answered', by: first?.json.by });

    const page = await a.socket();
    page.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'page', group: 'family', events: true } });
    await page.packet('AUTH');
    const over = b.request(`/family.ask?${QUESTION}&wait=1&default=no`);
    // The end of the question before may be told only now.
    let told = await page.packet('ANSWER');
    while (told.data.id === shared.id) told = await page.packet('ANSWER');
    expect(told.data.state).to.equal('open');
    const late = await over;
    expect([late.status, late.text]).to.deep.equal([408, 'no\n']);
    expect((await page.packet('ANSWER')).data.state).to.equal('expired');
  });

  it('are held again at the other node when one has ended', async () => {
    const [a, b] = await twoWorlds();
    const phone = await b.device('phone', { acknowledge: true });
    const headers = { 'idempotency-key': 'over two nodes' };
    const lost = a.request(`/phone.ask?${QUESTION}&wait=600`, { headers }).catch(() => undefined);
    const { answer: address } = await asked(phone);
    await a.stop();
    expect(await lost).to.equal(undefined);
    const back = b.request(`/phone.ask?${QUESTION}&wait=600`, { headers });
    const path = new URL(address).pathname;
    await eventually(
      'it is answered',
      async () => (await b.fetch(path, { method: 'POST', body: 'answer=yes' })).status,
    );
    expect((await back).text).to.equal('yes\n');
  });
});
