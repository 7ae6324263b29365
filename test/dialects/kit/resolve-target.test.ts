import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import type { Device } from '../../../server/delivery/device.ts';
import { createResolveTarget } from '../../../server/dialects/kit/resolve-target.ts';

const device = (name: string, routes = {}): Device => ({ name, groups: ['ops'], routes, secured: true, createdAt: 0 });
const known = [device('phone'), device('ops-phone'), device('oncall', { webhook: true }), device('hook:odd')];
const devices = { get: (name: string) => known.find((one) => one.name === name), groups: () => ['ops', 'phone'] };
const resolve = createResolveTarget(devices, { may: () => true });

describe('createResolveTarget', () => {
  it('finds a device, or else a group', () => {
    expect(resolve('phone')).to.deep.equal({ sendType: 'personal', target: 'phone' });
    expect(resolve('ops')).to.deep.equal({ sendType: 'group', target: 'ops' });
    expect(resolve('group:phone')).to.deep.equal({ sendType: 'group', target: 'phone' });
    expect(resolve('hook:oncall')).to.deep.equal({ sendType: 'personal', target: 'oncall' });
    expect(resolve('hook:odd')).to.deep.equal({ sendType: 'personal', target: 'hook:odd' });
  });

  it('refuses what is not there, and what the sender may not send to', () => {
    for (const name of ['nobody', 'group:nobody', 'group:', 'hook:phone', 'hook:', '__proto__', '']) {
      expect(() => resolve(name), name).to.throw(RelayError, 'neither a device nor a group');
    }
    const bound = createResolveTarget(devices, { may: (action, target) => action === 'send' && target === 'phone' });
    expect(bound('phone')).to.include({ target: 'phone' });
    for (const name of ['ops', 'oncall', 'hook:oncall', 'nobody']) {
      expect(() => bound(name), name).to.throw(RelayError, 'this sender may not send');
    }
  });
});
