import { createServer } from 'node:http';
import { expect } from 'chai';
import {
  checkPublicAddress,
  checkRelay,
  checkRoutes,
  judgeClocks,
  judgeContext,
  judgeProxy,
} from '../../../server/cli/doctor/relay.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { listen } from '../../support/push-service/listen.ts';

const { signal } = new AbortController();

/** A server that answers some paths with JSON, and others with 404. A number is a status without a body. */
async function serverWith(
  answers: Readonly<Record<string, object | number>>,
  headers: Readonly<Record<string, string>> = {},
) {
  const server = createServer(({ url = '' }, response) => {
    const answer = answers[url] ?? 404;
    const [status, body] = typeof answer === 'number' ? [answer, ''] : [200, JSON.stringify(answer)];
    response.writeHead(status, headers).end(body);
  });
  onCleanup(() => server.close());
  const http = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
  return { http, websocket: '', token: 'x' };
}

describe('checkRelay', () => {
  const ok = { status: 'ok', version: '1.0.0' };

  it('tells a relay from other servers', async () => {
    const other = await serverWith({ '/ready': { hello: 1 } });
    expect(await checkRelay(other, true, signal)).to.have.length(1);
    expect((await checkRelay(other, true, signal))[0]).to.include({ state: 'problem', advice: 'correct the address' });
  });

  it('passes on what the relay says of itself', async () => {
    const relay = await serverWith({ '/ready': { ...ok, status: 'draining', storage: { status: 'damaged' } } });
    const states = (await checkRelay(relay, true, signal)).map(({ check, state }) => `${check} ${state}`);
    expect(states).to.deep.equal(['relay problem', 'relay problem', 'clock ok']);
  });

  it('compares the clocks', async () => {
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    const relay = await serverWith({ '/ready': ok }, { date });
    const [, clock] = await checkRelay(relay, true, signal);
    expect(clock).to.include({ check: 'clock', state: 'warning' });
    expect(clock?.text).to.match(/^the clock of the relay is 3\d\d\d s behind/);
  });

  it('only mentions one that does not run and was not named', async () => {
    const found = await checkRelay({ http: 'http://127.0.0.1:1', websocket: '', token: undefined }, false, signal);
    expect(found.map(({ state }) => state)).to.deep.equal(['skipped']);
  });

  it('asks for a token if there is none', async () => {
    const relay = await serverWith({ '/ready': ok, '/v1/caller': 401 });
    const found = await checkRelay({ ...relay, token: undefined }, true, signal);
    expect(found.at(-1)).to.include({ state: 'warning', text: 'it needs a token' });
  });
});

describe('checkRoutes', () => {
  it('names routes whose last answer was no success', async () => {
    const route = {
      name: 'deploy',
      transport: 'webhook',
      failing: true,
      queued: 2,
      answers: [{ at: 0, kind: 'retry', reason: 'answered 502' }],
    };
    const push = { ...route, name: 'phone', transport: 'webpush', answers: [{ at: 0, kind: 'gone' }] };
    const relay = await serverWith({ '/v1/routes': { routes: [route, push, { ...route, failing: false }] } });
    expect(await checkRoutes(relay, signal)).to.deep.equal([
      {
        check: 'routes',
        state: 'warning',
        text: 'webhook to deploy fails: answered 502',
        advice: 'see what its server says',
      },
      {
        check: 'routes',
        state: 'warning',
        text: 'webpush to phone fails: gone',
        advice: 'open the page on that device once',
      },
    ]);
    expect(await checkRoutes(await serverWith({}), signal)).to.deep.equal([]);
  });
});

describe('checkPublicAddress', () => {
  it('tells when something else answers there, or the token is missing', async () => {
    const relay = await serverWith({});
    const states = async (answer: number) => {
      const { http } = await serverWith({ '/v1/caller': answer });
      return (await checkPublicAddress(http, relay, signal)).map(({ check, state }) => `${check} ${state}`);
    };
    expect(await states(502)).to.deep.equal(['http.url warning', 'http.url problem']);
    expect(await states(401)).to.deep.equal(['http.url warning', 'proxy skipped']);
  });
});

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
