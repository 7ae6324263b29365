import { expect } from 'chai';
import { ActionError } from '../../../../pwa/src/model/model.ts';
import { createCall, isUnreached } from '../../../../pwa/src/model/relay/call.ts';

const PAGE = 'https://push.example.org/';
const OWN = { server: 'https://push.example.org', auth: 'jwt' };

type Answer = () => Promise<Response>;

/** What a call comes to, as the key of its words. */
async function outcome(answer: Answer, { server = OWN.server, online = true } = {}): Promise<ActionError> {
  const call = createCall({ fetch: () => answer(), online: () => online, page: PAGE });
  const failed = await call({ server, auth: 'jwt' }, '/v1/me', {}).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failed instanceof ActionError)) throw new Error('the call did not fail in words');
  return failed;
}

const refusing =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  async () =>
    new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });

describe('createCall', () => {
  it('sends the token, and a JSON body', async () => {
    const asked: [string, RequestInit | undefined][] = [];
    const call = createCall({
      fetch: async (input, init) => {
        asked.push([String(input), init]);
        return Response.json({ ok: true });
      },
      online: () => true,
      page: PAGE,
    });
    expect(await call(OWN, '/v1/reads', { method: 'POST', body: { mids: [] } })).to.deep.equal({ ok: true });
    const [[url, init] = ['', undefined]] = asked;
    expect(url).to.equal('https://push.example.org/v1/reads');
    expect(init).to.deep.include({
      method: 'POST',
      body: '{"mids":[]}',
      headers: { authorization: 'Bearer jwt', 'content-type': 'application/json' },
      credentials: 'omit',
    });
  });

  const refusals: [string, Answer, string][] = [
    ['a wrong token', refusing(401, { error: 'any words', code: 'unauthorized' }), 'error.unauthorized'],
    ['a token that has ended', refusing(401, { error: 'any words', code: 'revoked' }), 'error.unauthorized'],
    ['what it may not', refusing(403, { error: 'no', code: 'forbidden' }), 'error.forbidden'],
    ['what is not there', refusing(404, { error: 'no device', code: 'not_found' }), 'error.not_found'],
    ['a wrong field', refusing(400, { error: 'bad', code: 'invalid' }), 'error.invalid'],
    ['a large message', refusing(413, { error: 'large', code: 'too_large' }), 'error.too_large'],
    ['a relay that closes', refusing(503, { error: 'closing', code: 'unavailable' }), 'error.unavailable'],
    ['a fault', refusing(500, { error: 'internal error', code: 'internal' }), 'error.server'],
    ['a slow request', refusing(408, { error: 'slow', code: 'timeout' }), 'error.timeout'],
    ['a packet', refusing(400, { cmd: 'INFO', data: 'bad' }, { 'x-error-code': 'forbidden' }), 'error.forbidden'],
    ['another server', refusing(404, '<h1>Not found</h1>'), 'error.not_a_relay'],
    ['a proxy whose relay is away', refusing(502, '<h1>Bad gateway</h1>'), 'error.server'],
    ['a proxy with a limit', refusing(413, '<h1>Too large</h1>'), 'error.too_large'],
    ['a page in the place of JSON', refusing(200, '<h1>Welcome</h1>'), 'error.not_a_relay'],
    ['JSON that is no object', refusing(200, [1]), 'error.not_a_relay'],
  ];
  for (const [what, answer, key] of refusals) {
    it(`puts into words: ${what}`, async () => expect((await outcome(answer)).text.key).to.equal(key));
  }

  it('says how long to wait after too many attempts', async () => {
    const named = await outcome(refusing(429, { error: 'x', code: 'too_many' }, { 'retry-after': '7' }));
    expect(named.text).to.deep.equal({ key: 'error.too_many', values: { seconds: 7 } });
    const unnamed = await outcome(refusing(429, ''));
    expect(unnamed.text.values).to.deep.equal({ seconds: 60 });
  });

  it('repeats the relay’s text when it says what is wrong', async () => {
    const { text } = await outcome(refusing(400, { error: 'expected a text', code: 'invalid' }));
    expect(text.values).to.deep.equal({ text: 'expected a text' });
  });

  it('names the cause when no answer comes', async () => {
    const lost = () => Promise.reject(new TypeError('Failed to fetch'));
    const late = () => Promise.reject(new DOMException('late', 'TimeoutError'));
    expect((await outcome(lost)).text.key).to.equal('error.unreachable');
    expect((await outcome(lost, { server: 'https://other.example' })).text.key).to.equal('error.unreachable_other');
    expect((await outcome(lost, { online: false })).text.key).to.equal('error.no_network');
    expect((await outcome(late)).text.key).to.equal('error.timeout');
  });

  it('sends nothing that the page’s policy forbids', async () => {
    let isAsked = false;
    const answer = async () => {
      isAsked = true;
      return new Response('{}');
    };
    const { text } = await outcome(answer, { server: 'http://nas.lan:9093' });
    expect(text).to.deep.equal({ key: 'error.plain_http', values: { server: 'http://nas.lan:9093' } });
    expect(isAsked).to.equal(false);
  });
});

describe('isUnreached', () => {
  it('is true for failures that may pass, and false for others', async () => {
    expect(isUnreached(await outcome(refusing(503, { code: 'unavailable' })))).to.equal(true);
    expect(isUnreached(await outcome(() => Promise.reject(new TypeError())))).to.equal(true);
    expect(isUnreached(await outcome(refusing(403, { code: 'forbidden' })))).to.equal(false);
    expect(isUnreached(new Error('a bug'))).to.equal(false);
  });
});
