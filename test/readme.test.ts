import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { en } from '../pwa/src/locales/en.ts';
import { ownerEn } from '../pwa/src/locales/owner/en.ts';
import { ownerZh } from '../pwa/src/locales/owner/zh.ts';
import { zh } from '../pwa/src/locales/zh.ts';
import { loadEmoji } from '../pwa/src/model/message/emoji.ts';
import { parseMessage } from '../pwa/src/model/message/parse.ts';
import { api } from '../server/api/index.ts';
import { parseOptions } from '../server/cli/command.ts';
import { greeting } from '../server/cli/greeting.ts';
import { commands } from '../server/cli/index.ts';
import { configJsonSchema, keysOf, type Setting } from '../server/config/json-schema.ts';
import { configSchema } from '../server/config/schema.ts';
import { buildRequest } from '../server/transports/webhook/request.ts';
import type { WireMessage } from '../shared/message.ts';
import { linesOf, readBlocks, readRows, run as runIn, start } from './support/blocks.ts';
import { eventually } from './support/eventually.ts';
import { fromWire } from './support/message.ts';
import { tempDir } from './support/temp-dir.ts';
import { TOKEN, type World, world } from './world.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const FILES = ['README.md', 'README.zh-CN.md'] as const;
/** Keys for editors, which the relay does not read. */
const UNUSED = new Set(['$schema']);

/** The message of the webhook examples. */
const SAMPLE: WireMessage = {
  sendType: 'personal',
  target: 'deploy',
  from: { method: 'http', name: '' },
  message: { text: 'hi', desp: '', extra: { a: '1' } },
  mid: '1795311202514',
};

const readmeBlocks = (file: string) => readBlocks(join(root, file));
const tableRows = (file: string) => readRows(join(root, file));

/** The one block with a mark. */
async function block(mark: string): Promise<string> {
  const [found, ...others] = (await readmeBlocks('README.md')).filter((each) => each.mark === mark);
  if (found === undefined || others.length > 0) throw new Error(`expected one block marked "${mark}"`);
  return found.code;
}

const run = (code: string, variables: Readonly<Record<string, string>>, cwd = root) => runIn(code, variables, cwd);

const variablesOf = (relay: World) => ({ HERALD_SERVER: relay.url('').replace(/\/$/, ''), HERALD_TOKEN: TOKEN });

/** Numbers that differ from run to run. */
const steady = (text: string) =>
  text
    .trim()
    .replace(/"mid":"\d+"/, '"mid":"…"')
    .replace(/"(version|uptime|queued)":("[^"]*"|\d+)/g, '"$1":…');

function* leaves(setting: Setting, path: string): Generator<[path: string, setting: Setting]> {
  for (const [key, inner] of keysOf(setting)) {
    const name = path === '' ? key : `${path}.${key}`;
    if (UNUSED.has(name)) continue;
    // A proxy may also be an object, but what people read of is the whole.
    const isSection = inner.type === 'object' && inner.properties !== undefined;
    if (!isSection) yield [name, inner];
    if (isSection) yield* leaves(inner, name);
    if (inner.items?.properties !== undefined) yield* leaves(inner.items, `${name}[]`);
  }
}

/** A list of a config; undefined when there is none at the path. */
function valueAt(config: unknown, path: string): unknown {
  const value = path.split('.').reduce<unknown>((section, key) => Object(section)[key], config);
  return Array.isArray(value) ? value : undefined;
}

/** The file of a block beside node_modules, as the reader is told to have it. */
async function fileOf(name: string): Promise<string> {
  const file = join(await tempDir(), name);
  const source = await block(`file: ${name}`);
  await writeFile(
    file,
    source.replace(/ from '([\w-]+)'/g, (_, library) => ` from ${JSON.stringify(import.meta.resolve(library))}`),
  );
  return file;
}

describe('README', () => {
  it('has the same blocks, sections and tables in both languages', async () => {
    const [english, chinese] = await Promise.all(FILES.map(readmeBlocks));
    expect(chinese).to.deep.equal(english);
    const outlines = await Promise.all(
      FILES.map(async (file) => {
        const text = await readFile(join(root, file), 'utf8');
        return [...text.matchAll(/^(#+ |\| |- )/gm)].map(([, start]) => start);
      }),
    );
    expect(outlines[1]).to.deep.equal(outlines[0]);
    const [rows, translated] = await Promise.all(FILES.map(tableRows));
    expect([...(translated ?? []).keys()]).to.deep.equal([...(rows ?? []).keys()]);
  });

  for (const file of FILES) {
    it(`lists every key of the config with its default in ${file}`, async () => {
      const rows = await tableRows(file);
      const keys = [...leaves(configJsonSchema(), '')];
      expect(keys.length).to.be.above(30);
      for (const [path, setting] of keys) {
        // The schema tells no default of a list whose elements it transforms.
        const preset = 'default' in setting ? setting.default : valueAt(configSchema.parse({}), path);
        expect(rows.get(path), path).to.equal(preset === undefined ? '–' : `\`${JSON.stringify(preset)}\``);
      }
      const sections = [...keysOf(configJsonSchema())].map(([key]) => key);
      const named = [...rows.keys()].filter((key) =>
        sections.some((section) => key.startsWith(`${section}.`) || key.startsWith(`${section}[`)),
      );
      expect(keys.map(([path]) => path)).to.include.members(named);
    });

    it(`lists every command in ${file}`, async () => {
      const text = await readFile(join(root, file), 'utf8');
      const isListed = (name: string) => new RegExp(`^\\| [^|]*\`${name}\``, 'm').test(text);
      expect(commands.map(({ name }) => name).filter((name) => !isListed(name))).to.deep.equal([]);
    });

    it(`links to what exists in ${file}`, async () => {
      const text = await readFile(join(root, file), 'utf8');
      const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replace(/[^\p{L}\p{N} -]/gu, '')
          .replaceAll(' ', '-'),
      );
      for (const [, target = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
        if (target.startsWith('#')) expect(headings).to.include(target.slice(1));
        else if (!target.startsWith('https://')) expect(existsSync(join(root, target)), target).to.equal(true);
      }
      for (const [, target = ''] of text.matchAll(/src="([^"]+)"/g)) {
        expect(existsSync(join(root, target)), target).to.equal(true);
      }
    });
  }

  it('calls the buttons of the page by their names', async () => {
    for (const [file, words, ownerWords] of [
      ['README.md', en, ownerEn],
      ['README.zh-CN.md', zh, ownerZh],
    ] as const) {
      const text = await readFile(join(root, file), 'utf8');
      const known = new Set<unknown>([...Object.values(words), ...Object.values(ownerWords)]);
      const named = [...text.matchAll(/\*([^*→\n]+) → ([^*→\n]+)\*/g)].filter(
        ([, view]) => view === words['nav.settings'],
      );
      expect(named.length).to.be.above(2);
      for (const [, , button] of named) expect(known, button).to.include(button);
      for (const key of ['pairing.pair', 'push.enable', 'mute.title'] as const)
        expect(text).to.include(`*${words[key]}*`);
    }
  });

  it('uses one Chinese word for each concept', async () => {
    const text = await readFile(join(root, 'README.zh-CN.md'), 'utf8');
    const prose = text.replace(/```[\s\S]*?```|`[^`]*`|<!--[\s\S]*?-->|<[^>]*>/g, '').replace(/\]\([^)]*\)/g, ']');
    for (const word of ['令牌', '配对码', '群组']) expect(prose).to.include(word);
    expect(prose).to.not.match(/\btokens?\b|配对代码|一次性的?代码|分组|小组|口令/i);
  });

  it('shows configs that load', async () => {
    const configs = (await readmeBlocks('README.md')).filter(({ mark }) => mark === 'config');
    expect(configs).to.not.be.empty;
    for (const { code } of configs) configSchema.parse(JSON.parse(code));
  });

  it('shows what the start prints', async () => {
    const token = /Authorization: ([^']+)/.exec(await block('greeting'))?.[1] ?? '';
    const ports = { http: 9093, websocket: 9093 };
    const relay = {
      ports,
      token,
      isTokenNew: true,
      devices: () => [],
      createPairing: async () => '/#pair=K7Q2MF9X3B5C',
    };
    const config = { token: undefined, http: { host: '', basePath: '', verifyToken: true } };
    const printed = await greeting(relay, config, false);
    const steadied = printed.replace(/Receive {3}http:\/\/[^:]+/, 'Receive   http://192.0.2.2');
    // A machine without a network prints a link to itself, which needs no https.
    const withoutAdvice = (text: string) => text.replace(/\n +notifications on a phone need https.*/, '').trim();
    expect(withoutAdvice(steadied)).to.equal(withoutAdvice(await block('greeting')));
  });

  it('tells all paths of the interface', async () => {
    const rows = await tableRows('README.md');
    const none = () => {};
    const ports = {
      onTokensEnded: none,
      onKeyUse: none,
      senderKeys: { onChange: none },
    };
    const { routes = [] } = api.create(ports as never, configSchema.parse({}));
    const paths = routes.filter(({ method }) => method !== '*').map(({ method, pattern }) => `${method} ${pattern}`);
    const own = (all: Iterable<string>) => [...all].filter((path) => path.includes(' /v1/'));
    expect(own(rows.keys())).to.have.members(own(paths));
  });

  const sends = [
    'first',
    'form',
    'json',
    'text',
    'group',
    'extras',
    'actions',
    'plain',
    'cron',
    'fails',
    'tail',
    'strict',
  ];
  for (const name of sends) {
    it(`shows a command that sends: ${name}`, async () => {
      const relay = await world();
      const device = await relay.device('phone', { group: 'family', acknowledge: true });
      const code = await block(`run: ${name}`);
      const { code: status, output } = await run(code, variablesOf(relay), await tempDir());
      expect(status).to.equal(0);
      const { data } = await device.packet('MESSAGE');
      const { message } = data;
      if (name === 'first') expect(steady(output)).to.equal(steady(await block('reply: first')));
      if (name === 'form') expect(message).to.include({ text: 'Backup', desp: '42 GB & no errors' });
      if (name === 'json') expect(message.extra).to.deep.equal({ scheme: 'https://example.com/' });
      if (name === 'text') expect(message).to.have.property('desp').that.includes('Filesystem');
      if (name === 'group') expect(message.text).to.equal('Dinner');
      if (name === 'cron') expect(message.text).to.equal('Backup done');
      await loadEmoji();
      const shown = parseMessage(
        data,
        { accountId: 'a', read: false, pinned: false, arrivedAt: 0 },
        'https://herald.example.com/',
      );
      if (name === 'extras') {
        expect(shown).to.deep.include({ priority: 5, tags: ['🚨', 'storage'], click: 'https://example.com/disk' });
        expect(message.extra).to.have.property('key', 'disk');
      }
      if (name === 'actions') expect(shown.actions.map(({ kind }) => kind)).to.deep.equal(['open', 'copy', 'http']);
      if (name === 'plain') expect(shown).to.include({ markdown: false, body: '**not bold**' });
      if (name === 'fails') expect(shown).to.include({ title: 'Backup failed', priority: 5, markdown: false });
      if (name === 'fails') expect(message.desp).to.include('backup.sh');
      if (name === 'tail') expect(message.text).to.match(/^make ended with [1-9]/);
    });
  }

  for (const name of ['refused', 'health']) {
    it(`shows a command and its answer: ${name}`, async () => {
      const { code, output } = await run(await block(`run: ${name}`), variablesOf(await world()));
      expect(code).to.equal(name === 'refused' ? 22 : 0);
      expect(steady(output)).to.equal(steady(await block(`reply: ${name}`)));
    });
  }

  it('has a device in it that receives and acknowledges', async () => {
    const relay = await world();
    const code = (await block('run: device')).replace('device.mjs', await fileOf('device.mjs'));
    const child = start(`exec ${code}`, variablesOf(relay), root);
    await once(linesOf(child.stderr), 'line');
    const shown = once(linesOf(child.stdout), 'line');
    const { json } = await relay.request('/family.group?text=hi&desp=there');
    expect(json.data.status).to.deep.equal({ laptop: 'ok' });
    expect(await shown).to.deep.equal(['hi there']);
  });

  for (const basePath of ['', '/mpush']) {
    it(`has a device in it that speaks by a Pusher SDK, to a relay at "${basePath}/"`, async () => {
      const relay = await world({ config: { http: { basePath } } });
      const code = (await block('run: phone')).replace('phone.mjs', await fileOf('phone.mjs'));
      const { HERALD_SERVER: origin, ...others } = variablesOf(relay);
      const child = start(`exec ${code}`, { ...others, HERALD_SERVER: `${origin}${basePath}` }, root);
      const shown = once(linesOf(child.stdout), 'line');
      const devices = () => relay.request(`${basePath}/v1/devices`);
      await eventually('tablet is known', async () =>
        (await devices()).json.devices.some(({ name }: { name: string }) => name === 'tablet'),
      );
      const { json } = await relay.request(`${basePath}/family.group?text=hi&desp=there`);
      expect(json.data.status).to.deep.equal({ tablet: 'ok' });
      expect(await shown).to.deep.equal(['hi there']);
    });
  }

  it('has a publisher in it for an app of its config', async () => {
    const apps = (await readmeBlocks('README.md')).find(
      ({ mark, code }) => mark === 'config' && code.includes('"apps"'),
    );
    const relay = await world({ config: JSON.parse(apps?.code ?? '') });
    const socket = await relay.socket('/app/app-key?protocol=7');
    await socket.next();
    socket.send({ event: 'pusher:subscribe', data: { channel: 'news' } });
    await socket.next();
    const code = (await block('run: publish')).replace('publish.mjs', await fileOf('publish.mjs'));
    expect((await run(code, variablesOf(relay))).code).to.equal(0);
    expect(JSON.parse(await socket.next())).to.deep.equal({ event: 'hello', channel: 'news', data: '{"text":"hi"}' });
  });

  it('shows calls of gusher', async () => {
    const section = (await readmeBlocks('README.md')).find(
      ({ mark, code }) => mark === 'config' && code.includes('"gusher"'),
    );
    const relay = await world({ config: JSON.parse(section?.code ?? '') });
    const [register = '', push = '', list = ''] = (await block('run: gusher')).trim().split('\n');
    expect((await run(register, variablesOf(relay))).code).to.equal(0);
    const socket = await relay.socket('/ws/news/user-1');
    expect(JSON.parse((await run(push, variablesOf(relay))).output)).to.include({ sent: 1 });
    expect(await socket.next()).to.equal('hello');
    expect((await run(list, variablesOf(relay))).output).to.include('user-1');
  });

  it('shows a push of gusher.cluster', async () => {
    const section = (await readmeBlocks('README.md')).find(
      ({ mark, code }) => mark === 'config' && code.includes('"gusherCluster"'),
    );
    const relay = await world({ config: JSON.parse(section?.code ?? '') });
    const { code, output } = await run(await block('run: cluster'), variablesOf(relay));
    expect(code).to.equal(0);
    expect(output.trim()).to.equal((await block('reply: cluster')).trim());
  });

  it('shows how to read messages again', async () => {
    const relay = await world();
    await relay.device('phone', { acknowledge: true });
    await relay.request('/phone.send?text=hi');
    const { messages } = JSON.parse((await run(await block('run: history'), variablesOf(relay))).output);
    expect(messages).to.have.lengthOf(1);
    expect(messages[0]).to.include({ status: 'ok', read: false });
  });

  it('has a webhook receiver in it that takes what is signed, and that once', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'receiver.mjs'), await block('file: receiver.mjs'));
    // It listens on the port that it is given; this tells which one the system has picked in place of that.
    await writeFile(
      join(dir, 'tell.mjs'),
      `import { Server } from 'node:http';
      const { listen } = Server.prototype;
      Server.prototype.listen = function () {
        return listen.call(this, 0, '127.0.0.1', () => console.error(this.address().port));
      };`,
    );
    const code = await block('run: receiver');
    const child = start(`exec ${code}`, { NODE_OPTIONS: '--import ./tell.mjs' }, dir);
    const shown: string[] = [];
    const ended = new Promise<void>((resolve) => {
      linesOf(child.stdout).on('line', (line) => {
        shown.push(line);
        if (line === 'end ') resolve();
      });
    });
    const [port] = await once(linesOf(child.stderr), 'line');
    const [, secret = ''] = /'(.+)'/.exec(code) ?? [];
    const url = `http://127.0.0.1:${port}/hook`;

    const relay = await world({ config: { webhook: { clients: [{ name: 'deploy', url, secret }] } } });
    expect((await relay.request('/deploy.send?text=hi&desp=there')).json.data.deploy).to.equal('ok');

    const post = async (key: string, text: string, mid: string) => {
      const message = fromWire({ ...SAMPLE, message: { ...SAMPLE.message, text }, mid });
      const { headers, body = '' } = buildRequest({ url, method: 'POST', secret: key }, message, TOKEN);
      return (await fetch(url, { method: 'POST', headers, body: String(body) })).status;
    };
    const later = String(Date.now() + 60_000);
    expect(await post('forged', 'forged', later)).to.equal(403);
    expect(await post(secret, 'again', later)).to.equal(204);
    expect(await post(secret, 'again', later)).to.equal(204);
    expect(await post(secret, 'end', `${later}0`)).to.equal(204);
    await ended;
    expect(shown).to.deep.equal(['hi there', 'again ', 'end ']);
  });

  it('shows the requests of webhooks as they are', async () => {
    const url = 'http://127.0.0.1:8092/hook';
    const post = buildRequest({ url, method: 'POST', secret: undefined }, fromWire(SAMPLE), TOKEN);
    expect(`${post.body}\n`).to.equal(await block('webhook: POST'));
    const get = buildRequest({ url, method: 'GET', secret: undefined }, fromWire(SAMPLE), TOKEN).url;
    expect(`${get.pathname}${get.search}\n`).to.equal(await block('webhook: GET'));
  });

  it('shows command lines that the commands take', async () => {
    const shown = (await readmeBlocks('README.md')).filter(({ mark }) => mark === 'cli').map(({ code }) => code);
    // In place of the program, a function that tells its arguments.
    const { output } = await run(`herald() { printf '%s\\0' "$@"; echo; }\n${shown.join('')}`, {});
    const lines = output.trimEnd().split('\n');
    expect(lines.length).to.be.above(10);
    for (const line of lines) {
      const [name, ...args] = line.split('\0').slice(0, -1);
      const entry = commands.find((command) => command.name === name);
      if (entry === undefined) throw new Error(`no command is called ${name}`);
      const command = await entry.load();
      expect(() => parseOptions(args, command), line).to.not.throw();
    }
  });
});
