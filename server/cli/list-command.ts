// Commands that list something of the relay, and change one of it by its id: alerts, heartbeats, scheduled messages.
import { type Command, type ParsedOptions, UsageError } from './command.ts';
import { jsonLine, styleFor, table, visible, write } from './output.ts';
import { request, requestList } from './request.ts';
import { accessOptions, findServer } from './server-access.ts';

/** What an action asks for, and what is true of its object afterwards. */
interface Action {
  readonly method: 'POST' | 'DELETE';
  /** What follows the id in the path. */
  readonly end: string;
  readonly done: string;
}

/** What makes such a command. `T` is one row of the list, as the relay answers it. */
interface ListCommand<T> {
  readonly help: string;
  /** The path below `/v1/`, and the member of the answer that has the list. */
  readonly name: string;
  readonly actions: Readonly<Record<string, Action>>;
  /** Options besides those of every such command. */
  readonly options?: Command['options'];
  /** What the list asks for besides `target`. */
  readonly query?: (parsed: ParsedOptions) => Readonly<Record<string, string>>;
  /** Printed if there is nothing to list. */
  readonly empty: string;
  readonly heading: readonly string[];
  readonly row: (item: T) => string[];
}

/** Makes the command. */
export function listCommand<T>({
  help,
  name,
  actions,
  options = {},
  query,
  empty,
  heading,
  row,
}: ListCommand<T>): Command {
  return {
    help,
    options: { ...accessOptions, ...options, target: { type: 'string' } },
    words: [`${['list', ...Object.keys(actions)].join('|')}?`, 'ID?'],
    async run(parsed, io) {
      const [word = 'list', id = ''] = parsed.words;
      if (word !== 'list' && id === '') throw new UsageError(['<ID> is missing']);
      if (word === 'list' && parsed.words.length > 1) throw new UsageError([`unexpected ${id}`]);
      const server = await findServer(parsed, io);
      const { signal } = io;
      const action = actions[word];
      if (action !== undefined) {
        const { method, end, done } = action;
        const answer = await request(server, { method, path: `/v1/${name}/${encodeURIComponent(id)}${end}`, signal });
        await write(io.stdout, parsed.flag('json') ? jsonLine(answer) : `${visible(id)} ${done}\n`);
        return 0;
      }
      const target = parsed.value('target');
      const asked = { ...query?.(parsed), ...(target === undefined ? {} : { target }) };
      const found = await requestList<T>(server, `/v1/${name}`, name, asked, signal);
      if (parsed.flag('json')) await write(io.stdout, found.map(jsonLine).join(''));
      else if (found.length === 0) await write(io.stdout, `${empty}\n`);
      else await write(io.stdout, table([[...heading], ...found.map(row)], styleFor(io.stdout, io.env)));
      return 0;
    },
  };
}
