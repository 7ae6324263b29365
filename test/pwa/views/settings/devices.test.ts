import { expect } from 'chai';
import { letInBy } from '../../../../pwa/src/views/settings/devices.tsx';
import type { DeviceInfo } from '../../../../shared/api.ts';

const device = (name: string, createdAt: number, pairedBy?: string): DeviceInfo => ({
  name,
  createdAt,
  groups: [],
  routes: [],
  online: false,
  queued: 0,
  lastReceived: null,
  lastReceivedAt: null,
  ...(pairedBy === undefined ? {} : { pairedBy }),
});

describe('letInBy', () => {
  const devices = [
    device('owner', 1),
    device('phone', 2, 'owner'),
    device('watch', 3, 'phone'),
    device('clock', 4, 'watch'),
    device('tablet', 5),
  ];

  it('names the devices that a device paired, directly or through others', () => {
    expect(letInBy('owner', devices)).to.deep.equal(['phone', 'watch', 'clock']);
    expect(letInBy('watch', devices)).to.deep.equal(['clock']);
    expect(letInBy('tablet', devices)).to.deep.equal([]);
    expect(letInBy('gone', devices)).to.deep.equal([]);
  });

  it('skips devices that an earlier device of the same name paired', () => {
    expect(letInBy('phone', [device('phone', 9), device('watch', 3, 'phone')])).to.deep.equal([]);
  });

  it('ends when two devices paired each other', () => {
    expect(letInBy('a', [device('a', 1, 'b'), device('b', 1, 'a')])).to.deep.equal(['b']);
  });
});
