// Makes the bytecode that the built relay starts with (server/base/code-cache.ts). It holds the functions that have run
// when it is written, so this runs a relay for a moment, with the requests and commands that people wait for.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const require = createRequire(import.meta.url);
const main = fileURLToPath(new URL('../dist/server/main.js', import.meta.url));
const { cachedRequire, writeBytecode } = require('../dist/server/code-cache.js');
const { run } = cachedRequire(require, main)('./run.js');

const TOKEN = 'token';
const folder = mkdtempSync(join(tmpdir(), 'herald-build-'));
const env = {
  HERALD_TOKEN: TOKEN,
  HERALD_HTTP__HOST: '127.0.0.1',
  HERALD_HTTP__PORT: '0',
  HERALD_STORAGE__DIR: join(folder, 'data'),
  LOG_LEVEL: 'warn',
};

/** Runs a command line until the signal. @param onOutput receives what it prints */
function herald(args, signal, onOutput = () => {}) {
  const output = () => new Writable({ write: (chunk, _encoding, done) => done(null, onOutput(String(chunk))) });
  return run(args, { env, cwd: folder, stdin: process.stdin, stdout: output(), stderr: output(), signal });
}

/** Starts a command. Resolves to its exit code, and to the first match in its output. */
async function start(args, signal, pattern) {
  let text = '';
  let ended;
  const match = await new Promise((resolve, reject) => {
    ended = herald(args, signal, (more) => {
      text += more;
      const found = pattern.exec(text);
      if (found !== null) resolve(found);
    });
    ended.then((code) => reject(new Error(`herald ${args[0]} ended with ${code}:\n${text}`)), reject);
  });
  return { ended, match };
}

/** In ms. A build must not wait forever. */
const PATIENCE = 60_000;
setTimeout(() => {
  process.stderr.write(`the relay did not start, take a message and stop within ${PATIENCE / 1000} s\n`);
  process.exit(1);
}, PATIENCE).unref();

const stop = new AbortController();
try {
  const relay = await start(['serve'], stop.signal, /http:\/\/\S+?:(\d+)\//);
  const url = `http://127.0.0.1:${relay.match[1]}`;
  for (const path of ['/health', '/', '/v1/devices']) {
    await (await fetch(url + path, { headers: { authorization: TOKEN } })).text();
  }
  const access = ['--server', url, '--token', TOKEN];
  const device = await start(['listen', ...access, 'phone'], stop.signal, /\n/);
  await start(['send', ...access, 'phone', 'hello'], stop.signal, /ok/);
  await herald(['--help'], stop.signal);
  // The relay has set this flag when its young generation was large enough (server/base/young-generation.ts), and V8
  // refuses bytecode that was written under other flags. This is V8's default, under which a relay starts.
  setFlagsFromString('--semi-space-growth-factor=2');
  writeBytecode(dirname(main));
  stop.abort();
  await Promise.all([relay.ended, device.ended]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
