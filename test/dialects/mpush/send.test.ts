import { expect } from 'chai';
import { world } from '../../world.ts';

describe('GET /<name>.send', () => {
  it('answers ok once the device has acknowledged', async () => {
    const relay = await world();
    const device = await relay.device('kooritea', { acknowledge: true });
    const { status, text } = await relay.request('/kooritea.send?text=hi');
    const { data } = await device.packet('MESSAGE');
    expect(status).to.equal(200);
    expect(text).to.equal(
      `{"cmd":"MESSAGE_REPLY","data":{"mid":"${data.mid}","status":{"kooritea":"ok"},"kooritea":"ok"}}`,
    );
  });
});
