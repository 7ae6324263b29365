import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { commands } from '../../server/cli/index.ts';
import { forSuite } from '../support/cleanup.ts';
import { tempDir } from '../support/temp-dir.ts';
import { cli } from './harness.ts';

const run = promisify(execFile);
const NAMES = commands.map(({ name }) => name);

/** A folder with the script of a shell, and a file whose name has a blank. */
async function folderWith(shell: string): Promise<string> {
  const cwd = await tempDir();
  const { code, stdout } = await cli(['completion', shell]);
  expect(code).to.equal(0);
  await writeFile(join(cwd, 'script'), stdout);
  await writeFile(join(cwd, 'my config.json'), '{}');
  return cwd;
}

type Complete = (line: readonly string[]) => Promise<string[]>;

const inBash =
  (cwd: string): Complete =>
  async (words) => {
    const code = `source ./script; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _herald; printf "%s\\n" "\${COMPREPLY[@]}"`;
    const { stdout } = await run('bash', ['--norc', '-c', code, 'bash', 'herald', ...words], { cwd });
    return stdout.split('\n').filter((line) => line !== '');
  };

const inFish =
  (cwd: string): Complete =>
  async (words) => {
    const env = { PATH: process.env['PATH'], HOME: cwd, XDG_CONFIG_HOME: cwd };
    const line = ['herald', ...words].join(' ');
    const { stdout } = await run('fish', ['--no-config', '-c', 'source ./script; complete -C $argv[1]', line], {
      cwd,
      env,
    });
    return stdout
      .split('\n')
      .map((one) => one.split('\t')[0] ?? '')
      .filter((one) => one !== '');
  };

/** What zsh would insert: a terminal of its own, in which `compadd` prints instead of adding. */
const ZSH = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PROMPT=; stty -echo; autoload -U compinit; compinit -D -u; source ./script'
zpty -w z 'compadd() { local -a found; builtin compadd -O found "$@"; print -rl -- "<\${(@)^found}>"; builtin compadd "$@" }'
zpty -w z 'zle -C show complete-word finish; finish() { _main_complete; print "<end>"; }; bindkey "^I" show; print "<be""gin>"'
while zpty -r z line; do [[ $line == *"<begin>"* ]] && break; done
zpty -w -n z "$1"$'\\t'
while zpty -r z line; do [[ $line == *"<end>"* ]] && break; print -r -- "$line"; done
zpty -d z
`;

const inZsh =
  (cwd: string): Complete =>
  async (words) => {
    const env = { PATH: process.env['PATH'], HOME: cwd, TERM: 'dumb' };
    const { stdout } = await run('zsh', ['-f', '-c', ZSH, 'zsh', ['herald', ...words].join(' ')], {
      cwd,
      env,
      timeout: 45_000,
    });
    return [...new Set([...stdout.matchAll(/<([^<>\r\n]+)>/g)].map(([, word = '']) => word))];
  };

for (const [shell, make] of [
  ['bash', inBash],
  ['zsh', inZsh],
  ['fish', inFish],
] as const) {
  describe(`herald completion ${shell}`, () => {
    const folder = forSuite(() => folderWith(shell));
    const complete: Complete = (words) => make(folder())(words);

    it('completes commands', async () => {
      expect(await complete([''])).to.include.members(NAMES);
      expect(await complete(['se'])).to.have.members(['send', 'serve', 'service']);
    });

    it('completes the options of a command, also of the one that runs by default', async () => {
      expect(await complete(['send', 'phone', '--pri'])).to.deep.equal(['--priority']);
      expect(await complete(['token', '--pri'])).to.deep.equal([]);
      expect(await complete(['keys', 'create', 'nas', '--gro'])).to.have.members(['--group', '--groups']);
    });

    it('completes what a command or an option may be given', async () => {
      expect(await complete(['keys', ''])).to.include.members(['list', 'create', 'rotate', 'remove']);
      expect(await complete(['keys', 'r'])).to.include.members(['rotate', 'remove']);
      expect(await complete(['send', 'phone', '--ring', 'a'])).to.have.members(['auto', 'always']);
      expect(await complete(['completion', 'f'])).to.deep.equal(['fish']);
      expect(await complete(['help', 'doc'])).to.deep.equal(['doctor']);
    });

    it('completes names of files', async () => {
      const found = await complete(['config', '--config', 'my']);
      expect([...new Set(found.map((name) => name.replaceAll('\\', '')))]).to.deep.equal(['my config.json']);
    });
  });
}

describe('herald completion', () => {
  it('knows no other shell', async () => {
    const { code, stderr } = await cli(['completion', 'fihs']);
    expect({ code, stderr }).to.deep.equal({ code: 2, stderr: 'herald: unexpected fihs; did you mean fish?\n' });
    expect((await cli(['completion'])).code).to.equal(2);
  });
});
