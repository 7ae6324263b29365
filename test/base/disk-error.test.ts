import { expect } from 'chai';
import { diskErrorOf } from '../../server/base/disk-error.ts';

const withCode = (code: string, cause?: unknown) => Object.assign(new Error('secret path', { cause }), { code });

describe('diskErrorOf', () => {
  it('names the reason and nothing of the error itself', () => {
    const error = withCode('ENOSPC');
    expect(diskErrorOf(error)).to.include({
      code: 'unavailable',
      message: 'the relay cannot store this: its disk is full',
      cause: error,
    });
    expect(diskErrorOf(withCode('EROFS'))?.message).to.equal('the relay cannot store this: its disk is read-only');
  });

  it('looks at causes', () => {
    expect(diskErrorOf(new Error('commit failed', { cause: withCode('SQLITE_FULL') }))?.code).to.equal('unavailable');
  });

  it('is none for other errors, and for causes in a circle', () => {
    const circle = new Error('a');
    circle.cause = circle;
    for (const error of [withCode('ENOENT'), circle, undefined, null, 'ENOSPC', { code: 'ENOSPC' }]) {
      expect(diskErrorOf(error)).to.equal(undefined);
    }
  });
});
