import { expect } from 'chai';
import { freePort } from '../support/free-port.ts';
import { TOKEN, world } from '../world.ts';
import { cli, start } from './harness.ts';

describe('herald listen --stream', () => {
  it('prints what is sent to devices and groups, and acknowledges nothing', async () => {
    const relay = await world();
    const running = await start(['listen', 'phone,family', '--stream', '--server', relay.url(), '--token', TOKEN]);
    await running.stderr.until('reading phone,family from');
    expect((await relay.request('/phone.send?text=one')).json.data.phone).to.equal('no');
    await relay.request('/family.group?text=two');
    await running.stdout.until('two');
    expect(running.stdout.text).to.match(/ {2}one\n.* {2}two {2}/);
    running.stop();
    expect((await running.result).code).to.equal(0);
  });

  it('comes back after the last message when the relay is started again', async () => {
    const relay = await world({ config: { http: { port: await freePort() } } });
    (await relay.device('phone')).ws.terminate();
    const running = await start(['listen', 'phone', '--stream', '--json', '--server', relay.url(), '--token', TOKEN]);
    await running.stderr.until('reading phone from');
    await relay.request('/phone.send?text=one&wait=0');
    await running.stdout.until('"one"');
    await relay.stop();
    await running.stderr.until('trying again in');
    await relay.start();
    // It may be sent before the stream is back.
    await relay.request('/phone.send?text=two&wait=0');
    await running.stdout.until('"two"');
    const messages = running.stdout.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(messages.map(({ message }) => message.text)).to.deep.equal(['one', 'two']);
    expect(messages[0].id).to.match(/^[0-9A-Za-z]{12}$/);
  });

  it('ends when the relay refuses it', async () => {
    const relay = await world();
    const { code, stderr } = await cli(['listen', 'phone', '--stream', '--server', relay.url(), '--token', 'wrong']);
    expect(code).to.equal(1);
    expect(stderr).to.include('the relay refuses to send phone: the token is wrong');
    const usage = await cli(['listen', 'phone', '--stream', '--group', 'a', '--server', relay.url(), '--token', TOKEN]);
    expect(usage.code).to.equal(2);
  });
});
