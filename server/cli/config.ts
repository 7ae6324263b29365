// herald config: the effective config, or the schema of a config file.
import type { Command } from './command.ts';
import { CONFIG_HELP, configOption, loadLocalConfig } from './local-config.ts';
import { note, visible, write } from './output.ts';

/** Prints the effective config or its schema, both as JSON. */
export const config: Command = {
  help: `usage: herald config [--config FILE]
       herald config --schema

Prints the config that serve uses: the file, the environment variables, and the defaults. Secrets are shown as "***".

${CONFIG_HELP}  --schema        print the JSON Schema of a config file instead
  --json          has no effect, because the output is always JSON
`,
  options: { ...configOption, schema: { type: 'boolean' }, json: { type: 'boolean' } },
  words: [],
  async run(parsed, io) {
    if (parsed.flag('schema')) {
      const { configJsonSchema } = await import('../config/json-schema.ts');
      await write(io.stdout, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
      return 0;
    }
    const { config: effective, warnings } = await loadLocalConfig(parsed, io);
    for (const warning of warnings) await note(io, visible(warning));
    const { effectiveConfigText } = await import('../config/mask.ts');
    await write(io.stdout, `${effectiveConfigText(effective)}\n`);
    return 0;
  },
};
