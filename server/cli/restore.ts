// herald restore: fills a data directory from a backup.
import { dataFileCommand } from './data-file.ts';

/** Fills the data directory, which must be empty and not in use. */
export const restore = dataFileCommand({
  name: 'restore',
  about:
    'Fills the data directory from a file that herald backup wrote. Refused while the relay runs, and where data is already.',
  async move(file, dir) {
    const { restoreEmbedded } = await import('../backends/embedded/index.ts');
    await restoreEmbedded(file, dir);
  },
  told: (file, dir) => `${dir} is restored from ${file}`,
});
