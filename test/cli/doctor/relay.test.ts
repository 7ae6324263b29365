import { expect } from 'chai';
import { judgeClocks, judgeContext, judgeProxy } from '../../../server/cli/doctor/relay.ts';

describe('judgeClocks', () => {
  it('takes what is within the whole seconds of the header for the same', () => {
    expect(judgeClocks({ there: 10_000, here: 10_900 })).to.include({ state: 'ok' });
    expect(judgeClocks({ there: 10_000, here: 12_900 })).to.include({ state: 'ok' });
  });

  it('says which clock is ahead', () => {
    expect(judgeClocks({ there: 100_000, here: 40_500 }).text).to.equal(
      'the clock of the relay is 60 s ahead of that of this machine',
    );
    expect(judgeClocks({ there: 10_000, here: 70_500 })).to.include({
      state: 'warning',
      text: 'the clock of the relay is 60 s behind that of this machine',
    });
  });
});

describe('judgeContext', () => {
  it('knows where browsers allow notifications', () => {
    expect(judgeContext('https://herald.example.com')).to.include({ state: 'ok' });
    expect(judgeContext('http://localhost:9093').text).to.contain('works only on this machine');
    expect(judgeContext('http://192.168.1.5:9093').text).to.contain('is not https');
  });
});

describe('judgeProxy', () => {
  const facts = { address: '203.0.113.5', peer: '127.0.0.1', host: 'relay', https: true, trustsProxy: true };
  const forwarded = { ...facts, forwardedFor: '203.0.113.5', forwardedProto: 'https' };
  const URL_HTTPS = 'https://relay';

  it('is content with a proxy that says who calls, and how', () => {
    expect(judgeProxy(forwarded, URL_HTTPS)).to.deep.equal([
      { check: 'proxy', state: 'ok', text: 'the relay sees callers as 203.0.113.5 over https' },
    ]);
    expect(judgeProxy({ ...facts, trustsProxy: false, https: false }, 'http://relay')[0]).to.include({ state: 'ok' });
  });

  it('names the setting of the relay or of the proxy that is missing', () => {
    expect(judgeProxy({ ...forwarded, trustsProxy: false }, URL_HTTPS)[0]).to.include({
      state: 'warning',
      advice: 'set http.trustProxy to true',
    });
    expect(judgeProxy(facts, URL_HTTPS)[0]).to.include({ state: 'problem' });
    expect(judgeProxy({ ...forwarded, https: false }, URL_HTTPS)[0]?.advice).to.contain('X-Forwarded-Proto');
  });
});
