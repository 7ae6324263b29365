// herald backup: everything durable in one file.
import { dataFileCommand } from './data-file.ts';

/** Writes a backup of the data directory, while the relay runs or not. */
export const backup = dataFileCommand({
  name: 'backup',
  about: `Writes devices, keys and messages to a new file, as they are at one moment. The relay may run meanwhile.
The file contains the keys of the relay, so keep it as safe as the data directory.`,
  async move(file, dir) {
    const { backupEmbedded } = await import('../backends/embedded/index.ts');
    await backupEmbedded(dir, file);
    return {};
  },
  report: (file, dir) => [`${file} is a backup of ${dir}`],
});
