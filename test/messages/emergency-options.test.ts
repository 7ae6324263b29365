import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';
import { isEmergency, readEmergency } from '../../server/messages/emergency-options.ts';

describe('isEmergency', () => {
  it('is so only for the word', () => {
    expect([' Emergency', 'emergency'].map(isEmergency)).to.deep.equal([true, true]);
    const others = ['max', '5', 5, 2, '', undefined, null, ['emergency'], { toString: () => 'emergency' }];
    expect(others.filter(isEmergency)).to.deep.equal([]);
  });
});

describe('readEmergency', () => {
  const none = () => undefined;
  const given = (values: Readonly<Record<string, string>>) => (name: string) => values[name];

  it('keeps within the bounds of the config, also by default', () => {
    const emergencies = { minRetry: 90_000, maxExpire: 1_800_000 };
    expect(readEmergency(none, { emergencies })).to.include({ retry: 90_000, expire: 1_800_000 });
    expect(() => readEmergency(given({ retry: '60' }), { emergencies })).to.throw(
      RelayError,
      'from 90 to 1800 seconds',
    );
    expect(() => readEmergency(given({ expire: '1h' }), { emergencies })).to.throw(
      RelayError,
      'from 90 to 1800 seconds',
    );
    expect(readEmergency(given({ retry: '1' }), { emergencies: { minRetry: 1000, maxExpire: 60_000 } }).retry).to.equal(
      1000,
    );
  });

  it('keeps the address of the relay for those who acknowledge by a link', () => {
    expect(readEmergency(none, { publicUrl: () => 'https://herald.example.com' }).url).to.equal(
      'https://herald.example.com',
    );
    expect(readEmergency(none, {})).not.to.have.property('url');
  });
});
