// Questions over kills: of a relay on its own, and of the node that holds the request.
import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';
import { createCluster } from './nodes/cluster.ts';
import { type RelayProcess, startRelayProcess } from './relay-process.ts';

const QUESTION = 'text=Deploy%3F&options=yes,no&default=no';

function ask(relay: RelayProcess, query: string, key: string) {
  return relay.request(`/phone.ask?${QUESTION}&${query}`, { headers: { 'idempotency-key': key } });
}

function answer(relay: RelayProcess, id: string, text: string) {
  const headers = { 'content-type': 'application/json' };
  return relay.request(`/v1/answers/${id}`, { method: 'POST', headers, body: JSON.stringify({ answer: text }) });
}

async function textsOf(relay: RelayProcess): Promise<string[]> {
  const { messages } = (await relay.request('/v1/devices/phone/messages')).json;
  return messages.map(({ message }: { message: { text: string } }) => message.text);
}

describe('a question', function () {
  this.timeout(120_000);

  it('outlives the kill of its relay, is sent once, and expires in its time', async () => {
    const dir = await tempDir();
    const before = await startRelayProcess(dir);
    const phone = await before.device('phone', { acknowledge: true });
    const lost = ask(before, 'wait=600', 'one').catch(() => 'lost');
    const { extra } = (await phone.packet('MESSAGE')).data.message;
    const short = ask(before, 'wait=4', 'two').catch(() => 'lost');
    const { mid } = (await phone.packet('MESSAGE')).data;
    await before.kill();
    expect(await Promise.all([lost, short])).to.deep.equal(['lost', 'lost']);

    const after = await startRelayProcess(dir);
    const back = ask(after, 'wait=600', 'one');
    const late = ask(after, 'wait=4', 'two');
    expect((await answer(after, extra.ask.id, 'yes')).status).to.equal(200);
    expect((await back).text).to.equal('yes\n');
    const { status, text } = await late;
    expect([status, text]).to.deep.equal([408, 'no\n']);
    expect((await answer(after, mid, 'yes')).status).to.equal(410);
    expect(await textsOf(after)).to.deep.equal(['Deploy?', 'Deploy?']);
    // An answer that was given is final.
    await after.kill();
    const last = await startRelayProcess(dir);
    expect((await ask(last, 'wait=600', 'one')).text).to.equal('yes\n');
    expect((await last.request('/v1/answers?open=1')).json.answers).to.deep.equal([]);
  });

  it('outlives the kill of the node that holds its request', async () => {
    const cluster = await createCluster({ config: { redis: { lease: 2000 } } });
    const [a, b] = await cluster.startAll('a', 'b');
    const phone = await b.device('phone', { acknowledge: true });
    const lost = ask(a, 'wait=600', 'one').catch(() => 'lost');
    const { extra } = (await phone.packet('MESSAGE')).data.message;
    const over = ask(b, 'wait=3', 'two');
    await phone.packet('MESSAGE');
    await a.kill();
    expect(await lost).to.equal('lost');
    const back = ask(b, 'wait=600', 'one');
    await eventually('it is answered', async () => (await answer(b, extra.ask.id, 'yes')).status === 200);
    expect((await back).text).to.equal('yes\n');
    // The job that ends this one may have been that of the dead node.
    const { status, text } = await over;
    expect([status, text]).to.deep.equal([408, 'no\n']);
    expect(await textsOf(b)).to.deep.equal(['Deploy?', 'Deploy?']);
  });
});
