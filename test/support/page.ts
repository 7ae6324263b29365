// One way to test every page for users: what is the same for all of them, and all their examples. The comment above an
// example says what the suite makes of it:
//
//   run: NAME        a shell runs it as it stands, in the order of the page
//   reply: NAME      what the line `run: NAME` prints
//   file: NAME       a file that the lines below it find in their folder
//   config           a config file, or a part of one
//   cli              command lines of `herald`
//   output           what a program prints, or sends over a socket
//   not run: REASON  cannot run here; only its form is checked, and the tests list it
//   any other mark   a test of the page itself reads it; it is named in `own`
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parseOptions } from '../../server/cli/command.ts';
import { commands } from '../../server/cli/index.ts';
import { configSchema } from '../../server/config/schema.ts';
import type { WireMessage } from '../../shared/message.ts';
import { TOKEN, type World, world } from '../world.ts';
import { type Block, blocksOf, expectTranslation, run } from './blocks.ts';
import { tempDir } from './temp-dir.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a step of a page can do. */
export interface Line {
  readonly mark: string;
  readonly relay: World;
  /** The folder in which the lines of the page run. */
  readonly dir: string;
  /** The variables of the shell. What a step adds, later lines see. */
  readonly variables: Record<string, string>;
  /** The code of the line itself. */
  readonly code: string;
  /** Runs the line. It has to exit with 0, or with `code`, and to print its reply. @returns what it printed */
  play(expected?: { readonly code?: number }): Promise<string>;
  /** The code of another block of the page. */
  block(mark: string): string;
}

/** Runs one line of a page, and checks what came of it. */
export type Step = (line: Line) => Promise<void>;

/** What is particular about a page. */
export interface PageOptions {
  /** Marks that a test of the page itself reads. */
  readonly own?: readonly string[];
  /** The relay for the lines. By default one with a device `phone` that acknowledges, in the group `family`. */
  relay?(page: Page): Promise<World>;
  /** Variables of the shell besides the address, the token and `HOME`. */
  variables?(relay: World): Promise<Readonly<Record<string, string>>>;
  /** Checks lines by their names. Any other line only has to exit with 0 and to print its reply. */
  readonly steps?: Readonly<Record<string, Step>>;
  /** Checks the lines that have no step of their own. */
  readonly step?: Step;
}

/** A page in both languages. */
export class Page {
  readonly english: string;
  readonly chinese: string;
  readonly blocks: readonly Block[];

  /** @param name path from the checkout without an ending, such as `docs/ask` */
  constructor(name: string) {
    this.english = join(root, `${name}.md`);
    this.chinese = join(root, `${name}.zh-CN.md`);
    this.blocks = blocksOf(readFileSync(this.english, 'utf8'));
  }

  /** The code of the one block with this mark. */
  block(mark: string): string {
    const [found, ...others] = this.blocks.filter((block) => block.mark === mark);
    if (found === undefined || others.length > 0) throw new Error(`expected one block marked "${mark}"`);
    return found.code;
  }

  /** The configs that have a section. */
  config(section: string): Record<string, unknown> {
    const found = this.blocks.find(({ mark, code }) => mark === 'config' && code.includes(`"${section}"`));
    if (found === undefined) throw new Error(`expected a config with "${section}"`);
    return JSON.parse(found.code);
  }
}

const named = (blocks: readonly Block[], kind: string) => blocks.filter(({ mark }) => mark.startsWith(`${kind}: `));
const nameOf = ({ mark }: Block) => mark.slice(mark.indexOf(': ') + 2);

/** The types of all values, by their keys, for replies whose values differ from run to run. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

/** A reply in JSON has the keys that the page shows; any other is the text of the page. */
function expectReply(printed: string, shown: string): void {
  if (!/^\s*[{[]/.test(shown)) return void expect(printed.trim()).to.equal(shown.trim());
  expect(shapeOf(JSON.parse(printed)), printed).to.deep.equal(shapeOf(JSON.parse(shown)));
}

/** The form of an example that is not run: the shell can parse it, node can parse it, it is JSON. */
async function checkForm({ language, code }: Block): Promise<void> {
  if (language === 'json') JSON.parse(code);
  if (language === 'sh') expect(spawnSync('sh', ['-n'], { input: code }).stderr.toString()).to.equal('');
  if (language !== 'js') return;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--check'], {
    input: `async () => {${code}}`,
  });
  expect(stderr.toString()).to.equal('');
}

/** Checks that the commands take the lines. */
async function expectCommands(code: string): Promise<void> {
  // In place of the program, a function that tells its arguments.
  const { output } = await run(`herald() { printf '%s\\0' "$@"; echo; }\n${code}`, {}, await tempDir());
  const lines = output.trimEnd().split('\n');
  expect(lines.length, 'every line is a command').to.equal(code.trim().replaceAll('\\\n', '').split('\n').length);
  for (const line of lines) {
    const [name, ...args] = line.split('\0').slice(0, -1);
    const entry = commands.find((command) => command.name === name);
    if (entry === undefined) throw new Error(`no command is called ${name}`);
    const command = await entry.load();
    expect(() => parseOptions(args, command), line).to.not.throw();
  }
}

/** The last message to the phone. */
export async function sent(relay: World): Promise<WireMessage> {
  return (await relay.request('/v1/devices/phone/messages')).json.messages.at(-1);
}

async function withPhone(): Promise<World> {
  const relay = await world();
  await relay.device('phone', { group: 'family', acknowledge: true });
  return relay;
}

/** A program that finds its packages in this checkout. */
const runnable = (code: string) =>
  code.replace(/ from '([\w-]+)'/g, (_, library) => ` from ${JSON.stringify(import.meta.resolve(library))}`);

/** Runs the lines of a page in their order. */
export async function runLines(
  page: Page,
  { relay: start = withPhone, steps = {}, step, ...options }: PageOptions,
): Promise<void> {
  const relay = await start(page);
  const dir = await tempDir();
  // The built command, so that lines may say `herald`.
  const bin = await tempDir();
  await symlink(join(root, 'dist/server/main.js'), join(bin, 'herald'));
  const server = {
    HERALD_SERVER: relay.url('').replace(/\/$/, ''),
    HERALD_TOKEN: TOKEN,
    HOME: dir,
    PATH: [bin, process.env['PATH']].join(delimiter),
  };
  const variables: Record<string, string> = { ...server, ...(await options.variables?.(relay)) };
  const block = (mark: string) => page.block(mark);
  for (const file of named(page.blocks, 'file')) await writeFile(join(dir, nameOf(file)), runnable(file.code));
  for (const each of named(page.blocks, 'run')) {
    const { mark, code } = each;
    const play: Line['play'] = async (expected) => {
      const result = await run(code, variables, dir);
      expect(result.code, `the line "${mark}" prints: ${result.output}`).to.equal(expected?.code ?? 0);
      const reply = page.blocks.find((other) => other.mark === `reply: ${nameOf(each)}`);
      if (reply !== undefined) expectReply(result.output, reply.code);
      return result.output;
    };
    const line: Line = { mark, relay, dir, variables, code, play, block };
    const check = steps[nameOf(each)] ?? step;
    await (check === undefined ? play() : check(line));
  }
}

const KINDS = ['run', 'reply', 'file', 'not run'];

/** Describes a page: what is the same for all, its lines, and what `more` adds. */
export function describePage(name: string, options: PageOptions = {}, more: (page: Page) => void = () => {}): void {
  describe(`${name}.md`, () => {
    const page = new Page(name);
    const marked = (mark: string) => page.blocks.filter((block) => block.mark === mark);

    it('has the same blocks, sections, tables and lists in both languages', () =>
      expectTranslation([page.english, page.chinese]));

    it('says of every example how it is tested', () => {
      const known = new Set(['config', 'cli', 'output', ...(options.own ?? [])]);
      const unknown = page.blocks.filter(
        ({ mark }) => !known.has(mark) && !KINDS.some((kind) => mark.startsWith(`${kind}: `)),
      );
      expect(unknown.map(({ mark, code }) => `<!-- ${mark} --> ${code}`)).to.deep.equal([]);
      const marks = page.blocks.map(({ mark }) => mark).filter((mark) => /^(?:run|reply|file): /.test(mark));
      expect(marks.filter((mark, at) => marks.indexOf(mark) !== at)).to.deep.equal([]);
    });

    if (named(page.blocks, 'run').length > 0) {
      it('has lines that work', async function () {
        this.timeout(120_000);
        await runLines(page, options);
      });
    }
    if (marked('config').length > 0) {
      it('shows configs that load', () => {
        for (const { code } of marked('config')) configSchema.parse(JSON.parse(code));
      });
    }
    if (marked('cli').length > 0) {
      it('shows command lines that the commands take', async () => {
        for (const { code } of marked('cli')) await expectCommands(code);
      });
    }
    for (const block of named(page.blocks, 'not run')) {
      it(`does not run: ${block.code.split('\n', 1)[0]} (${nameOf(block)})`, () => checkForm(block));
    }
    more(page);
  });
}

/** The names of all pages for users. */
export function allPages(): string[] {
  const files = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.zh-CN.md'));
  return ['README', ...files.map((file) => `docs/${file.replace('.zh-CN.md', '')}`)];
}
