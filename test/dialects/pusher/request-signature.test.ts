import { expect } from 'chai';
import { hmacHex } from '../../../server/base/hmac.ts';
import { checkQuery, isBodyOf } from '../../../server/dialects/pusher/request-signature.ts';

const KEY = '278d425bdf160c739803';
const SECRET = '7ad3773142a6692b25b8';
const AT = 1353088179;
const secretOf = (key: string) => (key === KEY ? SECRET : undefined);

const BODY = Buffer.from('{"name":"foo","channels":["project-3"],"data":"{\\"some\\":\\"data\\"}"}');
const TRIGGER =
  `auth_key=${KEY}&auth_timestamp=${AT}&auth_version=1.0&body_md5=ec365a775a4cd0599faeb73354201b6f` +
  '&auth_signature=da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c';
const AUTH = `auth_key=${KEY}&auth_timestamp=${AT}&auth_version=1.0`;

interface Case {
  method?: string;
  path?: string;
  query?: string;
  body?: Buffer;
  now?: number;
}

function check({ method = 'POST', path = '/apps/3/events', query = TRIGGER, body = BODY, now = AT }: Case = {}) {
  const signed = checkQuery({ method, paths: [path], query, hasBody: body.length > 0 }, secretOf, now, 600);
  if ('reason' in signed) return signed.reason;
  return isBodyOf(body, signed) ? 'ok' : 'body';
}

/** A query signed as an SDK signs it: over the path and values that it was given. */
function signed(path: string, values: string, sentValues = values): string {
  const sorted = [...AUTH.split('&'), ...values.split('&')].sort().join('&');
  return `${AUTH}&${sentValues}&auth_signature=${hmacHex(SECRET, `GET\n${path}\n${sorted}`)}`;
}

describe('checkQuery and isBodyOf', () => {
  it('takes the documented example', () => expect(check()).to.equal('ok'));

  it('gives the parameters without those of the signature', () => {
    const query = signed('/apps/3/channels', 'info=a%20b&body=x&auth=y');
    const request = { method: 'GET', paths: ['/apps/3/channels'], query, hasBody: false };
    expect(checkQuery(request, secretOf, AT, 600)).to.deep.include({
      parameters: [
        ['info', 'a b'],
        ['body', 'x'],
        ['auth', 'y'],
      ],
    });
  });

  it('takes keys in any order and in upper case', () => {
    const [first = '', ...rest] = TRIGGER.split('&');
    expect(check({ query: [...rest, first.replace('auth_key', 'AUTH_KEY')].join('&') })).to.equal('ok');
  });

  const refused: [what: string, changed: Case, reason: string][] = [
    ['another method', { method: 'PUT' }, 'digest'],
    ['another path', { path: '/apps/4/events' }, 'digest'],
    ['another body', { body: Buffer.from('{}') }, 'body'],
    ['a body without its digest', { query: TRIGGER.replace(/&body_md5=\w+/, '') }, 'body'],
    ['a digest without a body', { body: Buffer.alloc(0) }, 'body'],
    ['a further parameter', { query: `${TRIGGER}&x=1` }, 'digest'],
    ['a time too long ago', { now: AT + 601 }, 'timestamp'],
    ['a time too far ahead', { now: AT - 601 }, 'timestamp'],
    ['a time that is no number', { query: TRIGGER.replace(`${AT}`, 'soon') }, 'timestamp'],
    ['an endless time', { query: TRIGGER.replace(`${AT}`, '1'.repeat(400)) }, 'timestamp'],
    ['another version', { query: TRIGGER.replace('1.0', '2.0') }, 'version'],
    ['another key', { query: TRIGGER.replace(KEY, 'other') }, 'key'],
    ['no signature', { query: TRIGGER.replace(/&auth_signature=\w+/, '') }, 'missing'],
    ['a key twice', { query: `${TRIGGER}&auth_key=${KEY}` }, 'missing'],
    ['a body digest twice', { query: `${TRIGGER}&body_md5=x` }, 'missing'],
    ['no query', { query: '' }, 'missing'],
    ['thousands of parameters', { query: `${TRIGGER}${'&a=1'.repeat(5000)}` }, 'missing'],
    ['an upper-case signature', { query: TRIGGER.replace(/\w+$/, (one) => one.toUpperCase()) }, 'digest'],
  ];
  for (const [what, changed, reason] of refused) {
    it(`refuses ${what}: ${reason}`, () => expect(check(changed)).to.equal(reason));
  }

  const quirks: [what: string, values: string, sent: string][] = [
    ['escaped values', 'info=a b+c é,;@=', `info=${encodeURIComponent('a b+c é,;@=')}`],
    ['a bare percent', 'x=100%', 'x=100%'],
    ['an escape that was meant', 'x=a%25b', 'x=a%25b'],
    ['a key in upper case, sorted as it is', 'Info=1', 'Info=1'],
  ];
  for (const [what, values, sent] of quirks) {
    it(`takes ${what} as the SDK for Node signs it`, () => {
      const query = signed('/apps/3/channels', values, sent);
      expect(check({ method: 'GET', path: '/apps/3/channels', query, body: Buffer.alloc(0) })).to.equal('ok');
    });
  }

  it('takes a path that was signed before it was escaped', () => {
    const query = signed('/apps/3/channels/presence-a@b é', 'x=1');
    const path = '/apps/3/channels/presence-a@b%20%C3%A9';
    expect(check({ method: 'GET', path, query, body: Buffer.alloc(0) })).to.equal('ok');
  });

  it('names the text to sign, and never a digest', () => {
    const request = { method: 'POST', paths: ['/x'], query: TRIGGER, hasBody: true };
    const refusal = checkQuery(request, secretOf, AT, 600);
    expect(JSON.stringify(refusal))
      .to.contain('POST\\n/x\\nauth_key=')
      .and.not.match(/[0-9a-f]{64}/);
  });
});
