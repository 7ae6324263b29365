import { expect } from 'chai';
import { leave } from '../support/leave.ts';
import { TOKEN, type World, world } from '../world.ts';
import { type CliOptions, cli } from './harness.ts';

const devices = (relay: World, args: readonly string[] = [], options: CliOptions = {}) =>
  cli(['devices', ...args, '--server', relay.url(), '--token', TOKEN], options);

describe('herald devices', () => {
  it('lists the known devices', async () => {
    const relay = await world();
    await relay.device('张三', { group: 'a,b' });
    await leave(relay, 'gone', await relay.device('gone'));
    await relay.request('/gone.send?text=x&wait=0');
    const { code, stdout } = await devices(relay, ['list']);
    expect(code).to.equal(0);
    const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines[0]).to.deep.equal([
      'NAME',
      'GROUPS',
      'ROUTES',
      'ONLINE',
      'QUEUED',
      'LAST RECEIVED',
      'KNOWN SINCE',
      'PAIRED BY',
      'MANAGES',
    ]);
    expect(lines[1]?.slice(0, 6)).to.deep.equal(['张三', 'a, b', 'websocket', 'yes', '0', 'never']);
    expect(lines[2]?.slice(0, 4)).to.deep.equal(['gone', 'websocket', 'no', '1']);
    expect(await devices(relay)).to.include({ stdout });
  });

  it('sets quiet hours, mutes, and shows both', async () => {
    const relay = await world();
    await relay.device('phone');
    const hours = ['--from', '22:30', '--to', '07:00', '--tz', 'UTC', '--days', 'mon,tue', '--let-priority', '4'];
    const { code, stdout } = await devices(relay, ['quiet', 'phone', ...hours, '--let-groups', 'a, b', '--json']);
    expect([code, JSON.parse(stdout).quiet]).to.deep.equal([
      0,
      { from: '22:30', to: '07:00', tz: 'UTC', days: ['mon', 'tue'], let: { groups: ['a', 'b'], priority: 4 } },
    ]);
    await devices(relay, ['mute', 'phone', '--sender', 'ci']);
    const muted = await devices(relay, ['mute', 'phone', '--key', 'disk', '--until', '1h']);
    expect(muted.stdout).to.match(/^quiet from 22:30 to 07:00.*\nsender ci is muted\nkey disk is muted until .+\n$/);
    await devices(relay, ['unmute', 'phone', '--sender', 'ci']);
    await devices(relay, ['unmute', 'phone', '--key', 'disk']);
    expect(await devices(relay, ['quiet', 'phone', '--off'])).to.include({ code: 0, stdout: 'no quiet hours\n' });
    expect((await devices(relay, ['quiet', 'phone', '--default', '--json'])).stdout).to.equal('{"name":"phone"}\n');
  });

  it('refuses options that do not go together', async () => {
    const relay = await world();
    await relay.device('phone');
    for (const [args, error] of [
      [['quiet', 'phone'], 'expected --from and --to, --off or --default'],
      [['quiet', 'phone', '--off', '--from', '22:30'], 'expected --off, --default, or hours'],
      [['quiet', 'phone', '--sender', 'ci'], '--sender does not go with quiet'],
      [['mute', 'phone'], 'expected one of --sender, --group and --key'],
      [['mute', 'phone', '--sender', 'ci', '--key', 'x'], 'expected one of --sender, --group and --key'],
      [['unmute', 'phone', '--sender', 'ci', '--until', '1h'], '--until does not go with unmute'],
      [['list', '--off'], '--off does not go with list'],
      [['mute'], '<NAME> is missing'],
    ] as const) {
      const { code, stderr } = await devices(relay, args);
      expect([code, stderr], args.join(' ')).to.satisfy(
        ([one, text]: [number, string]) => one === 2 && text.includes(error),
      );
    }
    const refused = await devices(relay, ['quiet', 'phone', '--from', '9', '--to', '07:00']);
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.contain('quiet.from: expected a time of day');
  });

  it('says that no device is known yet', async () => {
    expect((await devices(await world())).stdout).to.equal('no device is known yet\n');
  });

  it('prints one JSON object per line', async () => {
    const relay = await world();
    expect((await devices(relay, ['--json'])).stdout).to.equal('');
    await relay.device('a');
    await relay.device('b');
    const lines = (await devices(relay, ['--json'])).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).name)).to.deep.equal(['a', 'b']);
  });

  it('removes a device', async () => {
    const relay = await world();
    for (const name of ['a b%41?', 'other', '__proto__']) await relay.device(name);
    expect(await devices(relay, ['remove', 'a b%41?'])).to.include({ code: 0, stdout: 'a b%41? is removed\n' });
    expect((await devices(relay, ['rm', '__proto__', '--json'])).stdout).to.equal('{"removed":"__proto__"}\n');
    expect((await relay.request('/v1/devices')).json.devices.map(({ name }: { name: string }) => name)).to.deep.equal([
      'other',
    ]);
  });

  it('shows who paired a device, and removes the devices that it paired on request', async () => {
    const relay = await world();
    const { auth } = await relay.device('stolen');
    const made = await relay.request('/v1/pairings', { method: 'POST', headers: { authorization: auth } });
    const body = JSON.stringify({ name: 'let-in' });
    await relay.fetch(`/v1/pairings/${made.json.code}`, { method: 'POST', body });
    expect((await devices(relay)).stdout).to.match(/^let-in .* stolen *$/m);
    const { code, stdout } = await devices(relay, ['remove', 'stolen', '--paired']);
    expect([code, stdout]).to.deep.equal([0, 'stolen is removed\nlet-in is removed\n']);
    expect(relay.relay.devices()).to.deep.equal([]);
  });

  it('shows which devices manage the relay, and ends that', async () => {
    const relay = await world();
    const { auth } = await relay.device('boss');
    const body = JSON.stringify({ token: TOKEN });
    await relay.request('/v1/me/manage', { method: 'POST', body, headers: { authorization: auth } });
    expect((await devices(relay)).stdout).to.match(/^boss .* yes$/m);
    expect(await devices(relay, ['demote', 'boss'])).to.include({
      code: 0,
      stdout: 'boss manages the relay no longer\n',
    });
    expect((await devices(relay)).stdout).to.not.match(/^boss .* yes$/m);
    expect((await devices(relay, ['demote', 'boss', '--json'])).stdout).to.equal('{"ended":"boss"}\n');
    expect((await devices(relay, ['demote', 'x'])).code).to.equal(4);
  });

  it('exits with 4 for an unknown device', async () => {
    const relay = await world();
    const { code, stderr } = await devices(relay, ['remove', 'x']);
    expect(code).to.equal(4);
    expect(stderr).to.match(/^herald: http:\S+: no device is called x\n$/);
  });

  it('refuses unknown arguments', async () => {
    const cases: [args: string[], problem: string][] = [
      [['remove'], '<NAME> is missing'],
      [['remove', ''], '<NAME> is missing'],
      [['demote'], '<NAME> is missing'],
      [['demote', 'x', '--paired'], '--paired goes with remove'],
      [['list', 'x'], 'unexpected x'],
      [['--paired'], '--paired goes with remove'],
      [['drop', 'x'], 'unexpected drop; expected list, remove, rm, demote, quiet, mute or unmute'],
      [['remove', 'a', 'b'], 'unexpected b'],
    ];
    for (const [args, problem] of cases) {
      expect(await cli(['devices', ...args])).to.deep.equal({ code: 2, stdout: '', stderr: `herald: ${problem}\n` });
    }
  });
});
