import { expect } from 'chai';
import type { CheckStep, Model } from '../../../../pwa/src/model/model.ts';
import { eventually } from '../../../support/eventually.ts';
import { type World, world } from '../../../world.ts';
import { openPage, pairPage, refusalOf, TestBrowser, type TestPage, when } from '../../support/page.ts';

// The push service that the fake browser names is never there: these tests are about the page and the relay's list of routes.
async function routes(relay: World, name: string): Promise<string[]> {
  const { json } = await relay.request('/v1/devices');
  return json.devices.find((device: { name: string }) => device.name === name)?.routes;
}

async function paired(options: Parameters<typeof openPage>[1] = {}) {
  const relay = await world();
  const page = await openPage(relay, options);
  const account = await pairPage(relay, page, 'phone');
  return { relay, page, account };
}

describe('push state', () => {
  it('says why push is not possible', async () => {
    const relay = await world();
    for (const [change, key] of [
      [{ secure: false }, 'push.impossible.insecure'],
      [{ mustInstall: true, supported: false }, 'push.impossible.install_first'],
      [{ supported: false }, 'push.impossible.unsupported'],
    ] as const) {
      const page = await openPage(relay);
      Object.assign(page.push, change);
      page.back();
      await when(() => page.model.push.value.kind === 'impossible');
      expect(page.model.push.value).to.deep.equal({ kind: 'impossible', why: { key } });
      expect(await refusalOf(page.model.enablePush())).to.equal(key);
    }
  });

  it('says that the relay has push switched off', async () => {
    const relay = await world({ config: { webpush: { enabled: false } } });
    const page = await openPage(relay);
    await pairPage(relay, page, 'phone');
    await when(() => page.model.push.value.kind === 'impossible');
    expect(page.model.push.value).to.have.nested.property('why.key', 'push.impossible.relay_off');
  });

  it('follows what the browser says', async () => {
    const { page } = await paired();
    await when(() => page.model.push.value.kind === 'askable');
    for (const [current, kind] of [
      ['denied', 'denied'],
      ['granted', 'off'],
    ] as const) {
      page.push.current = current;
      page.back();
      await when(() => page.model.push.value.kind === kind);
    }
  });
});

describe('enablePush', () => {
  it('asks, subscribes with the key of the relay, and registers there', async () => {
    const { relay, page } = await paired();
    await page.model.enablePush();
    expect(page.model.push.value).to.deep.equal({ kind: 'on' });
    expect(page.push.subscription?.options.applicationServerKey?.byteLength).to.equal(65);
    expect(await routes(relay, 'phone')).to.deep.equal(['websocket', 'webpush']);
  });

  it('says that the person refused, or gave no answer', async () => {
    const { page } = await paired();
    page.push.answer = 'default';
    expect(await refusalOf(page.model.enablePush())).to.equal('push.dismissed');
    page.push.answer = 'denied';
    expect(await refusalOf(page.model.enablePush())).to.equal('push.denied');
    expect(page.model.push.value).to.deep.equal({ kind: 'denied' });
  });

  it('needs a relay first', async () => {
    const { model } = await openPage(await world());
    expect(await refusalOf(model.enablePush())).to.equal('push.no_account');
  });

  it('runs again at the next start, and subscribes again if the subscription is lost', async () => {
    const browser = new TestBrowser();
    const { relay, page } = await paired({ browser });
    await page.model.enablePush();
    page.close();
    const next = await openPage(relay, { browser, parts: { notifications: page.push } });
    await when(() => next.model.push.value.kind === 'on');
    expect(page.push.made).to.equal(1);
    next.close();
    page.push.subscription = null;
    const last = await openPage(relay, { browser, parts: { notifications: page.push } });
    await when(() => last.model.push.value.kind === 'on');
    expect(page.push.made).to.equal(2);
  });

  it('registers over the next connection when the relay cannot be reached', async () => {
    let isBroken = true;
    const flaky: typeof fetch = async (input, init) => {
      if (isBroken && String(init?.body).includes('REGISTER_WEBPUSH')) throw new TypeError('no network');
      return fetch(input, init);
    };
    const { relay, page, account } = await paired({ parts: { fetch: flaky } });
    expect(await refusalOf(page.model.enablePush())).to.equal('error.unreachable');
    expect(await routes(relay, 'phone')).to.deep.equal(['websocket']);
    isBroken = false;
    page.model.reconnect(account.id);
    await eventually('the relay knows both routes', async () => (await routes(relay, 'phone')).length === 2);
  });

  it('subscribes once, even if the relay connects in the meantime', async () => {
    const { relay, page, account } = await paired();
    let isAllowed = () => {};
    const allowed = new Promise<void>((resolve) => {
      isAllowed = resolve;
    });
    const { manager } = page.push;
    page.push.manager = async () => {
      const { subscribe, ...rest } = await manager();
      return { ...rest, subscribe: (options) => allowed.then(() => subscribe(options)) };
    };
    const enabled = page.model.enablePush();
    const state = () => page.model.connections.value.get(account.id)?.kind;
    page.model.reconnect(account.id);
    await when(() => state() === 'connecting');
    await when(() => state() === 'connected');
    // What the page does with its new connection, it does by now.
    for (let turns = 0; turns < 50; turns += 1) await new Promise(setImmediate);
    isAllowed();
    await enabled;
    expect(page.push.made).to.equal(1);
    expect(await routes(relay, 'phone')).to.include('webpush');
  });

  it('subscribes again when the relay has another key', async () => {
    const browser = new TestBrowser();
    const { page } = await paired({ browser });
    await page.model.enablePush();
    page.close();
    const other = await world();
    const next = await openPage(other, { browser, parts: { notifications: page.push } });
    await pairPage(other, next, 'phone');
    await when(() => page.push.made === 2);
  });
});

describe('a push service that does not answer', () => {
  /** A browser whose `subscribe` waits until it is let go. */
  function silent(page: TestPage) {
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const asked: unknown[] = [];
    const { manager } = page.push;
    page.push.manager = async () => {
      const { subscribe, ...rest } = await manager();
      return {
        ...rest,
        subscribe: (options) => {
          asked.push(options);
          return answered.then(() => subscribe(options));
        },
      };
    };
    return { answer, asked };
  }

  /** Lets `subscribe` begin, and then so much time pass that it is given up. */
  async function giveUp(page: TestPage, asked: readonly unknown[], timers: number): Promise<void> {
    // A try may share the request of an earlier one, so its time limit tells that it has begun.
    await eventually('a request with a time limit', () => asked.length > 0 && page.clock.timers() > timers);
    await page.clock.tick(15_000);
  }

  it('is named after 15 s, and a person can try again', async () => {
    const { page } = await paired();
    const { asked } = silent(page);
    for (let tries = 0; tries < 2; tries += 1) {
      const timers = page.clock.timers();
      const enabled = refusalOf(page.model.enablePush());
      await giveUp(page, asked, timers);
      expect(await enabled).to.equal('push.service_silent');
    }
    expect(page.model.push.value).to.deep.equal({
      kind: 'off',
      why: { key: 'push.service_silent', values: { service: 'push.services.mozilla.com', seconds: 15 } },
    });
  });

  it('is used if it answers late', async () => {
    const { relay, page } = await paired();
    const { answer, asked } = silent(page);
    const timers = page.clock.timers();
    const enabled = refusalOf(page.model.enablePush());
    await giveUp(page, asked, timers);
    await enabled;
    answer();
    await when(() => page.model.push.value.kind === 'on');
    await eventually('the relay knows the subscription', async () => (await routes(relay, 'phone')).length === 2);
  });

  it('does not hold up the state or the history when the page starts', async () => {
    const browser = new TestBrowser();
    const { relay, page, account } = await paired({ browser });
    await page.model.enablePush();
    page.close();
    page.push.subscription = null;
    const { asked } = silent(page);
    await relay.request('/phone.send?text=hello&wait=0');
    const next = await openPage(relay, { browser, parts: { notifications: page.push } });
    await when(() => next.model.push.value.kind === 'off');
    await when(() => next.model.messages.value.length === 1);
    expect(asked.length).to.be.at.least(1);
    const left = next.model.signOut(account.id);
    await when(() => next.model.accounts.value.length === 0);
    await next.clock.tick(3000);
    await left;
  });

  it('is named when it refuses', async () => {
    const { page } = await paired();
    const { manager } = page.push;
    page.push.manager = async () => ({
      ...(await manager()),
      subscribe: () => Promise.reject(new DOMException('Registration failed - push service error', 'AbortError')),
    });
    expect(await refusalOf(page.model.enablePush())).to.equal('push.subscribe_failed');
    expect(page.model.push.value).to.have.nested.property('why.values.service', 'push.services.mozilla.com');
  });
});

describe('disablePush', () => {
  it('ends the subscription, and does not subscribe again', async () => {
    const browser = new TestBrowser();
    const { relay, page } = await paired({ browser });
    await page.model.enablePush();
    await page.model.disablePush();
    expect([page.push.subscription, page.model.push.value.kind]).to.deep.equal([null, 'off']);
    page.close();
    const next = await openPage(relay, { browser, parts: { notifications: page.push } });
    await when(() => next.model.push.value.kind === 'off');
    expect(page.push.made).to.equal(1);
  });
});

describe('signOut', () => {
  it('ends the subscription', async () => {
    const { page, account } = await paired();
    await page.model.enablePush();
    await page.model.signOut(account.id);
    expect(page.push.subscription).to.equal(null);
  });
});

describe('checkDelivery', () => {
  async function check(model: Model, accountId: string) {
    let steps: readonly CheckStep[] = [];
    const outcome = await model.checkDelivery(accountId, (now) => {
      steps = now;
    });
    return { outcome, steps: steps.map(({ part, state, why }) => [part, state, why?.key].filter(Boolean).join(' ')) };
  }

  /** A relay whose push service says this. */
  function answering(outcome: string, onCheck: () => void = () => {}): typeof fetch {
    return async (input, init) => {
      if (!String(input).endsWith('/v1/check')) return fetch(input, init);
      onCheck();
      return Response.json({ mid: '42', outcome, reason: 'why' });
    };
  }

  it('fails at the permission', async () => {
    const { page, account } = await paired();
    const { outcome, steps } = await check(page.model, account.id);
    expect(outcome).to.equal('no_subscription');
    expect(steps).to.deep.equal([
      'permission failed check.not_allowed',
      'subscription waiting',
      'server waiting',
      'push_service waiting',
      'device waiting',
    ]);
    page.push.current = 'denied';
    expect((await check(page.model, account.id)).steps[0]).to.equal('permission failed check.denied');
  });

  it('fails at the subscription', async () => {
    const { page, account } = await paired();
    page.push.current = 'granted';
    expect((await check(page.model, account.id)).steps[1]).to.equal('subscription failed check.no_subscription');
  });

  it('fails at the server when it cannot be reached', async () => {
    const { page, account } = await paired();
    await page.model.enablePush();
    page.setOnline(false);
    const { steps, outcome } = await check(page.model, account.id);
    expect([steps[2], outcome]).to.deep.equal(['server failed error.no_network', 'retry']);
  });

  for (const [outcome, key] of [
    ['gone', 'check.gone'],
    ['retry', 'check.retry'],
    ['refused', 'check.refused'],
    ['off', 'check.off'],
  ] as const) {
    it(`ends at a push service that says ${outcome}`, async () => {
      const { page, account } = await paired({ parts: { fetch: answering(outcome) } });
      await page.model.enablePush();
      const result = await check(page.model, account.id);
      expect([result.steps[3], result.outcome]).to.deep.equal([`push_service failed ${key}`, outcome]);
    });
  }

  it('succeeds when the push arrives, even before the relay answers', async () => {
    const browser = new TestBrowser();
    let worker: ReturnType<TestBrowser['createChannel']> | undefined;
    const tell = () => worker?.postMessage({ kind: 'check', mid: '42' });
    const { page, account } = await paired({ browser, parts: { fetch: answering('accepted', tell) } });
    worker = browser.createChannel('herald:/');
    await page.model.enablePush();
    const { outcome, steps } = await check(page.model, account.id);
    expect(outcome).to.equal('accepted');
    expect(steps.every((step) => step.endsWith(' ok'))).to.equal(true);
  });

  it('fails at the device when nothing arrives', async () => {
    const { page, account } = await paired({ parts: { fetch: answering('accepted') } });
    await page.model.enablePush();
    const steps = await runOut(page, account.id);
    expect(steps.at(-1)).to.equal('device failed check.no_arrival');
  });

  async function runOut(page: TestPage, accountId: string): Promise<string[]> {
    let steps: readonly CheckStep[] = [];
    let began = () => {};
    const waits = new Promise<void>((resolve) => {
      began = resolve;
    });
    const done = page.model.checkDelivery(accountId, (now) => {
      steps = now;
      if (now.at(-1)?.state === 'running') began();
    });
    await waits;
    await page.clock.tick(30_000);
    await done;
    return steps.map(({ part, state, why }) => `${part} ${state} ${why?.key ?? ''}`.trim());
  }
});
