import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { createCallHook } from '../../server/outbound/call-hook.ts';
import { createOutbound } from '../../server/outbound/outbound.ts';
import { startHook } from '../dialects/hook.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';

async function setUp(answer: (response: ServerResponse) => void, parallel = 9) {
  const clock = fakeClock();
  const outbound = createOutbound({ clock, maxSockets: 64 });
  onCleanup(() => outbound.close());
  const hook = await startHook((_body, response) => answer(response));
  const callHook = createCallHook({ outbound, timeout: 5000, parallel });
  const controller = new AbortController();
  return {
    clock,
    hook,
    controller,
    callHook,
    call: (url = hook.url) => callHook(url, { token: 'a&b' }, controller.signal),
  };
}

describe('createCallHook', () => {
  it('posts the form and returns the text of the answer, also where it looks like JSON', async () => {
    const { call, hook } = await setUp((response) => response.end('{"user":1}'));
    expect(await call()).to.equal('{"user":1}');
    expect(hook.asked).to.deep.equal(['application/x-www-form-urlencoded token=a%26b']);
  });

  for (const [what, answer] of [
    ['a status other than 2xx', (response: ServerResponse) => response.writeHead(302).end('x')],
    ['an answer above 256 KiB', (response: ServerResponse) => response.end('x'.repeat(262_145))],
    ['a connection that breaks', (response: ServerResponse) => response.destroy()],
  ] as const) {
    it(`returns nothing for ${what}`, async () => {
      const { call } = await setUp(answer);
      expect(await call()).to.equal(undefined);
    });
  }

  it('returns nothing for an address that is none', async () => {
    const { call } = await setUp((response) => response.end());
    expect(await call('not an address')).to.equal(undefined);
  });

  it('returns nothing when the answer does not come in time, or the signal aborts', async () => {
    const { call, clock, hook, controller } = await setUp(() => {});
    const late = call();
    await hook.reached(1);
    await clock.tick(5000);
    expect(await late).to.equal(undefined);
    const aborted = call();
    await hook.reached(2);
    controller.abort();
    expect([await aborted, await call()]).to.deep.equal([undefined, undefined]);
    expect(hook.asked).to.have.length(2);
  });

  it('makes no more calls at once than it may', async () => {
    const open: ServerResponse[] = [];
    const { call, hook } = await setUp((response) => void open.push(response), 2);
    const answers = [call(), call(), call()];
    await hook.reached(2);
    open[0]?.end('first');
    await hook.reached(3);
    for (const response of open) response.end('all');
    expect(await Promise.all(answers)).to.have.members(['first', 'all', 'all']);
  });
});
