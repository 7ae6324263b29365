import { expect } from 'chai';
import Database from 'libsql';
import {
  STATUSES as ALL,
  codeOf,
  codesBelow,
  LEAST_REMOVED,
  REMOVED,
  statusOf,
  UNSETTLED,
} from '../../../server/backends/embedded/statuses.ts';
import { isSettled } from '../../../shared/status.ts';

/** `wait` is told and not stored: `held` has its code. */
const STATUSES = ALL.filter((status) => status !== 'wait');

describe('codeOf and statusOf', () => {
  it('are each other’s way back, with a code of its own for each status', () => {
    expect(STATUSES.map((status) => statusOf(codeOf(status)))).to.deep.equal(STATUSES);
    expect(new Set(STATUSES.map(codeOf)).size).to.equal(STATUSES.length);
  });

  it('know the status of what a device has removed', () => {
    expect([...REMOVED].map(([from, to]) => [statusOf(from), statusOf(to)])).to.deep.equal([
      ['ok', 'ok'],
      ['failed', 'failed'],
    ]);
    expect(Math.min(...REMOVED.values())).to.equal(LEAST_REMOVED);
  });

  it('know no other code', () => {
    for (const code of [-1, 13, 1.5, Number.NaN]) expect(statusOf(code)).to.equal(undefined);
  });
});

describe('UNSETTLED', () => {
  it('is true for the codes of unsettled statuses and for no others', () => {
    const db = new Database(':memory:');
    const test = db.prepare(`SELECT ? ${UNSETTLED}`).raw();
    for (const status of STATUSES) {
      expect(test.all([codeOf(status)]), status).to.deep.equal([[isSettled(status) ? 0 : 1]]);
    }
    db.close();
  });
});

describe('codesBelow', () => {
  it('never holds a settled status, nor the status itself', () => {
    for (const status of STATUSES) {
      const codes = [...codesBelow(status)];
      expect(codes).not.to.include(codeOf(status));
      expect(
        codes.map(statusOf).filter((one) => one === undefined || isSettled(one)),
        status,
      ).to.deep.equal([]);
    }
  });

  it('lets a delivery settle from every other status', () => {
    expect(codesBelow('ok')).to.have.property('size', STATUSES.filter((status) => !isSettled(status)).length);
  });
});
