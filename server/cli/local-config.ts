// The config of the relay on this machine, for the commands that need to know of it.
import type { LoadedConfig } from '../config/load.ts';
import { type CommandIo, type Option, UsageError } from './command.ts';
import { MESSAGE_VARIABLES } from './message-variables.ts';

/** `--config FILE` */
export const configOption: Readonly<Record<'config', Option>> = { config: { type: 'string' } };

/**
 * Loads it as `serve` would from the same directory.
 * @throws ConfigError with everything that is wrong with it
 */
export async function loadLocalConfig(
  file: string | undefined,
  io: Pick<CommandIo, 'env' | 'cwd'>,
): Promise<LoadedConfig> {
  if (file === '') throw new UsageError(['--config: expected a file']);
  const { loadConfig } = await import('../config/load.ts');
  return loadConfig({ file, env: configVariables(io.env), cwd: io.cwd });
}

/** The environment without what `listen --exec` tells its command, which may well be a `herald` too. */
export function configVariables(env: CommandIo['env']): CommandIo['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !MESSAGE_VARIABLES.has(name)));
}
