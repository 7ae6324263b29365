import { expect } from 'chai';
import { heldOf, isPushing, isReceived, isSettled, STATUS_RANK, type Status, statusName } from '../../shared/status.ts';

const ALL = Object.keys(STATUS_RANK) as Status[];

describe('STATUS_RANK', () => {
  const LADDER: readonly (readonly Status[])[] = [
    ['no'],
    ['ready'],
    ['held'],
    ['wait'],
    ['webpush-wait', 'fcm-wait'],
    ['webpush-ok', 'fcm-ok'],
    ['webpush-ok-comfirm', 'fcm-ok-comfirm'],
    ['failed'],
    ['ok'],
  ];

  it('places every status on one ladder, the same step for the same state of both pushes', () => {
    expect(LADDER.flat()).to.have.members(ALL);
    LADDER.forEach((step, index) => {
      for (const status of step) expect(STATUS_RANK[status], status).to.equal(STATUS_RANK[step[0] ?? 'no']);
      const below = LADDER[index - 1]?.[0];
      if (below !== undefined) expect(STATUS_RANK[step[0] ?? 'no']).to.be.above(STATUS_RANK[below]);
    });
  });
});

describe('isSettled', () => {
  it('holds for no, failed and ok alone', () => {
    expect(ALL.filter(isSettled)).to.have.members(['no', 'failed', 'ok']);
  });
});

describe('isPushing', () => {
  it('holds for an attempt of either push only', () => {
    expect(ALL.filter(isPushing)).to.have.members(['webpush-wait', 'fcm-wait']);
  });
});

describe('isReceived', () => {
  it('holds for what the device itself has said alone', () => {
    expect(ALL.filter(isReceived)).to.have.members(['webpush-ok-comfirm', 'fcm-ok-comfirm', 'ok']);
  });
});

describe('heldOf', () => {
  it('names those whose push is held back', () => {
    expect(heldOf(new Map([['a', 'held'] as const, ['b', 'ready'] as const]))).to.deep.equal(['a']);
  });
});

describe('statusName', () => {
  it('keeps the words of 2.1', () => {
    for (const status of ALL) expect(statusName(status, '2.1')).to.equal(status === 'held' ? 'ready' : status);
  });

  it('renames what a push was in 2.2, so that ok is what the device has confirmed', () => {
    const names = Object.fromEntries(ALL.map((status) => [status, statusName(status, '2.2')]));
    expect(names).to.deep.equal({
      no: 'no',
      ready: 'ready',
      held: 'ready',
      wait: 'wait',
      'webpush-wait': 'webpush-wait',
      'fcm-wait': 'fcm-wait',
      'webpush-ok': 'webpush-send',
      'fcm-ok': 'fcm-send',
      'webpush-ok-comfirm': 'webpush-ok',
      'fcm-ok-comfirm': 'fcm-ok',
      failed: 'failed',
      ok: 'ok',
    });
  });
});
