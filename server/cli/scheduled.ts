// herald scheduled: lists the messages that are due later; cancels, skips or sends one.
import type { ScheduledMessage } from '../../shared/api.ts';
import { listCommand } from './list-command.ts';
import { timeText } from './output.ts';
import { ACCESS_HELP } from './server-access.ts';

/** Lists scheduled messages, or changes one. */
export const scheduled = listCommand<ScheduledMessage>({
  help: `usage: herald scheduled [list] [--target NAME]
       herald scheduled cancel|skip|run ID

Lists the messages that are due later, the next one first; cancels one, leaves out its next time, or sends it now.

  --target NAME   only messages to this device or group
  --json          print one JSON object per line
${ACCESS_HELP}
Exit code: 0 done, 1 failed, 2 wrong options, 4 no such message
`,
  name: 'scheduled',
  actions: {
    cancel: { method: 'DELETE', end: '', done: 'is cancelled' },
    skip: { method: 'POST', end: '/skip', done: 'is left out next time' },
    run: { method: 'POST', end: '/run', done: 'is sent' },
  },
  empty: 'nothing is scheduled',
  heading: ['ID', 'DUE', 'AGAIN', 'TARGET', 'TEXT'],
  row({ id, dueAt, cron, tz, target, message }) {
    return [id, timeText(dueAt), cron === undefined ? '' : `${cron} ${tz ?? ''}`, target, message.text || message.desp];
  },
});
