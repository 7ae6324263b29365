import { expect } from 'chai';
import { loadAxios, preload } from '../../server/outbound/load.ts';

describe('preload', () => {
  it('loads what requests and tunnels need, so that later calls find it', async () => {
    await preload({ requests: true, tunnels: true });
    expect(loadAxios()).to.equal(loadAxios());
    expect(loadAxios().isAxiosError(new Error('x'))).to.equal(false);
  });

  it('loads nothing that is not needed', async () => {
    await preload({ requests: false, tunnels: false });
  });
});
