// herald backup: everything durable in one file.
import { dataFileCommand } from './data-file.ts';

/** Writes a backup of the data directory or of Redis, while the relay runs or not. */
export const backup = dataFileCommand({
  name: 'backup',
  about: `Writes devices, keys and messages to a new file, as they are at one moment. The relay may run meanwhile.
The file contains the keys of the relay, so keep it as safe as the data directory. It is the same whether the relay
keeps its data in a directory or in Redis, so it also moves a relay from one to the other.`,
  async move(file, place) {
    if ('redis' in place) await (await import('../backends/redis-backup.ts')).backupRedis(place.redis, file);
    else await (await import('../backends/embedded/index.ts')).backupEmbedded(place.dir, file);
    return {};
  },
  report: (file, place) => [`${file} is a backup of ${place}`],
});
