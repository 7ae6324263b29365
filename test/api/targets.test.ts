import { expect } from 'chai';
import { TOKEN, type World, world } from '../world.ts';

const texts = ({ json }: { readonly json: { messages: { message: { text: string } }[] } }) =>
  json.messages.map(({ message }) => message.text);

describe('GET /v1/targets/:name/messages', () => {
  async function withMessages(): Promise<{ relay: World; phone: { auth: string } }> {
    const relay = await world();
    const phone = await relay.device('phone');
    const page = await relay.socket();
    page.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'tablet', group: 'family' } });
    await page.packet('AUTH');
    for (const path of ['/phone.send?text=a', '/family.group?text=b', '/tablet.send?text=c', '/family.group?text=d']) {
      await relay.request(`${path}&wait=0`);
    }
    return { relay, phone };
  }

  it('has what was sent to a device or a group by its name, in pages', async () => {
    const { relay } = await withMessages();
    const of = (path: string) => relay.request(`/v1/targets/${path}`);
    expect(texts(await of('family/messages'))).to.deep.equal(['b', 'd']);
    expect(texts(await of('tablet/messages'))).to.deep.equal(['c']);
    expect(texts(await of('nobody/messages'))).to.deep.equal([]);
    const { json } = await of('family/messages?since=0&limit=1');
    expect([json.messages[0].message.text, json.more]).to.deep.equal(['b', true]);
    expect(texts(await of(`family/messages?since=${json.last}`))).to.deep.equal(['d']);
    expect(texts(await of(`family/messages?before=${json.messages[0].mid}`))).to.deep.equal([]);
    expect(json.messages[0]).to.include.keys('id', 'createdAt', 'expiresAt', 'read').and.not.to.have.property('status');
    expect((await relay.request(`/v1/messages/${json.messages[0].id}`)).json.mid).to.equal(json.messages[0].mid);
  });

  it('refuses those who may not read it', async () => {
    const { relay, phone } = await withMessages();
    const asPhone = (name: string) =>
      relay.request(`/v1/targets/${name}/messages`, { headers: { authorization: phone.auth } });
    expect(texts(await asPhone('phone'))).to.deep.equal(['a']);
    expect((await asPhone('tablet')).status).to.equal(403);
    expect((await relay.fetch('/v1/targets/phone/messages')).status).to.equal(401);
    expect((await relay.request('/v1/targets/a,b/messages')).status).to.equal(400);
    expect((await relay.request('/v1/targets/phone/messages?since=1&before=2')).status).to.equal(400);
  });
});
