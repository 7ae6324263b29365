import { Writable } from 'node:stream';
import { expect } from 'chai';
import { runForMessage } from '../../server/cli/listen-exec.ts';
import type { WireMessage } from '../../shared/message.ts';
import { tempDir } from '../support/temp-dir.ts';

const message: WireMessage = {
  sendType: 'personal',
  target: 'me',
  from: { method: 'http', name: '' },
  message: { text: `it's "$HOME" \`id\``, desp: 'one\ntwo', extra: {} },
  mid: '17',
};

/** A stream that keeps what is written to it. */
class Kept extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs a command line for the message, to its end. */
async function run(commandLine: string, env: Record<string, string> = {}, signal = new AbortController().signal) {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const io = { env: { PATH: process.env['PATH'] ?? '', ...env }, cwd: await tempDir(), stdout, stderr };
  const problem = await runForMessage(commandLine, message, io, signal);
  return { problem, stdout, stderr };
}

describe('runForMessage', () => {
  it('gives the command the message in variables that the shell does not read again', async () => {
    const { problem, stdout } = await run('printf "%s|%s" "$HERALD_TEXT" "$HERALD_DESP" && cat > /dev/null');
    expect(problem).to.equal(undefined);
    expect(stdout.text).to.equal(`${message.message.text}|one\ntwo`);
  });

  it('gives it the message as JSON on standard input', async () => {
    const { stdout } = await run('cat');
    expect(JSON.parse(stdout.text)).to.deep.equal(message);
  });

  it('hides the variables of an outer `herald listen`', async () => {
    const { stdout } = await run('printf %s "$HERALD_MID"', { HERALD_MID: 'of the outer message' });
    expect(stdout.text).to.equal('17');
  });

  it('reports how the command ended', async () => {
    expect((await run('exit 3')).problem).to.equal('ended with 3');
    expect((await run('kill -9 $$')).problem).to.equal('was ended by SIGKILL');
    expect((await run('no-such-program-here 2> /dev/null')).problem).to.equal('ended with 127');
  });

  it('passes on the standard error of the command', async () => {
    expect((await run('echo trouble >&2')).stderr.text).to.equal('trouble\n');
  });

  it('accepts a command that does not read its input', async () => {
    expect((await run('exec 0<&-; exit 0')).problem).to.equal(undefined);
  });

  it('does not wait for a program that the command leaves in the background', async () => {
    const { problem, stdout } = await run('tail -f /dev/null & echo $!');
    process.kill(Number(stdout.text), 'SIGKILL');
    expect(problem).to.equal(undefined);
  });

  it('stops the command when the signal aborts', async () => {
    const stop = new AbortController();
    const running = run('exec tail -f /dev/null', {}, stop.signal);
    stop.abort();
    expect((await running).problem).to.equal('was stopped');
  });
});
