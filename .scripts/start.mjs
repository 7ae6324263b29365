// `npm start`: prepares the checkout, then runs the relay in this process.
import { prepareDocs } from './docs.mjs';
import { PrepareError, prepare } from './prepare.mjs';

try {
  await prepare();
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

// npm sends its signal to the shell between npm and this process, and the shell exits without passing it on.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, 250).unref();

await import('../dist/server/main.js');

// The relay works without it.
prepareDocs().catch((error) => void process.stderr.write(`${error.message}\n`));
