import { expect } from 'chai';
import type { CallbackCall } from '../../server/messages/answer-state.ts';
import { type CallResult, limitCalls } from '../../server/messages/limit-calls.ts';

const MADE: CallbackCall = { url: 'https://example.com/', type: 'application/json', body: '{}', isTrusted: false };

describe('limitCalls', () => {
  it('refuses the eleventh call of a sender while ten are under way, and none of another sender', async () => {
    const ends: ((result: CallResult) => void)[] = [];
    const call = limitCalls(() => new Promise((resolve) => void ends.push(resolve)));
    const first = Array.from({ length: 10 }, () => call('ci', MADE));
    expect(await call('ci', MADE)).to.deep.equal({ reason: 'other callbacks of the sender are under way' });
    const other = call('nas', MADE);
    expect(ends).to.have.lengthOf(11);
    for (const end of ends) end('taken');
    expect(await Promise.all([...first, other])).to.deep.equal(Array.from({ length: 11 }, () => 'taken'));
  });

  it('has room again after a call that failed', async () => {
    const call = limitCalls(() => Promise.reject(new Error('a fault')));
    const failed = await Promise.allSettled(Array.from({ length: 10 }, () => call('ci', MADE)));
    expect(failed.every(({ status }) => status === 'rejected')).to.equal(true);
    const next = await Promise.allSettled([call('ci', MADE)]);
    expect(next[0]?.status).to.equal('rejected');
  });
});
