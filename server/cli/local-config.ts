// The config of the relay on this machine, for commands that need it.
import type { LoadedConfig } from '../config/load.ts';
import type { SettingOptions } from '../config/options.ts';
import type { CommandIo, Option, ParsedOptions } from './command.ts';
import { MESSAGE_VARIABLES } from './message-variables.ts';

/** The options of every command that needs the config of the relay on this machine. */
export const configOption: Readonly<Record<'config' | 'data-dir', Option>> = {
  config: { type: 'string', expectation: (value) => (value === '' ? 'a file' : undefined) },
  'data-dir': { type: 'string', expectation: (value) => (value === '' ? 'a folder' : undefined) },
};

/** Help text for {@link configOption}. */
export const CONFIG_HELP = `  --config FILE   the config; default HERALD_CONFIG, else ./config.json, else /etc/herald/config.json
  --data-dir DIR  the data directory; default storage.dir of the config, else ./data beside it
`;

/**
 * Loads the config as `serve` would from the same directory.
 * @param more options of `serve`
 * @throws ConfigError that lists everything that is wrong with it
 */
export async function loadLocalConfig(
  parsed: Pick<ParsedOptions, 'value'>,
  io: Pick<CommandIo, 'env' | 'cwd'>,
  more: Omit<SettingOptions, 'data-dir'> = {},
): Promise<LoadedConfig> {
  const { loadConfig } = await import('../config/load.ts');
  const options = { ...more, 'data-dir': parsed.value('data-dir') };
  return loadConfig({ file: parsed.value('config'), options, env: configVariables(io.env), cwd: io.cwd });
}

/** The environment without the variables of `listen --exec`, whose command may itself be `herald`. */
export function configVariables(env: CommandIo['env']): CommandIo['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !MESSAGE_VARIABLES.has(name)));
}
