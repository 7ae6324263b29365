// `npm start`: prepares the checkout, then runs the relay in this very process.
import { PrepareError, prepare } from './prepare.mjs';

try {
  await prepare();
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

// npm hands a signal on to the shell between it and us, and that shell ends without a word to us.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, 250).unref();

await import('../dist/server/main.js');
