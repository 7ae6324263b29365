import { expect } from 'chai';
import { createCorks } from '../../server/socket/corks.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function corkable() {
  const calls: string[] = [];
  return { calls, cork: () => calls.push('cork'), uncork: () => calls.push('uncork') };
}

describe('hold', () => {
  it('corks at once and uncorks when the turn ends', async () => {
    const corks = createCorks();
    const socket = corkable();
    corks.hold(socket, () => socket.calls.push('released'));
    expect(socket.calls).to.deep.equal(['cork']);
    await turn();
    expect(socket.calls).to.deep.equal(['cork', 'released', 'uncork']);
  });

  it('lets a socket that writes while others are uncorked have the next turn', async () => {
    const corks = createCorks();
    const [first, second] = [corkable(), corkable()];
    corks.hold(first, () => corks.hold(second, () => undefined));
    await turn();
    expect(second.calls).to.deep.equal(['cork']);
    await turn();
    expect(second.calls).to.deep.equal(['cork', 'uncork']);
    expect(first.calls).to.deep.equal(['cork', 'uncork']);
  });

  it('holds nothing once the turn has ended', async () => {
    const corks = createCorks();
    const socket = corkable();
    corks.hold(socket, () => undefined);
    await turn();
    await turn();
    expect(socket.calls).to.deep.equal(['cork', 'uncork']);
  });
});
