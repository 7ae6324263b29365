// herald open: opens the page of the relay in a browser.
import { spawn } from 'node:child_process';
import type { Command, CommandIo } from './command.ts';
import { loadLocalConfig } from './local-config.ts';
import { jsonLine, visible, write } from './output.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';
import { isLocal } from './server-address.ts';

/** How long in ms a program that opens addresses may take to fail. */
const PATIENCE = 5000;

/** A program with its arguments. */
export interface Opener {
  readonly program: string;
  readonly args: readonly string[];
}

/** What opens an address on this system; undefined where there is no desktop to open it on. */
export function openerFor(platform: NodeJS.Platform, env: CommandIo['env'], url: string): Opener | undefined {
  if (platform === 'darwin') return { program: 'open', args: [url] };
  // `start` is a command of the shell, which would read `&` in an address. This is what it calls.
  if (platform === 'win32') return { program: 'rundll32', args: ['url.dll,FileProtocolHandler', url] };
  const hasDesktop = ['DISPLAY', 'WAYLAND_DISPLAY', 'BROWSER', 'WSL_DISTRO_NAME'].some((name) => Boolean(env[name]));
  return hasDesktop ? { program: 'xdg-open', args: [url] } : undefined;
}

/** Runs the program. Resolves to false if it fails. A program that goes on running is left alone. */
function start({ program, args }: Opener, { env, cwd }: CommandIo): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: { ...env }, stdio: 'ignore', detached: true });
    const timer = setTimeout(() => resolve(true), PATIENCE);
    const end = (done: boolean) => {
      clearTimeout(timer);
      resolve(done);
    };
    child.once('error', () => end(false));
    child.once('exit', (code) => end(code === 0));
    child.unref();
  });
}

/** Opens the page. */
export const open: Command = {
  help: `usage: herald open [OPTIONS]

Opens the page of the relay in a browser. Where that is not possible, as over ssh, it prints the address.

  --json          print {"url": ..., "opened": true or false}
${ACCESS_HELP}
Exit code: 0 done, 2 wrong options or config
`,
  options: accessOptions,
  words: [],
  async run(parsed, io) {
    const server = await findServer(parsed, io);
    const { config } = isLocal(server) ? await loadLocalConfig(parsed, io) : { config: undefined };
    const url = `${config?.http.url ?? server.http}/`;
    const opener = openerFor(process.platform, io.env, url);
    const opened = opener !== undefined && (await start(opener, io));
    const text = opened ? `opened ${visible(url)}\n` : `${visible(url)}\n`;
    await write(io.stdout, parsed.flag('json') ? jsonLine({ url, opened }) : text);
    return 0;
  },
};
