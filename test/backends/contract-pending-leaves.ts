// The part of the contract about the ends that apps are owed.
import { expect } from 'chai';
import type { EmbeddedBackend } from '../../server/backends/embedded/index.ts';
import { type Harness, useBackend } from './harness.ts';

const ODD = ['\0', 'a\0b', '\ud800', '\udfff', '手机', '"\'\\', '__proto__', '10', ' ', '\n'];

export function describePendingLeaves(harness: Harness<EmbeddedBackend>): void {
  describe('pendingLeaves', () => {
    const relay = useBackend(harness);
    const end = (app: string, channel: string, user = '') => ({ app, channel, user });
    const load = () => relay.backend.pendingLeaves.load();

    it('are none at first', async () => {
      expect(await load()).to.deep.equal([]);
    });

    it('are kept once each over restarts until they are taken out', async () => {
      const { pendingLeaves } = relay.backend;
      const ends = [end('1', 'a'), end('1', 'presence-a'), end('1', 'presence-a', '7'), end('2', 'a')];
      await Promise.all([...ends, ...ends].map((one) => pendingLeaves.add(one)));
      await pendingLeaves.remove(end('1', 'presence-a'));
      await pendingLeaves.remove(end('1', 'nobody'));
      const left = [end('1', 'a'), end('1', 'presence-a', '7'), end('2', 'a')];
      expect(await load()).to.have.deep.members(left);
      await relay.reopen();
      expect(await load()).to.have.deep.members(left);
      await relay.backend.pendingLeaves.add(end('1', 'presence-a'));
      expect(await load()).to.have.deep.members([...left, end('1', 'presence-a')]);
    });

    it('see what was called for just before', async () => {
      const { pendingLeaves } = relay.backend;
      const changes = [
        pendingLeaves.add(end('1', 'a')),
        pendingLeaves.add(end('1', 'b')),
        pendingLeaves.remove(end('1', 'a')),
      ];
      expect(await load()).to.deep.equal([end('1', 'b')]);
      await Promise.all(changes);
    });

    it('go with their app, and no other', async () => {
      const { pendingLeaves } = relay.backend;
      await Promise.all(['1', '11', '__proto__'].map((app) => pendingLeaves.add(end(app, 'a', 'u'))));
      await pendingLeaves.forget('1');
      await pendingLeaves.forget('nobody');
      expect(await load()).to.have.deep.members([end('11', 'a', 'u'), end('__proto__', 'a', 'u')]);
    });

    it('may be of users with any id', async () => {
      const ends = ODD.map((user) => end('1', 'presence-a', user));
      await Promise.all(ends.map((one) => relay.backend.pendingLeaves.add(one)));
      await relay.reopen();
      expect(await load()).to.have.deep.members(ends);
      await Promise.all(ends.slice(1).map((one) => relay.backend.pendingLeaves.remove(one)));
      expect(await load()).to.deep.equal(ends.slice(0, 1));
    });

    it('refuse changes once it is closed', async () => {
      await relay.backend.close();
      const [result] = await Promise.allSettled([relay.backend.pendingLeaves.add(end('1', 'a'))]);
      expect(result?.status).to.equal('rejected');
    });
  });
}
