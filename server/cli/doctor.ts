// herald doctor: looks for damage in the data directory.
import type { Command } from './command.ts';
import { CONFIG_HELP, configOption, loadLocalConfig } from './local-config.ts';
import { jsonLine, styleFor, visible, write } from './output.ts';

/** Checks the files of the relay on this machine, and changes none of them. */
export const doctor: Command = {
  help: `usage: herald doctor [--config FILE]

Checks the data directory for missing and damaged files. It changes nothing, and the relay may run. It reads every
message, so a large history takes a while.

${CONFIG_HELP}  --json          print one {"file": ..., "ok": ..., "text": ...} per line

Exit code: 0 everything is in order, 1 something is missing or damaged, 2 wrong options or config
`,
  options: { ...configOption, json: { type: 'boolean' } },
  words: [],
  async run(parsed, io) {
    const { config } = await loadLocalConfig(parsed, io);
    const { examineEmbedded } = await import('../backends/embedded/index.ts');
    const findings = await examineEmbedded(config.storage.dir);
    const style = styleFor(io.stdout, io.env);
    const lines = findings.map(({ file, ok, text }) => {
      if (parsed.flag('json')) return jsonLine({ file, ok, text });
      return `${ok ? style.good('ok     ') : style.bad('problem')}  ${visible(`${file} ${text}`)}\n`;
    });
    await write(io.stdout, lines.join(''));
    return findings.every(({ ok }) => ok) ? 0 : 1;
  },
};
