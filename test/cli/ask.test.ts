import { expect } from 'chai';
import { freePort } from '../support/free-port.ts';
import type { TestDevice } from '../support/relay-client.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { TOKEN, world } from '../world.ts';
import { cli, start } from './harness.ts';

const access = (relay: { url(): string }) => ['--server', relay.url(), '--token', TOKEN];

async function asked(device: TestDevice) {
  const { mid, message } = (await device.packet('MESSAGE')).data;
  return { mid, message, ask: message.extra.ask };
}

describe('herald ask and herald answer', () => {
  const relay = sharedWorld();
  const ask = (...args: string[]) => start(['ask', ...args, ...access(relay())]);
  const answer = (...args: string[]) => cli(['answer', ...args, ...access(relay())]);

  it('ask, list and answer', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    expect((await answer()).stdout).to.equal('no question is open\n');
    const asking = await ask('phone', 'Deploy?', '--options', 'yes,no', '--priority', '4', '--from', 'ci');
    const { mid, message, ask: question } = await asked(phone);
    expect([message.text, message.extra.priority]).to.deep.equal(['Deploy?', '4']);
    const rows = (await answer()).stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows[0]).to.deep.equal(['ID', 'STATE', 'UNTIL', 'TARGET', 'ANSWERS', 'TITLE']);
    expect([rows[1]?.[0], ...(rows[1]?.slice(3) ?? [])]).to.deep.equal([mid, 'phone', 'yes,no', 'Deploy?']);
    expect(await answer(mid, 'maybe')).to.include({ code: 1 });
    expect(await answer(mid, 'yes')).to.include({ code: 0, stdout: `${mid} is answered: yes\n` });
    expect(await asking.result).to.include({ code: 0, stdout: 'yes\n' });
    const late = await answer(question.id, 'no');
    expect([late.code, late.stderr.trim().split(': ').slice(-2).join(': ')]).to.deep.equal([
      1,
      'answered: yes, by owner',
    ]);
    expect(JSON.parse((await answer('--all', '--json')).stdout.split('\n')[0] ?? '')).to.include({ answer: 'yes' });
    expect(await answer('nothing', 'yes')).to.include({ code: 4 });
  });

  it('take a text, from the standard input to JSON', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const asking = await start(['ask', 'phone', '--reply', '--json', ...access(relay())], { input: 'When?\nToday.\n' });
    const { mid, message } = await asked(phone);
    expect([message.text, message.desp]).to.deep.equal(['When?', 'Today.']);
    await answer(mid, 'at \u202enine');
    const { code, stdout } = await asking.result;
    expect([code, stdout.includes('at \\u202enine')]).to.deep.equal([0, true]);
    expect(JSON.parse(stdout)).to.include({ answer: 'at \u202enine', by: 'owner', mid, state: 'answered' });
  });

  it('print the default when nobody answers, and tell it apart', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const one = await ask('phone', 'Deploy?', '--options', 'yes,no', '--default', 'no', '--wait', '5');
    await asked(phone);
    // The request that waits comes after the message.
    await relay().clock.tick(5001);
    expect(await one.result).to.include({ code: 3, stdout: 'no\n', stderr: 'herald: nobody answered in time\n' });
    const two = await ask('phone', 'Deploy?', '--options', 'yes,no');
    const { mid } = await asked(phone);
    expect((await answer(mid, '--withdraw')).stdout).to.equal(`${mid} is withdrawn\n`);
    expect(await two.result).to.include({ code: 1, stdout: '' });
    const three = await ask('phone', 'Deploy?', '--options', 'yes,no');
    const { ask: question } = await asked(phone);
    three.stop();
    expect((await three.result).code).to.equal(1);
    expect((await relay().request(`/v1/answers/${question.id}`)).json.state).to.equal('cancelled');
  });

  it('refuse what they do not understand', async () => {
    for (const args of [
      ['ask', 'phone', 'x'],
      ['ask', 'phone', 'x', '--reply', '--options', 'a,b'],
      ['ask', 'phone', 'x', '--reply', '--wait', '0'],
      ['ask', 'phone', 'x', '--reply', '--wait', 'long'],
      ['answer', '--withdraw'],
      ['answer', '1', 'yes', '--withdraw'],
    ]) {
      expect(await cli([...args, ...access(relay())]), args.join(' ')).to.include({ code: 2 });
    }
    expect((await (await ask('nobody', 'x', '--reply')).result).code).to.equal(4);
    expect((await (await ask('phone', 'x', '--options', 'a')).result).code).to.equal(1);
  });
});

describe('herald ask over a restart of the relay', () => {
  it('waits on', async () => {
    const relay = await world({ config: { http: { port: await freePort() } } });
    const phone = await relay.device('phone', { acknowledge: true });
    const asking = await start(['ask', 'phone', 'Deploy?', '--options', 'yes,no', '--wait', '600', ...access(relay)]);
    const { mid } = await asked(phone);
    await relay.stop();
    await asking.stderr.until('trying again');
    await relay.start();
    await relay.request(`/v1/answers/${mid}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"answer":"no"}',
    });
    expect(await asking.result).to.include({ code: 0, stdout: 'no\n' });
  });
});
