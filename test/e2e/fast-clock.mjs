// For the process of a relay under test: `--import <this file>`. Its clocks and timers go as usual, and jump ahead when the
// test sends `{ tick: <ms> }`. It is plain JavaScript, because that process runs without a loader.
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const { uptime } = os;
const { now: wallClock } = Date;
const monotonic = performance.now.bind(performance);
const { setTimeout: arm, clearTimeout: disarm } = globalThis;
let ahead = 0;
/** What is armed, by the timer that its owner holds. */
const armed = new Map();

Date.now = () => wallClock() + ahead;
performance.now = () => monotonic() + ahead;
os.uptime = () => uptime() + ahead / 1000;
// For modules that import the function by its name.
syncBuiltinESMExports();

globalThis.setTimeout = (run, ms = 0, ...values) => {
  const fire = () => {
    armed.delete(handle);
    run(...values);
  };
  const handle = arm(fire, ms);
  armed.set(handle, { fire, at: monotonic() + ahead + ms, timer: handle });
  return handle;
};

globalThis.clearTimeout = (handle) => {
  disarm(armed.get(handle)?.timer);
  armed.delete(handle);
  disarm(handle);
};

process.on('message', ({ tick }) => {
  if (typeof tick !== 'number') return;
  ahead += tick;
  const now = monotonic() + ahead;
  for (const entry of [...armed.values()].sort((a, b) => a.at - b.at)) {
    const isKept = entry.timer.hasRef();
    disarm(entry.timer);
    entry.timer = arm(entry.fire, Math.max(0, entry.at - now));
    if (!isKept) entry.timer.unref();
  }
  process.send({ ticked: tick });
});
