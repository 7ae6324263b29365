// The config of the relay on this machine, for commands that need it.
import type { LoadedConfig } from '../config/load.ts';
import { type CommandIo, type Option, UsageError } from './command.ts';
import { MESSAGE_VARIABLES } from './message-variables.ts';

/** `--config FILE` */
export const configOption: Readonly<Record<'config', Option>> = { config: { type: 'string' } };

/**
 * Loads the config as `serve` would from the same directory.
 * @throws ConfigError that lists everything that is wrong with it
 */
export async function loadLocalConfig(
  file: string | undefined,
  io: Pick<CommandIo, 'env' | 'cwd'>,
): Promise<LoadedConfig> {
  if (file === '') throw new UsageError(['--config: expected a file']);
  const { loadConfig } = await import('../config/load.ts');
  return loadConfig({ file, env: configVariables(io.env), cwd: io.cwd });
}

/** The environment without the variables of `listen --exec`, whose command may itself be `herald`. */
export function configVariables(env: CommandIo['env']): CommandIo['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !MESSAGE_VARIABLES.has(name)));
}
