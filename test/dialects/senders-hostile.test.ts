import { expect } from 'chai';
import { sharedWorld } from '../support/shared-world.ts';
import type { World } from '../world.ts';
import { TOKEN } from '../world.ts';
import { makeKey, stored } from './key-senders.ts';
import { SENDER_FORMS, type SenderForm, type Sent } from './sender-forms.ts';

const DEPTH = 100;
const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
const OTHER_TYPES: readonly unknown[] = [{}, { a: 1 }, [[]], [1, null, 'x'], true, -1e300];

async function post(relay: World, { path, headers = {}, body = '' }: Sent, replace?: readonly [string, string]) {
  const whole = replace === undefined ? body : body.replace(...replace);
  return relay.fetch(path, { method: 'POST', headers, body: whole });
}

describe('requests that mean harm', () => {
  const relay = sharedWorld({ config: { http: { maxAuthFailures: 1000, maxUnproven: 2e8 } } });
  let key = '';
  let listener = '';
  let other = '';

  before(async () => {
    key = await makeKey(relay(), { name: 'nas', device: 'phone' });
    listener = await makeKey(relay(), { name: 'only listens', receive: ['phone'], send: [] });
    other = await makeKey(relay(), { name: 'other', device: 'tablet' });
  });

  /** The last messages of both devices: they tell whether anything was stored. */
  const last = async () => [(await stored(relay(), 'phone')).mid, (await stored(relay(), 'tablet')).mid];

  async function expectRefused(form: SenderForm, sent: Sent, what: string, replace?: readonly [string, string]) {
    const before = await last();
    const answer = await post(relay(), sent, replace);
    expect(answer.status, `${form.name}: ${what}: ${answer.text}`).to.be.within(400, 499);
    const text = form.refused(answer);
    expect(text, `${form.name}: ${what}`).to.be.a('string').and.not.be.empty;
    expect(answer.text, `${form.name}: ${what}`).to.not.include(key);
    expect(await last(), `${form.name}: ${what}`).to.deep.equal(before);
    return answer;
  }

  for (const form of SENDER_FORMS) {
    describe(form.name, () => {
      it('takes what its senders send', async () => {
        form.taken(await post(relay(), form.send(key, 'well')));
        expect(await stored(relay(), 'phone')).to.include({ from: 'nas', text: 'well' });
      });

      it('refuses 10 MB of JSON', async () => {
        const sent = form.send(key, 'T', { pad: 'x'.repeat(10_000_000) });
        // Nobody reads such a body to find out whose it is.
        const path = form.name === 'pushme' ? `/?push_key=${key}` : sent.path;
        const answer = await expectRefused(form, { ...sent, path }, 'large');
        expect(answer.status).to.equal(413);
      });

      it('refuses values of other types, or reads past them', async () => {
        const [since = '0'] = await last();
        const answers = await Promise.all(
          form.fields.flatMap((name) =>
            OTHER_TYPES.map(async (value) => {
              const answer = await post(relay(), form.send(key, 'T', { [name]: value }));
              const what = `${name}: ${JSON.stringify(value)}: ${answer.text}`;
              const isRefused = answer.status !== 200;
              expect(answer.status, what).to.be.lessThan(500);
              if (isRefused) expect(form.refused(answer), what).to.not.be.empty;
              if (form.isStrict && typeof value === 'object' && name !== 'tags') expect(isRefused, what).to.equal(true);
              return isRefused;
            }),
          ),
        );
        const { messages } = (await relay().request(`/v1/devices/phone/messages?since=${since}`)).json;
        expect(messages.length).to.equal(answers.filter((isRefused) => !isRefused).length);
        for (const { message } of messages) expect(`${message.text}${message.desp}`).to.not.be.empty;
      });

      it('refuses wrong keys, the token of the relay, and a key without the right', async () => {
        // In ntfy's headers, the token of the relay counts as everywhere.
        const token = form.name === 'ntfy' ? [] : [TOKEN];
        for (const wrong of ['A0123456789abcd', 'SCTnothing0000000', ...token, listener]) {
          await expectRefused(form, form.send(wrong, 'T'), wrong);
        }
      });

      it('refuses to send with one key to the target of another, or sends to its own', async () => {
        const before = (await stored(relay(), 'phone')).mid;
        const names = { device: 'phone', target: 'phone', group: 'phone', to: 'phone', user: 'phone', appid: 1 };
        // A topic makes it a message of ntfy.
        const more = form.name === 'pushme' ? names : { ...names, topic: 'phone' };
        const answer = await post(relay(), form.send(other, 'mine', more));
        expect(answer.status).to.be.lessThan(500);
        if (answer.status < 400) expect((await stored(relay(), 'tablet')).text).to.equal('mine');
        else form.refused(answer);
        expect((await stored(relay(), 'phone')).mid).to.equal(before);
      });

      // An alert must not be lost, so webhooks are told as well as it goes.
      if (form.name === 'hooks') {
        it('tells JSON that is nested 100 times, and leaves out what is no text', async () => {
          const sent = form.send(key, 'NAME', { more: nested(DEPTH), ['__proto__']: { admin: true } });
          for (const [name, shown] of [
            ['NUL \\u0000', 'NUL \ufffd'],
            ['a\\ud83d', 'a\ufffd'],
            ['\\udcee b', '\ufffd b'],
          ] as const) {
            form.taken(await post(relay(), sent, ['NAME', name]));
            expect((await stored(relay(), 'phone')).text).to.equal(shown);
          }
          form.taken(await post(relay(), { ...sent, body: (sent.body ?? '').slice(0, -1) }));
          expect(({} as Record<string, unknown>)['admin']).to.equal(undefined);
        });
        return;
      }

      it('refuses JSON that is nested 100 times, or ends early', async () => {
        const deep = form.send(key, 'T', { more: nested(DEPTH) });
        await expectRefused(form, deep, 'nested');
        await expectRefused(form, { ...deep, body: (deep.body ?? '').slice(0, -1) }, 'early');
      });

      it('refuses a NUL, half of a character, and the name __proto__', async () => {
        const sent = form.send(key, 'NAME');
        await expectRefused(form, sent, 'NUL', ['NAME', '\\u0000']);
        await expectRefused(form, sent, 'half', ['NAME', 'a\\ud83d']);
        await expectRefused(form, sent, 'other half', ['NAME', '\\udcee b']);
        await expectRefused(form, sent, 'proto', ['{', '{"__proto__":{"title":"polluted","admin":true},']);
        expect(({} as Record<string, unknown>)['admin']).to.equal(undefined);
      });
    });
  }
});
