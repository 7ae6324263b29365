// Logins that are kept on another machine.
import { expect } from 'chai';
import { type FarGuards, farGuards } from '../../support/far-guards.ts';
import { refused } from '../../support/refused.ts';
import { world } from '../../world.ts';
import { call, jwt, member, relay1_13 } from './relay.ts';

describe('logins of gusher.cluster that are kept elsewhere', () => {
  it('let sockets in, and are 503 while they cannot be reached', async () => {
    let far: FarGuards | undefined;
    const relay = await world({
      ...relay1_13(),
      over({ guards }) {
        far = farGuards(guards);
        return { guards: far.guards };
      },
    });
    if (far === undefined) throw new Error('the relay has no guards');
    await member(relay);
    const { token } = (await call(relay, 'POST /auth', { jwt: await jwt({}) })).json;
    far.isGone = true;
    const answer = await call(relay, 'POST /auth', { jwt: await jwt({}) });
    expect([answer.status, answer.text]).to.deep.equal([503, 'the store cannot be reached\n']);
    const url = `ws://127.0.0.1:${relay.relay.ports.websocket}/ws/TEST?token=${token}`;
    expect(await refused(url)).to.equal('503 the store cannot be reached');
    far.isGone = false;
    await relay.socket(`/ws/TEST?token=${token}`);
  });
});
