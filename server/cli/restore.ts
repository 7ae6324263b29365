// herald restore: fills a data directory from a backup.
import { resolve } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { dataFileCommand } from './data-file.ts';

/** Fills the data directory, which must be empty and not in use. */
export const restore = dataFileCommand({
  name: 'restore',
  about: `Fills the data directory from a file that herald backup wrote. Refused while the relay runs, and where data is already.

A backup does not know which devices were removed after it was made: their tokens would work again. Tokens that are older
than the newest removal that is known have ended after a restore.`,
  options: { known: { type: 'string' }, 'end-tokens': { type: 'boolean' } },
  optionHelp: `  --known DIR     the old data directory: what was removed there stays removed
  --end-tokens    end the tokens of all devices; each has to be paired again
`,
  async move(file, dir, parsed, io) {
    const { restoreEmbedded } = await import('../backends/embedded/index.ts');
    const known = parsed.value('known');
    const { endedBefore } = await restoreEmbedded(file, dir, {
      known: known === undefined ? undefined : resolve(io.cwd, known),
      endBefore: parsed.flag('end-tokens') ? systemClock.now() : undefined,
    });
    return {
      ...(endedBefore === undefined ? {} : { tokensEndedBefore: new Date(endedBefore).toISOString() }),
      ...(known === undefined && !parsed.flag('end-tokens') ? { mayRevive: true } : {}),
    };
  },
  told(file, dir, facts) {
    const { tokensEndedBefore, mayRevive } = facts as { tokensEndedBefore?: string; mayRevive?: boolean };
    return [
      `${dir} is restored from ${file}`,
      ...(tokensEndedBefore === undefined
        ? []
        : [
            `tokens up to ${tokensEndedBefore} have ended: a device that was not connected since has to be paired again`,
          ]),
      ...(mayRevive === true
        ? [
            'a device that was removed after the backup was made is back: remove it again, ' +
              'or restore with --known and the old data directory, or with --end-tokens',
          ]
        : []),
    ];
  },
});
