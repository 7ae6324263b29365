import { expect } from 'chai';
import { hmacHex } from '../../../../server/base/hmac.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';
import { KEY, pusherWorld, SECRET } from '../helpers.ts';

const signed = (text: string) => `${KEY}:${hmacHex(SECRET, text)}`;

describe('the sample endpoints', () => {
  it('are not there unless an app switches them on', async () => {
    const relay = await pusherWorld();
    const { status, json } = await relay.fetch('/subscribe/auth', {
      method: 'POST',
      body: new URLSearchParams({ channel_name: 'private-a', socket_id: '1.2' }),
    });
    expect(status).not.to.equal(200);
    expect(json?.auth).to.equal(undefined);
  });

  it('sign for anyone where one does', async () => {
    const relay = await pusherWorld({ sampleAuth: true });
    const ask = async (path: string, fields: Record<string, string>) => {
      const body = new URLSearchParams({ socket_id: '1.2', ...fields });
      const { status, json } = await relay.fetch(`/subscribe/${path}`, { method: 'POST', body });
      return [status, json];
    };
    expect(await ask('private/auth', { channel_name: 'private-a' })).to.deep.equal([
      200,
      { auth: signed('1.2:private-a') },
    ]);
    const data = '{"user_id":"7"}';
    expect(await ask('auth', { channel_name: 'presence-a', channel_data: data })).to.deep.equal([
      200,
      { channel_data: data, auth: signed(`1.2:presence-a:${data}`) },
    ]);
    const wrong: [path: string, fields: Record<string, string>, answer: unknown[]][] = [
      ['auth', {}, [400, { error: 'Required channel_name' }]],
      ['auth', { channel_name: 'a' }, [400, { error: 'Invalid channel_name' }]],
      ['private/auth', { channel_name: 'presence-a' }, [400, { error: 'Invalid channel_name' }]],
      ['presence/auth', { channel_name: 'private-a' }, [400, { error: 'Invalid channel_name' }]],
      ['auth', { channel_name: 'private-a', socket_id: '1.2:private-b' }, [400, { error: 'Invalid socket_id' }]],
      ['auth', { channel_name: 'private-a', app_key: 'other' }, [403, { error: 'Invalid app_key' }]],
    ];
    for (const [path, fields, answer] of wrong) expect(await ask(path, fields)).to.deep.equal(answer);
  });

  it('are warned of in the log', async () => {
    const { logger, lines } = recordingLogger();
    await pusherWorld({ sampleAuth: true }, { logger });
    expect(lines.some((line) => JSON.stringify(line).includes('sampleAuth signs subscriptions for anyone'))).to.equal(
      true,
    );
  });
});
