// Shared by backup and restore, which copy everything durable between one file and the data directory, or Redis.
import { resolve } from 'node:path';
import type { RedisPlace } from '../backends/redis/archive.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import type { Command, CommandIo, OptionTable, ParsedOptions } from './command.ts';
import { CONFIG_HELP, configOption, loadLocalConfig } from './local-config.ts';
import { jsonLine, visible, write } from './output.ts';

/** What differs between the two commands. */
export interface DataFileCommand {
  readonly name: string;
  /** What the command does, for its help text. */
  readonly about: string;
  /** Options of its own, with their lines in the help text. */
  readonly options?: OptionTable;
  readonly optionHelp?: string;
  /** Copies between the file and the place. Resolves to more fields for --json. */
  move(file: string, place: DataPlace, parsed: ParsedOptions, io: CommandIo): Promise<object>;
  /** The lines to print when the copy is complete. @param place in words */
  report(file: string, place: string, facts: object): readonly string[];
}

/** Where a relay with this config has its data. */
export type DataPlace = { readonly dir: string } | { readonly redis: RedisPlace };

/** Makes one of the two commands. */
export function dataFileCommand(command: DataFileCommand): Command {
  const { name, about, options = {}, optionHelp = '', move, report } = command;
  return {
    help: `usage: herald ${name} FILE [--config FILE]

${about}

${CONFIG_HELP}${optionHelp}  --json          print {"file": ..., "dir": ...}, or "prefix" in place of "dir" with Redis
`,
    options: { ...configOption, ...options, json: { type: 'boolean' } },
    words: ['FILE'],
    async run(parsed, io) {
      const { config } = await loadLocalConfig(parsed, io);
      const { redis, storage } = config;
      const file = resolve(io.cwd, parsed.words[0] ?? '');
      const place: DataPlace =
        redis === undefined
          ? { dir: storage.dir }
          : { redis: { config: redis, clock: systemClock, logger: silentLogger } };
      const facts = await move(file, place, parsed, io);
      const words = redis === undefined ? storage.dir : `the prefix ${redis.prefix} in Redis`;
      const lines = report(file, words, facts).map((line) => `${visible(line)}\n`);
      const where = redis === undefined ? { dir: storage.dir } : { prefix: redis.prefix };
      await write(io.stdout, parsed.flag('json') ? jsonLine({ file, ...where, ...facts }) : lines.join(''));
      return 0;
    },
  };
}
