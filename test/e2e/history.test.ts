import { expect } from 'chai';
import type { MessagePage } from '../../shared/api.ts';
import { connect } from '../support/socket.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type RelayProcess, startRelayProcess, TOKEN } from './relay-process.ts';

const COUNT = 60;
const SIZE = 1_000_000;

async function pageAfter(relay: RelayProcess, auth: string, since: string): Promise<MessagePage & { bytes: number }> {
  const path = `/v1/devices/phone/messages?since=${since}&limit=200`;
  const answer = await fetch(relay.url(path), { headers: { authorization: auth } });
  expect(answer.status).to.equal(200);
  const text = await answer.text();
  return { ...JSON.parse(text), bytes: text.length };
}

describe('the history of large messages', () => {
  it('comes in pages of 2 MiB, and fits into a small heap', async function () {
    this.timeout(240_000);
    const relay = await startRelayProcess(await tempDir(), {}, 96);
    const phone = await connect(`ws://127.0.0.1:${relay.port}/`);
    phone.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'phone' } });
    const { data } = await phone.packet('AUTH');
    phone.ws.terminate();
    for (let n = 0; n < COUNT; n += 1) {
      const answer = await fetch(relay.url('/phone.send?wait=0'), {
        method: 'POST',
        headers: { authorization: TOKEN, 'content-type': 'application/json' },
        body: JSON.stringify({ text: String(n), desp: 'x'.repeat(SIZE) }),
      });
      expect(answer.status).to.equal(200);
      await answer.arrayBuffer();
    }
    // Several at once, as pages of several browsers ask.
    const whole = await Promise.all(
      [1, 2, 3].map(async () => {
        const texts: string[] = [];
        for (let [since, more] = ['0', true]; more; ) {
          const page = await pageAfter(relay, data.auth, since);
          expect(page.bytes).to.be.below(2 * 2 ** 20 + SIZE + 1000);
          expect(page.messages).not.to.be.empty;
          texts.push(...page.messages.map(({ message }) => message.text));
          [since, more] = [page.last, page.more];
        }
        return texts;
      }),
    );
    for (const texts of whole) expect(texts).to.deep.equal(Array.from({ length: COUNT }, (_, n) => String(n)));
  });
});
