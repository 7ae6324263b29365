import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { anyPage, pair } from '../e2e/browser/phone.ts';
import { launchChromium } from '../support/browsers/chromium.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { startFakeDesktop } from '../support/fake-desktop/index.ts';
import { freePort } from '../support/free-port.ts';
import { startPushService } from '../support/push-service/index.ts';
import { tempDir } from '../support/temp-dir.ts';
import { debianRoot, type Machine, startMachine } from './support/debian-root.ts';
import { startRegistry } from './support/registry.ts';
import { packTarball } from './support/tarball.ts';

const run = promisify(execFile);
/** Longest time in ms that a download, an installation or a certificate may take. */
const LIMIT = 90_000;
/** Where Caddy keeps the certificate of its own authority. */
const AUTHORITY = 'root/.local/share/caddy/pki/authorities/local/root.crt';

/** A machine that finds the relay in its registry, and whose relay reaches the local push service. */
async function emptyMachine() {
  const root = await debianRoot();
  const [registry, pushService, desktop] = await Promise.all([startRegistry(), startPushService(), startFakeDesktop()]);
  onCleanup(() => Promise.all([registry.close(), pushService.close(), desktop.stop()]));
  registry.publish({ tarball: await packTarball(await tempDir()) });
  await mkdir(join(root, 'push'));
  const routing = new URL('../support/push-service/route-push-hosts.mjs', import.meta.url);
  await copyFile(fileURLToPath(routing), join(root, 'push/route.mjs'));
  await writeFile(join(root, 'push/ca.pem'), pushService.caPem);
  const machine = await startMachine(root);
  Object.assign(machine.env, {
    npm_config_registry: registry.url,
    npm_config_update_notifier: 'false',
    LOCAL_PUSH_SERVICE: pushService.endpointOrigin,
  });
  return { machine, pushService, desktop };
}

/** A browser that trusts the authority, as a person makes it trust one. */
async function browserThatTrusts(authority: string, options: Omit<Parameters<typeof launchChromium>[0], 'profile'>) {
  const home = await tempDir();
  const database = join(home, '.pki/nssdb');
  await mkdir(database, { recursive: true });
  await run('certutil', ['-d', `sql:${database}`, '-N', '--empty-password']);
  await run('certutil', ['-d', `sql:${database}`, '-A', '-t', 'C,,', '-n', 'caddy', '-i', authority]);
  const { desktop } = options;
  const withHome = desktop === undefined ? {} : { desktop: { ...desktop, env: { ...desktop.env, HOME: home } } };
  const browser = await launchChromium({ ...options, ...withHome, profile: join(home, 'profile') });
  onCleanup(() => browser.close());
  return browser;
}

/** Waits until a program in the background has written something that matches, and returns the match. */
async function says(program: ReturnType<Machine['start']>, pattern: RegExp): Promise<string> {
  return eventually(`a program says ${pattern}`, () => pattern.exec(program.written.text)?.[0], {
    limit: LIMIT,
  }).then(String, (error: Error) => {
    throw new Error(`${error.message}\n${program.written.text}`, { cause: error });
  });
}

describe('the first notification, on an empty Debian', function () {
  this.timeout(300_000);

  it('comes over https after six commands and clicks', async () => {
    const { machine, pushService, desktop } = await emptyMachine();
    const [port, https] = [await freePort(), await freePort()];
    const commands: string[] = [];
    const typed = (command: string) => {
      commands.push(command);
      return ['sh', '-c', command] as const;
    };
    // The variables stand for the local push service and for ports that are free here.
    const local = `HERALD_HTTP__HOST=127.0.0.1 HERALD_HTTP__PORT=${port} HERALD_WEBPUSH__ALLOW_PRIVATE_ENDPOINTS=true NODE_EXTRA_CA_CERTS=/push/ca.pem NODE_OPTIONS='--import /push/route.mjs'`;
    const address = `https://localhost:${https}`;

    const relay = machine.start(
      ...typed(`${local} HERALD_HTTP__URL=${address} HERALD_HTTP__TRUST_PROXY=true npx --yes herald-relay`),
    );
    const link = (await says(relay, /https:\/\/localhost:\d+\/#pair=\w+/)).trim();
    const token = (await says(relay, /Authorization: [^']+/)).slice('Authorization: '.length);
    const caddy = machine.start(
      ...typed(`caddy reverse-proxy --from ${address} --to 127.0.0.1:${port} --internal-certs`),
    );
    await says(caddy, /certificate obtained successfully/);

    const authority = join(machine.root, AUTHORITY);
    const browser = await browserThatTrusts(authority, { pushService, desktop, notifications: 'granted' });
    commands.push('make the browser trust the authority');
    const person = await pair(await anyPage(browser), link, 'desk');
    commands.push('open the link, and pair');
    await person.clicks('button', 'Enable notifications');
    commands.push('enable notifications');
    await eventually('the relay knows the route', async () => {
      const headers = { authorization: token };
      const answer = await fetch(`http://127.0.0.1:${port}/v1/devices`, { headers });
      const { devices } = (await answer.json()) as { devices: { routes: string[] }[] };
      return devices[0]?.routes.includes('webpush');
    });
    const page = await anyPage(browser);
    await browser.newPage();
    await page.close();

    const send = `curl -sS --fail-with-body --cacert /${AUTHORITY} -H 'Authorization: ${token}' '${address}/desk.send?text=hello'`;
    const { stdout } = await machine.run(...typed(send));
    expect(JSON.parse(stdout).data.desk).to.match(/^webpush/);
    await desktop.waitFor(({ title }) => title === 'hello');
    expect(commands.length).to.be.at.most(8);
  });
});
