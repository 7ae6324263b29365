import { expect } from 'chai';
import { TOKEN, world } from '../world.ts';
import { cli } from './harness.ts';

describe('herald pair', () => {
  it('prints a link whose code pairs a device', async () => {
    const relay = await world({ config: { http: { basePath: '/mpush' } } });
    const { code, stdout } = await cli(['pair', '--server', relay.url('/mpush'), '--token', TOKEN]);
    expect(code).to.equal(0);
    const [, pairing] = /^http:\/\/[\w.]+:\d+\/mpush\/#pair=(\w+)\n$/.exec(stdout) ?? [];
    expect((await relay.fetch(`/mpush/v1/pairings/${pairing}`)).status).to.equal(200);
  });

  it('prints the public address of the relay', async () => {
    const relay = await world({ config: { http: { url: 'https://herald.example.com/mpush/' } } });
    const { stdout } = await cli(['pair', '--server', relay.url(), '--token', TOKEN]);
    expect(stdout).to.match(/^https:\/\/herald\.example\.com\/mpush\/#pair=\w+\n$/);
  });

  it('prints a link that lets a paired device manage the relay', async () => {
    const relay = await world();
    const { auth } = await relay.device('phone');
    const { stdout } = await cli(['pair', '--owner', '--server', relay.url(), '--token', TOKEN]);
    const [, code] = /\/#manage=(\w{12})\n$/.exec(stdout) ?? [];
    const body = JSON.stringify({ token: code });
    const answer = await relay.request('/v1/me/manage', { method: 'POST', body, headers: { authorization: auth } });
    expect(answer.status).to.equal(201);
  });

  it('draws its QR code only on a terminal, and prints JSON on request', async () => {
    const relay = await world();
    const args = ['pair', '--server', relay.url(), '--token', TOKEN];
    expect((await cli(args, { terminal: true })).stdout).to.match(/[\u2580-\u259f]{4}/);
    const { code, expiresAt, link } = JSON.parse((await cli([...args, '--json'])).stdout);
    expect(expiresAt).to.be.greaterThan(relay.clock.now());
    expect(link).to.match(new RegExp(`^http://.*/#pair=${code}$`));
  });

  it('needs the token', async () => {
    const relay = await world();
    expect((await cli(['pair', '--server', relay.url(), '--token', 'wrong'])).code).to.equal(1);
  });
});
