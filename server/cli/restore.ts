// herald restore: fills a data directory from a backup.
import { resolve } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { dataFileCommand } from './data-file.ts';

/** Fills the data directory, which must be empty and not in use, or a prefix in Redis without keys. */
export const restore = dataFileCommand({
  name: 'restore',
  about: `Fills the data directory from a file of herald backup. The relay must not run, and the directory must be empty.
If the config has redis, it fills the prefix in Redis instead, which must have no keys.

A backup does not know which devices were removed after it was made, so their tokens would work again. The restore ends
all tokens that are older than the newest removal that it knows of.`,
  options: { known: { type: 'string' }, 'end-tokens': { type: 'boolean' } },
  optionHelp: `  --known DIR     the old data directory; devices that were removed there stay removed
  --end-tokens    end the tokens of all devices; each must be paired again
`,
  async move(file, place, parsed, io) {
    const known = parsed.value('known');
    const options = {
      known: known === undefined ? undefined : resolve(io.cwd, known),
      endBefore: parsed.flag('end-tokens') ? systemClock.now() : undefined,
    };
    const { endedBefore } =
      'redis' in place
        ? await (await import('../backends/redis-backup.ts')).restoreRedis(file, place.redis, options)
        : await (await import('../backends/embedded/index.ts')).restoreEmbedded(file, place.dir, options);
    return {
      ...(endedBefore === undefined ? {} : { tokensEndedBefore: new Date(endedBefore).toISOString() }),
      ...(known === undefined && !parsed.flag('end-tokens') ? { mayRevive: true } : {}),
    };
  },
  report(file, place, facts) {
    const { tokensEndedBefore, mayRevive } = facts as { tokensEndedBefore?: string; mayRevive?: boolean };
    return [
      `${place} is restored from ${file}`,
      ...(tokensEndedBefore === undefined
        ? []
        : [`tokens up to ${tokensEndedBefore} have ended: pair the devices again that have not connected since`]),
      ...(mayRevive === true
        ? [
            'a device that was removed after the backup was made is back: remove it again, ' +
              'or restore with --known and the old data directory, or with --end-tokens',
          ]
        : []),
    ];
  },
});
