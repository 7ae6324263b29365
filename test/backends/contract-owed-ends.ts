// The part of the contract about the ends that apps are owed.
import { expect } from 'chai';
import type { Backend } from '../../server/backends/backend.ts';
import { type Harness, useBackend } from './harness.ts';

const ODD = ['\0', 'a\0b', '\ud800', '\udfff', '手机', '"\'\\', '__proto__', '10', ' ', '\n'];

export function describeOwedEnds(harness: Harness<Backend>): void {
  describe('owedEnds', () => {
    const relay = useBackend(harness);
    const end = (app: string, channel: string, user = '') => ({ app, channel, user });
    const load = () => relay.backend.owedEnds.load();

    it('are none at first', async () => {
      expect(await load()).to.deep.equal([]);
    });

    it('are kept once each over restarts until they are taken out', async () => {
      const { owedEnds } = relay.backend;
      const ends = [end('1', 'a'), end('1', 'presence-a'), end('1', 'presence-a', '7'), end('2', 'a')];
      await Promise.all([...ends, ...ends].map((one) => owedEnds.add(one)));
      await owedEnds.remove(end('1', 'presence-a'));
      await owedEnds.remove(end('1', 'nobody'));
      const left = [end('1', 'a'), end('1', 'presence-a', '7'), end('2', 'a')];
      expect(await load()).to.have.deep.members(left);
      await relay.reopen();
      expect(await load()).to.have.deep.members(left);
      await relay.backend.owedEnds.add(end('1', 'presence-a'));
      expect(await load()).to.have.deep.members([...left, end('1', 'presence-a')]);
    });

    it('see what was called for just before', async () => {
      const { owedEnds } = relay.backend;
      const changes = [owedEnds.add(end('1', 'a')), owedEnds.add(end('1', 'b')), owedEnds.remove(end('1', 'a'))];
      expect(await load()).to.deep.equal([end('1', 'b')]);
      await Promise.all(changes);
    });

    it('go with their app, and no other', async () => {
      const { owedEnds } = relay.backend;
      await Promise.all(['1', '11', '__proto__'].map((app) => owedEnds.add(end(app, 'a', 'u'))));
      await owedEnds.forget('1');
      await owedEnds.forget('nobody');
      expect(await load()).to.have.deep.members([end('11', 'a', 'u'), end('__proto__', 'a', 'u')]);
    });

    it('may be of users with any id', async () => {
      const ends = ODD.map((user) => end('1', 'presence-a', user));
      await Promise.all(ends.map((one) => relay.backend.owedEnds.add(one)));
      await relay.reopen();
      expect(await load()).to.have.deep.members(ends);
      await Promise.all(ends.slice(1).map((one) => relay.backend.owedEnds.remove(one)));
      expect(await load()).to.deep.equal(ends.slice(0, 1));
    });

    it('refuse changes once it is closed', async () => {
      await relay.backend.close();
      const [result] = await Promise.allSettled([relay.backend.owedEnds.add(end('1', 'a'))]);
      expect(result?.status).to.equal('rejected');
    });
  });
}
