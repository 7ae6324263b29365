import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { onCleanup } from '../support/cleanup.ts';
import { tempDir } from '../support/temp-dir.ts';

const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

describe('npm start', function () {
  this.timeout(120_000);

  it('runs the relay, and ends it in order when npm is told to end', async () => {
    const env = {
      PATH: process.env['PATH'],
      HERALD_HTTP__PORT: '0',
      HERALD_STORAGE__DIR: await tempDir(),
    };
    const npm = spawn('npm', ['start'], { cwd: checkout, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    onCleanup(() => {
      try {
        process.kill(-(npm.pid ?? 0), 'SIGKILL');
      } catch {
        // The whole group has ended, as it should.
      }
    });
    let log = '';
    const said = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => log.includes(text) && resolve();
        npm.stderr.on('data', look);
        npm.stderr.on('end', () => reject(new Error(log)));
        look();
      });
    npm.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    npm.stdout.resume();
    await said('herald is ready');
    npm.kill('SIGTERM');
    await said('"msg":"closed"');
    expect(log).to.match(/"msg":"closing"/);
  });
});
