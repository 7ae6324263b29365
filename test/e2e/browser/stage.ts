// The page in real browsers, proven from outside as a person and a cron job would. This file: what every such test stands
// on. Not here: browsers themselves and the desktop, which are in support/.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'puppeteer-core';
import { type ChromiumOptions, launchChromium } from '../../support/browsers/chromium.ts';
import { launchFirefox } from '../../support/browsers/firefox.ts';
import type { BrowserOptions } from '../../support/browsers/options.ts';
import { BROWSER_LIMIT, eventually } from '../../support/eventually.ts';
import { type FakeDesktop, startFakeDesktop } from '../../support/fake-desktop/index.ts';
import { type PushService, startPushService } from '../../support/push-service/index.ts';
import { listen } from '../../support/push-service/listen.ts';
import { type RelayProcess, spawnRelay, TOKEN } from '../relay-process.ts';

const run = promisify(execFile);

/**
 * A free port that stays free while the relay is down: systems give those from 32,768 on, or higher ones, to who asks for
 * any, and tests that run beside this one have other process ids.
 */
async function ownPort(): Promise<number> {
  for (let port = 12_000 + (process.pid % 20_000); ; port += 1) {
    const server = createServer();
    const isFree = await listen(server, port, '127.0.0.1').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** What the relay answers to a sender, as far as tests look. */
export interface SendReply {
  readonly mid: string;
  readonly status: Readonly<Record<string, string>>;
}

/** How the stage differs from the usual one. */
export interface StageOptions {
  readonly config?: Record<string, object>;
  /** Makes the checkout whose built relay and page are used, inside of the stage's directory. */
  readonly root?: (dir: string) => Promise<string>;
  /** Whether the time of the relay can be moved ahead. */
  readonly fastClock?: boolean;
}

/** A relay in a process of its own, a push service, a desktop, and the browsers of one test file. */
export class Stage {
  readonly dir: string;
  readonly service: PushService;
  readonly desktop: FakeDesktop;
  /** Where the relay's `dist/` is; undefined for this checkout. */
  readonly root: string | undefined;
  readonly #config: Record<string, object>;
  readonly #fastClock: boolean;
  readonly #browsers = new Set<Browser>();
  #relay: RelayProcess | undefined;

  private constructor(
    dir: string,
    service: PushService,
    desktop: FakeDesktop,
    root: string | undefined,
    { config = {}, fastClock = false }: StageOptions,
  ) {
    this.dir = dir;
    this.service = service;
    this.desktop = desktop;
    this.root = root;
    this.#config = config;
    this.#fastClock = fastClock;
  }

  static async open(options: StageOptions): Promise<Stage> {
    const dir = await mkdtemp(join(tmpdir(), 'herald-stage-'));
    const [service, desktop, root] = await Promise.all([startPushService(), startFakeDesktop(), options.root?.(dir)]);
    const stage = new Stage(dir, service, desktop, root, options);
    await stage.startRelay();
    return stage;
  }

  /** Starts the relay; after `stopRelay` at the same address with the same data. */
  async startRelay(): Promise<void> {
    const webpush = { allowPrivateEndpoints: true, retryTimeout: 5000, ...this.#config['webpush'] };
    const port = this.#relay?.port ?? (await ownPort());
    this.#relay = await spawnRelay(this.dir, {
      config: { ...this.#config, webpush, http: { port, ...this.#config['http'] } },
      env: this.service.appEnv({ caFile: join(this.dir, 'ca.pem') }),
      fastClock: this.#fastClock,
      ...(this.root === undefined ? {} : { root: this.root }),
    });
  }

  /** Moves the time of the relay ahead. */
  async tick(ms: number): Promise<void> {
    await this.#relay?.tick(ms);
  }

  async stopRelay(): Promise<void> {
    await this.#relay?.kill();
  }

  /** An address of the relay: of the page, unless a path says otherwise. */
  url(path = '/'): string {
    if (this.#relay === undefined) throw new Error('the relay does not run');
    return this.#relay.url(path);
  }

  /** A new Chromium; `profile` is the name of its directory, for one that comes back. */
  chromium(profile: string, options: Omit<ChromiumOptions, 'profile'> = {}): Promise<Browser> {
    return this.#launch(profile, (all) => launchChromium({ ...all, ...options }));
  }

  /** A new Firefox; `profile` is the name of its directory, for one that comes back. */
  firefox(profile: string, options: Omit<BrowserOptions, 'profile'> = {}): Promise<Browser> {
    return this.#launch(profile, (all) => launchFirefox({ ...all, ...options }));
  }

  async #launch(name: string, launch: (options: BrowserOptions) => Promise<Browser>): Promise<Browser> {
    const profile = join(this.dir, 'profiles', name);
    await mkdir(profile, { recursive: true });
    const { service: pushService, desktop } = this;
    const browser = await launch({ pushService, desktop, profile, notifications: 'granted' });
    this.#browsers.add(browser);
    browser.once('disconnected', () => this.#browsers.delete(browser));
    return browser;
  }

  /** Sends with curl, as a cron job does, to a device, or to a group as `<group>.group`. */
  async curl(target: string, fields: Readonly<Record<string, string>>): Promise<SendReply> {
    const data = Object.entries(fields).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`]);
    const all = [
      '-sS',
      '--max-time',
      '60',
      '-G',
      this.url(`/${target.includes('.') ? target : `${target}.send`}`),
      '-H',
      `Authorization: ${TOKEN}`,
      ...data,
    ];
    const { stdout } = await run('curl', all);
    return JSON.parse(stdout).data;
  }

  /** Has one curl send many at once: `[1-9]` in the text stands for each of these numbers. */
  async curlMany(target: string, text: string, wait = '0'): Promise<void> {
    const url = this.url(`/${target}.send?wait=${wait}&text=${text.replaceAll(' ', '%20')}`);
    const options = ['-sS', '--fail', '--parallel', '--parallel-max', '40', '--max-time', '60'];
    await run('curl', [...options, '-H', `Authorization: ${TOKEN}`, url]);
  }

  /** Asks the relay's own interface as its owner. */
  async ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const response = await fetch(this.url(path), { ...init, headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${text}`);
    return JSON.parse(text);
  }

  /** A fresh pairing link, as the relay prints it at its start. */
  async pairingLink(): Promise<string> {
    const { path } = await this.ask<{ path: string }>('/v1/pairings', { method: 'POST' });
    return this.url(path);
  }

  /** The state of every recipient of a message. */
  async statuses(mid: string): Promise<Readonly<Record<string, string>>> {
    return (await this.ask<SendReply>(`/v1/messages/${mid}`)).status;
  }

  /** Waits until a recipient of a message has this state. */
  async reaches(mid: string, name: string, status: string, timeoutMs?: number): Promise<void> {
    await eventually(`${name} has ${status}`, () => this.statuses(mid).then((statuses) => statuses[name]), {
      until: (found) => found === status,
      limit: timeoutMs ?? BROWSER_LIMIT,
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#browsers].map((browser) => browser.close()));
    await this.stopRelay();
    await Promise.all([this.service.close(), this.desktop.stop()]);
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Has a stage stand for the suite that is being described; the function gives it to a test. */
export function useStage(options: StageOptions = {}): () => Stage {
  let stage: Stage | undefined;
  before(async () => {
    stage = await Stage.open(options);
  });
  after(() => stage?.close());
  return () => {
    if (stage === undefined) throw new Error('the suite has not begun');
    return stage;
  };
}
