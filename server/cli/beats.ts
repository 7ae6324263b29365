// herald beats: lists heartbeats; pauses or removes one.
import type { BeatInfo } from '../../shared/api.ts';
import { durationText } from '../base/duration.ts';
import { listCommand } from './list-command.ts';
import { timeText } from './output.ts';
import { ACCESS_HELP } from './server-access.ts';

/** Lists heartbeats, or changes one. */
export const beats = listCommand<BeatInfo>({
  help: `usage: herald beats [list] [--target NAME]
       herald beats pause|remove ID

Lists the heartbeats, the latest made first; pauses one until its next sign, or removes it.

  --target NAME   only those that tell this device or group
  --json          print one JSON object per line
${ACCESS_HELP}
Exit code: 0 done, 1 failed, 2 wrong options, 4 no such heartbeat
`,
  name: 'beats',
  actions: {
    pause: { method: 'POST', end: '/pause', done: 'is paused until its next sign' },
    remove: { method: 'DELETE', end: '', done: 'is removed' },
  },
  empty: 'there are no heartbeats',
  heading: ['ID', 'STATE', 'LAST SIGN', 'EXPECTED', 'TARGET', 'KEY'],
  row({ id, state, lastAt, every, cron, tz, target, key }) {
    const expected = cron === undefined ? `every ${durationText(every ?? 0)}` : `${cron} ${tz ?? ''}`;
    return [id, state, timeText(lastAt), expected, target, key];
  },
});
