import { expect } from 'chai';
import { TOKEN, type World, world } from '../world.ts';
import { cli } from './harness.ts';

const herald = (relay: World, ...args: string[]) => cli([...args, '--server', relay.url(), '--token', TOKEN]);

const cells = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

describe('herald alerts', () => {
  it('lists what herald send opens, and closes it', async () => {
    const relay = await world();
    await relay.device('phone', { acknowledge: true });
    expect((await herald(relay, 'alerts')).stdout).to.equal('nothing is open\n');
    const sent = await herald(relay, 'send', 'phone', 'Disk full', '--key', 'disk', '--state', 'firing');
    expect(sent.code).to.equal(0);
    const { stdout } = await herald(relay, 'alerts');
    const [heading = [], row = []] = cells(stdout);
    expect(heading).to.deep.equal(['ID', 'STATE', 'SINCE', 'COUNT', 'TARGET', 'KEY', 'TITLE']);
    expect([row[1], ...row.slice(3)]).to.deep.equal(['firing', '1', 'phone', 'disk', 'Disk full']);
    const [id = ''] = row;
    expect((await herald(relay, 'alerts', 'close', id)).stdout).to.equal(`${id} is closed\n`);
    expect(await herald(relay, 'alerts', 'close', 'nothing')).to.include({ code: 4 });
    const all = await herald(relay, 'alerts', '--all', '--json');
    expect(JSON.parse(all.stdout)).to.include({ key: 'disk', state: 'ok' });
    expect((await herald(relay, 'alerts', '--target', 'other')).stdout).to.equal('nothing is open\n');
  });

  it('refuses what it does not understand', async () => {
    const relay = await world();
    for (const args of [['x'], ['close'], ['list', 'x']]) {
      expect(await herald(relay, 'alerts', ...args), args.join(' ')).to.include({ code: 2 });
    }
  });
});

describe('herald scheduled', () => {
  it('lists what herald send schedules, skips it and cancels it', async () => {
    const relay = await world();
    expect((await herald(relay, 'scheduled')).stdout).to.equal('nothing is scheduled\n');
    const sent = await herald(relay, 'send', 'phone', 'Up', '--cron', '0 9 * * *', '--tz', 'UTC', '--id', 'standup');
    expect([sent.code, sent.stdout]).to.deep.equal([0, sent.stdout]);
    expect(sent.stdout).to.match(/^standup {2}due /);
    expect(await herald(relay, 'send', 'phone', 'x', '--in', 'soon')).to.include({ code: 1 });
    const [heading, row = []] = cells((await herald(relay, 'scheduled')).stdout);
    expect(heading).to.deep.equal(['ID', 'DUE', 'AGAIN', 'TARGET', 'TEXT']);
    expect([row[0], ...row.slice(2)]).to.deep.equal(['standup', '0 9 * * * UTC', 'phone', 'Up']);
    expect((await herald(relay, 'scheduled', 'skip', 'standup')).stdout).to.equal('standup is left out next time\n');
    expect((await herald(relay, 'scheduled', 'run', 'standup')).stdout).to.equal('standup is sent\n');
    expect((await herald(relay, 'scheduled', 'cancel', 'standup')).stdout).to.equal('standup is cancelled\n');
    expect(await herald(relay, 'scheduled', 'cancel', 'standup')).to.include({ code: 4 });
  });

  it('refuses what it does not understand', async () => {
    const relay = await world();
    for (const args of [['x'], ['skip'], ['list', 'x']]) {
      expect(await herald(relay, 'scheduled', ...args), args.join(' ')).to.include({ code: 2 });
    }
  });
});

describe('herald beat and herald beats', () => {
  it('give signs, run commands, list, pause and remove', async () => {
    const relay = await world();
    const phone = await relay.device('phone', { acknowledge: true });
    expect((await herald(relay, 'beats')).stdout).to.equal('there are no heartbeats\n');
    expect(await herald(relay, 'beat', 'phone', 'job')).to.include({ code: 1 });
    expect((await herald(relay, 'beat', 'phone', 'job', '--every', '1h')).stdout).to.equal('job is told\n');
    const access = ['--server', relay.url(), '--token', TOKEN];
    const run = (...command: string[]) => cli(['beat', 'phone', 'job', ...access, '--', ...command]);
    expect(await run('sh', '-c', 'echo out; echo err >&2; exit 3')).to.include({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    const { message } = (await phone.packet('MESSAGE')).data;
    expect(message.text).to.match(/^job: failed with exit code 3 after \d+ s$/);
    expect(message.desp.split('\n').sort()).to.deep.equal(['err', 'out']);
    expect(await run('no-such-program')).to.include({ code: 127 });
    expect(await run('sh', '-c', 'kill -9 $$')).to.include({ code: 137 });
    expect(await run('true')).to.include({ code: 0 });
    const [heading, row = []] = cells((await herald(relay, 'beats')).stdout);
    expect(heading).to.deep.equal(['ID', 'STATE', 'LAST SIGN', 'EXPECTED', 'TARGET', 'KEY']);
    expect([row[1], ...row.slice(3)]).to.deep.equal(['up', 'every 1h', 'phone', 'job']);
    const [id = ''] = row;
    expect((await herald(relay, 'beats', 'pause', id)).stdout).to.equal(`${id} is paused until its next sign\n`);
    expect((await herald(relay, 'beats', 'remove', id)).stdout).to.equal(`${id} is removed\n`);
    expect(await herald(relay, 'beats', 'remove', id)).to.include({ code: 4 });
  });

  it('runs the command although the relay cannot be reached', async () => {
    const { code, stdout, stderr } = await cli([
      'beat',
      'phone',
      'job',
      '--server',
      'http://127.0.0.1:1',
      '--token',
      'x',
      '--',
      'echo',
      'hi',
    ]);
    expect([code, stdout]).to.deep.equal([0, 'hi\n']);
    expect(stderr).to.include('cannot reach');
  });

  it('refuses what it does not understand', async () => {
    const relay = await world();
    for (const args of [
      ['beats', 'x'],
      ['beats', 'pause'],
      ['beats', 'list', 'x'],
      ['beat', 'phone'],
    ]) {
      expect(await herald(relay, ...args), args.join(' ')).to.include({ code: 2 });
    }
  });
});

describe('herald send --priority emergency', () => {
  it('prints a receipt, with which herald answer acknowledges it', async () => {
    const relay = await world();
    await relay.device('phone', { acknowledge: true });
    await relay.device('tablet');
    const urgent = ['send', 'phone', 'Fire', '--priority', 'emergency'];
    expect(await herald(relay, ...urgent, '--retry', '5')).to.include({ code: 1 });
    const repeats = ['--retry', '2m', '--expire', '30m', '--then', 'tablet', '--after', '2'];
    const { code, stdout } = await herald(relay, ...urgent, ...repeats);
    const [, receipt = ''] = /^phone {2}ok\nreceipt {2}([A-Za-z0-9]{30})\n$/.exec(stdout) ?? [];
    expect(code, stdout).to.equal(0);
    const [, row = []] = cells((await herald(relay, 'answer')).stdout);
    expect([row[1], row[3], row[4], row[5]]).to.deep.equal(['open', 'phone', 'acknowledge', 'Fire']);
    expect((await herald(relay, 'answer', receipt)).stdout).to.equal(`${receipt} is answered: acknowledged\n`);
    expect((await herald(relay, 'answer')).stdout).to.equal('no question is open\n');
  });
});
