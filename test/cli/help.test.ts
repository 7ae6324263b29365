import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { commands } from '../../server/cli/index.ts';
import { cli } from './harness.ts';

describe('herald help', () => {
  it('prints the same as --help', async () => {
    expect(await cli(['help'])).to.deep.equal(await cli(['--help']));
    expect((await cli(['help', 'send'])).stdout).to.equal((await cli(['send', '--help'])).stdout);
  });

  it('tells everything as JSON', async () => {
    const lines = (await cli(['help', '--json'])).stdout.trim().split('\n');
    const all = lines.map((line) => JSON.parse(line));
    expect(all.map(({ name }) => name)).to.deep.equal(commands.map(({ name }) => name));
    const [one] = (await cli(['help', 'backup', '--json'])).stdout.trim().split('\n');
    expect(JSON.parse(one ?? '')).to.deep.include({ name: 'backup', words: ['FILE'], actions: [] });
  });
});

describe('herald help --man', () => {
  it('is a man page that mandoc renders without a warning', async () => {
    const { stdout: page } = await cli(['help', '--man'], { env: { SOURCE_DATE_EPOCH: '1769850000' } });
    expect(page).to.contain('.TH HERALD 1 "2026-01-31"');
    const lint = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning'], { input: page, encoding: 'utf8' });
    expect(lint.stdout + lint.stderr).to.equal('');
    const { stdout } = spawnSync('mandoc', ['-T', 'utf8', '-O', 'width=100'], { input: page, encoding: 'utf8' });
    // It prints each bold letter twice, with a backspace between.
    const parts = stdout.split('\b');
    const text = parts.map((part, at) => (at === parts.length - 1 ? part : part.slice(0, -1))).join('');
    for (const { name } of commands) expect(text).to.contain(`herald ${name}`);
    expect(text).to.contain('--priority').and.contain('"$(herald ask phone "Deploy?" --options yes,no --default no)"');
    expect(text).to.contain('herald listen phone --exec \'notify-send -- "$HERALD_TEXT" "$HERALD_DESP"\'');
  });
});
