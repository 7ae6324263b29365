import { expect } from 'chai';
import { socketBounds } from '../../server/compose/socket-bounds.ts';

describe('socketBounds', () => {
  it('lets the config decide where the limit is large or unknown', () => {
    expect(socketBounds(undefined, 256)).to.deep.equal({ outgoing: 256, incoming: undefined });
    expect(socketBounds(1_048_576, 256)).to.deep.equal({ outgoing: 256, incoming: 1_048_224 });
  });

  for (const limit of [1, 64, 128, 256, 1024]) {
    it(`leaves descriptors for files with a limit of ${limit}, and sockets of both kinds`, () => {
      const { outgoing, incoming = 0 } = socketBounds(limit, 256);
      expect(outgoing).to.be.at.least(1);
      expect(incoming).to.be.at.least(1);
      if (limit > 96 + 8) expect(outgoing + incoming).to.equal(limit - 96);
    });
  }
});
