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

  it('names those that the codes of a device let in, and theirs', () => {
    expect(letInBy('owner', devices)).to.deep.equal(['phone', 'watch', 'clock']);
    expect(letInBy('watch', devices)).to.deep.equal(['clock']);
    expect(letInBy('tablet', devices)).to.deep.equal([]);
    expect(letInBy('gone', devices)).to.deep.equal([]);
  });

  it('leaves out those that an earlier device of the same name let in', () => {
    expect(letInBy('phone', [device('phone', 9), device('watch', 3, 'phone')])).to.deep.equal([]);
  });

  it('ends where two let each other in', () => {
    expect(letInBy('a', [device('a', 1, 'b'), device('b', 1, 'a')])).to.deep.equal(['b']);
  });
});
