import { expect } from 'chai';
import { createHookNames, createHookQueues } from '../../server/app-webhooks/queues.ts';
import { silentLogger } from '../../server/base/logger.ts';
import { createApp } from '../../server/channel/app.ts';
import { createApps } from '../../server/channel/apps.ts';
import { createMids } from '../../server/delivery/message.ts';
import { fakeClock } from '../support/clock.ts';

const hookTo = (url: string, event: string) => ({ url, events: [event], batch: false });

/** An app with hooks, and the names of their queues. */
function setUp() {
  const hooks = [hookTo('http://a/', 'channel_occupied'), hookTo('http://a/', 'channel_vacated')];
  const app = createApp({ id: '1', keys: [{ key: 'k', secret: 's', active: true }], hooks });
  const apps = createApps([app]);
  return { app, apps, names: createHookNames(apps) };
}

/** Reports once, and gives the name of the queue that took it, with those that gave their place back. */
async function report({ app, names }: ReturnType<typeof setUp>, append: () => Promise<void>) {
  const steps: string[] = [];
  const clock = fakeClock();
  const queues = createHookQueues(
    {
      log: { append },
      outboxes: {
        reserve: (name) => steps.push(`reserve ${name}`) > 0,
        release: (devices) => void steps.push(...devices.map(({ name }) => `release ${name}`)),
        enqueue: (_message, devices) => void steps.push(...devices.map(({ name }) => `enqueue ${name}`)),
      },
      clock,
      logger: silentLogger,
      nextMid: createMids(clock, '0'),
    },
    names,
  );
  for (const hook of app.hooks.slice(0, 1)) queues.emit(app, hook, [{ name: 'channel_occupied', channel: 'a' }]);
  await queues.settled();
  return { steps, queue: steps[0]?.slice('reserve '.length) ?? '' };
}

describe('createHookQueues', () => {
  it('gives the place in the queue back when a report cannot be stored', async () => {
    const made = setUp();
    const kept = await report(made, async () => {});
    expect(kept.steps).to.deep.equal([`reserve ${kept.queue}`, `enqueue ${kept.queue}`]);
    const lost = await report(made, () => Promise.reject(new Error('the disk is full')));
    expect(lost.steps).to.deep.equal([`reserve ${lost.queue}`, `release ${lost.queue}`]);
  });
});

describe('createHookNames', () => {
  it('finds the hook that a report is for, or one of its address when there are fewer than there were', async () => {
    const made = setUp();
    const { app, apps, names } = made;
    const { queue } = await report(made, async () => {});
    expect([0, 1].map((nth) => names.targetOf(queue, nth)?.hook)).to.deep.equal(app.hooks);
    apps.replace(createApp({ ...app, hooks: app.hooks.slice(1) }));
    expect(names.targetOf(queue, 1)?.hook.events).to.deep.equal(['channel_vacated']);
    apps.replace(createApp({ ...app, hooks: [] }));
    expect([names.targetOf(queue, 0), names.deviceOf(queue)]).to.deep.equal([undefined, undefined]);
  });
});
