// herald alerts: lists alerts, or closes one.
import type { AlertInfo } from '../../shared/api.ts';
import { listCommand } from './list-command.ts';
import { timeText } from './output.ts';
import { ACCESS_HELP } from './server-access.ts';

/** Lists alerts, or closes one. */
export const alerts = listCommand<AlertInfo>({
  help: `usage: herald alerts [list] [--all] [--target NAME]
       herald alerts close ID

Lists the alerts that are open, the latest first, or closes one by hand.

  --all           also list those that are closed
  --target NAME   only alerts of this device or group
  --json          print one JSON object per line
${ACCESS_HELP}
Exit code: 0 done, 1 failed, 2 wrong options, 4 no such alert
`,
  name: 'alerts',
  actions: { close: { method: 'POST', end: '/close', done: 'is closed' } },
  options: { all: { type: 'boolean' } },
  query: (parsed) => ({ open: parsed.flag('all') ? '0' : '1' }),
  empty: 'nothing is open',
  heading: ['ID', 'STATE', 'SINCE', 'COUNT', 'TARGET', 'KEY', 'TITLE'],
  row({ id, state, flapping, since, count, target, key, title }) {
    return [id, flapping ? 'flapping' : (state ?? ''), timeText(since), String(count), target, key, title];
  },
});
