import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';

describe('RelayError', () => {
  it('has a code, a message for the caller, and nothing else unless it is given', () => {
    const error = new RelayError('invalid', 'expected a text');
    expect(error).to.include({
      name: 'RelayError',
      code: 'invalid',
      message: 'expected a text',
      retryAfter: undefined,
    });
    expect('cause' in error).to.equal(false);
  });

  it('keeps its cause and when to try again', () => {
    const cause = new Error('inner');
    expect(new RelayError('unavailable', 'busy', { cause, retryAfter: 5 })).to.include({ cause, retryAfter: 5 });
  });
});
