import { expect } from 'chai';
import { createPushCheck } from '../../server/delivery/check.ts';
import type { Device } from '../../server/delivery/device.ts';
import { rejection } from '../support/rejection.ts';
import { openBackend, pushTransport } from './fixtures.ts';

const device = (routes: Device['routes']): Device => ({
  name: 'phone',
  groups: [],
  routes,
  secured: true,
  createdAt: 0,
});

describe('createPushCheck', () => {
  async function setUp() {
    const { log } = await openBackend();
    const push = pushTransport();
    const check = createPushCheck({ transports: new Map([['webpush', push]]), log });
    return { log, push, check };
  }

  it('says what the push service says, and keeps nothing but the mid', async () => {
    const { log, push, check } = await setUp();
    push.answer = () => ({ kind: 'refused', reason: '413' });
    const result = await check(device({ webpush: 'there' }));
    const { mid = '' } = push.attempts[0] ?? {};
    expect(result).to.deep.equal({ mid, outcome: { kind: 'refused', reason: '413' } });
    expect(push.attempts[0]).to.include({ device: 'phone', address: 'there' });
    expect(await log.lastMid()).to.equal(mid);
    expect(await log.find(mid)).to.equal(undefined);
    expect(await log.queued()).to.deep.equal(new Map());
  });

  it('is off where no push runs, and says so where the device has none', async () => {
    const { log, check } = await setUp();
    expect(await check(device({ websocket: {} }))).to.equal('no_subscription');
    const none = createPushCheck({ transports: new Map(), log });
    expect(await none(device({ webpush: 'there' }))).to.equal('off');
    expect(await log.lastMid()).to.equal('0');
  });

  it('pushes nothing under a mid that could not be kept', async () => {
    const { push } = await setUp();
    const stamp = () => Promise.reject(new Error('disk'));
    const check = createPushCheck({ transports: new Map([['webpush', push]]), log: { stamp } });
    expect(await rejection(check(device({ webpush: 'there' })))).to.have.property('message', 'disk');
    expect(push.attempts).to.deep.equal([]);
  });
});
