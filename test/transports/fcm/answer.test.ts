import { expect } from 'chai';
import { readFailure } from '../../../server/transports/fcm/answer.ts';
import { fcmError } from './servers.ts';

const failure = (status: number, body: unknown = '', after?: number) =>
  readFailure({ status, words: `answered ${status}`, after, body: Buffer.from(JSON.stringify(body)) });

describe('readFailure', () => {
  it('takes a token that is not registered any more for gone', () => {
    const reason = 'answered 404, NOT_FOUND, UNREGISTERED';
    expect(failure(404, fcmError('NOT_FOUND', 'UNREGISTERED'))).to.deep.equal({
      outcome: { kind: 'gone', reason },
      isOwnFault: false,
    });
  });

  it('says when FCM does not accept the relay itself', () => {
    for (const status of [401, 403]) expect(failure(status)).to.deep.include({ isOwnFault: true });
    expect(failure(403, '', 5000).outcome).to.deep.equal({ kind: 'retry', reason: 'answered 403', after: 5000 });
    expect(failure(400)).to.deep.include({ isOwnFault: false });
  });

  it('refuses for good only what names no time to come back', () => {
    for (const status of [400, 405, 413]) {
      expect(failure(status).outcome, `${status}`).to.include({ kind: 'refused' });
      expect(failure(status, '', 7000).outcome, `${status}`).to.include({ kind: 'retry', after: 7000 });
    }
    for (const status of [408, 500, 502, 503]) {
      expect(failure(status).outcome, `${status}`).to.deep.equal({ kind: 'retry', reason: `answered ${status}` });
    }
  });

  it('rests for a minute after a quota was used up, or as long as FCM says', () => {
    expect(failure(429).outcome).to.include({ kind: 'retry', after: 60_000 });
    expect(failure(400, fcmError('RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED')).outcome).to.include({ after: 60_000 });
    expect(failure(429, '', 5000).outcome).to.include({ after: 5000 });
  });

  it('keeps what FCM says out of the log, but for codes in plain characters', () => {
    const { outcome } = failure(400, { error: { status: `A\n${'B'.repeat(500)}`, message: 'secret', details: 'x' } });
    expect(outcome)
      .to.have.property('reason')
      .that.matches(/^answered 400, AB+$/)
      .and.has.length(200);
  });
});
