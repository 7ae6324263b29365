import { expect } from 'chai';
import { createOutbound } from '../../../server/outbound/outbound.ts';
import { createAccess, TokenError } from '../../../server/transports/fcm/access.ts';
import { readServiceAccount } from '../../../server/transports/fcm/account.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { fakeClock } from '../../support/clock.ts';
import { rejection } from '../../support/rejection.ts';
import { fakeGoogle } from './servers.ts';

async function setUp() {
  const google = await fakeGoogle();
  const clock = fakeClock();
  const outbound = createOutbound({ clock, maxSockets: 8 });
  onCleanup(() => outbound.close());
  const account = readServiceAccount({ serviceAccount: google.keyFile as never, projectId: '' });
  const access = createAccess({ account, client: outbound.client({ timeout: 1000 }), proxy: undefined, clock });
  return { google, clock, account, access };
}

describe('createAccess', () => {
  it('signs for an hour, for the scope of messages and the endpoint of the key', async () => {
    const { access, google, clock, account } = await setUp();
    expect(await access.token()).to.equal('ya29.1');
    const now = Math.floor(clock.now() / 1000);
    expect(google.assertions).to.deep.equal([
      {
        iss: account.email,
        scope: 'https://www.googleapis.com/auth/firebase.messaging',
        aud: account.tokenUri.href,
        iat: now,
        exp: now + 3600,
      },
    ]);
  });

  it('keeps a token until five minutes before its end, whatever the wall clock does', async () => {
    const { access, google, clock } = await setUp();
    await access.token();
    clock.step(-86_400_000);
    await clock.tick(3_299_000);
    clock.step(2 * 86_400_000);
    expect(await access.token()).to.equal('ya29.1');
    await clock.tick(1000);
    expect(await access.token()).to.equal('ya29.2');
    expect(google.assertions).to.have.length(2);
  });

  it('asks once for all who need a token at the same time, also where that fails', async () => {
    const { access, google } = await setUp();
    google.tokenAnswers.push({ status: 503, headers: { 'retry-after': '9' } });
    const failed = await Promise.all([rejection(access.token()), rejection(access.token())]);
    for (const error of failed) expect(error).to.be.instanceOf(TokenError).and.to.include({ after: 9000 });
    expect(await Promise.all([access.token(), access.token()])).to.deep.equal(['ya29.1', 'ya29.1']);
  });

  it('asks again for a token that was refused, and only for that', async () => {
    const { access } = await setUp();
    const first = await access.token();
    access.renew('another');
    expect(await access.token()).to.equal(first);
    access.renew(first);
    expect(await access.token()).to.equal('ya29.2');
  });
});
