import { expect } from 'chai';
import { forSuite } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { twoWorlds } from '../support/redis/worlds.ts';
import { makeKey, stored } from './key-senders.ts';
import { SENDER_FORMS } from './sender-forms.ts';

describe('senders on two nodes', () => {
  const nodes = forSuite(async () => {
    const [one, other] = await twoWorlds({ config: { http: { maxAuthFailures: 1000 } } });
    const phone = await other.device('phone', { acknowledge: true });
    return { one, other, phone };
  });

  for (const form of SENDER_FORMS) {
    it(`${form.name}: what one node takes comes from the other, once, and only to the target of its key`, async () => {
      const { one, other, phone } = nodes();
      const key = await makeKey(one, { name: form.name, device: 'phone' });
      const foreign = await makeKey(other, { name: `${form.name} of others`, device: 'tablet' });
      const title = `from ${form.name}`;
      const send = async (node: typeof one, shown: string, id: string) => {
        const { path, headers, body = '' } = form.send(shown, title);
        return node.fetch(path, { method: 'POST', headers: { ...headers, 'idempotency-key': id }, body });
      };

      form.taken(await send(one, key, 'a'));
      const { data } = await phone.packet('MESSAGE');
      expect([data.message.text, data.from.name]).to.deep.equal([title, form.name]);
      await eventually('the device has it', async () => {
        const { json } = await one.request(`/v1/messages/${data.mid}`);
        return json.status.phone === 'ok';
      });

      // The same request once more, at the node that did not take it, which has just heard of the key.
      form.taken(await send(other, key, 'a'));
      form.taken(await send(other, key, 'b'));
      const second = await phone.packet('MESSAGE');
      expect(second.data.message.text).to.equal(title);
      const { json } = await one.request('/v1/devices/phone/messages');
      const told = json.messages.filter(({ from }: { from: { name: string } }) => from.name === form.name);
      expect(told.map(({ mid }: { mid: string }) => mid)).to.deep.equal([data.mid, second.data.mid]);

      // A key of the other node, which this one has not seen yet, reaches its own target alone.
      const answer = await send(one, foreign, 'a');
      if (answer.status < 400) expect((await stored(one, 'tablet')).text).to.equal(title);
      else expect(form.refused(answer)).to.not.be.empty;
      expect((await stored(other, 'phone')).mid).to.equal(second.data.mid);
    });
  }
});
