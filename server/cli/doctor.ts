// herald doctor: checks the relay and what it needs, and says what to do.
import { systemClock } from '../base/clock.ts';
import { ConfigError } from '../config/problems.ts';
import type { Command, CommandIo, ParsedOptions } from './command.ts';
import { type Finding, fine, problem, warning } from './doctor/finding.ts';
import { loadLocalConfig } from './local-config.ts';
import { jsonLine, type Style, styleFor, visible, write } from './output.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';
import { isLocal, localAddress } from './server-address.ts';

/** Checks everything, and changes nothing. */
export const doctor: Command = {
  help: `usage: herald doctor [OPTIONS]

Checks the config, the data directory, the disk, and the limit of open files; if the relay runs, also its clock, its
public address, https, what a proxy in front of it does, and routes that fail; and whether Redis and the push services
can be reached. It says what to do. It changes nothing, and the relay may run. It reads every message, so a large
history takes a while.

  --json          print one {"check": ..., "state": ..., "text": ..., "advice": ...} per line; state is "ok",
                  "warning", "problem" or "skipped"
${ACCESS_HELP}
Exit code: 0 everything works, maybe with warnings, 1 something does not, 2 wrong options or config
`,
  options: accessOptions,
  words: [],
  async run(parsed, io) {
    const style = styleFor(io.stdout, io.env);
    let code = 0;
    for await (const finding of check(parsed, io)) {
      if (finding.state === 'problem') code = finding.check === 'config' ? 2 : Math.max(code, 1);
      await write(io.stdout, parsed.flag('json') ? jsonLine(finding) : textOf(finding, style));
    }
    return code;
  },
};

function textOf({ check: what, state, text, advice }: Finding, style: Style): string {
  const paint = { ok: style.good, warning: style.pending, problem: style.bad, skipped: style.dim }[state];
  const line = `${paint(state.padEnd(7))}  ${visible(`${what}: ${text}`)}\n`;
  return advice === undefined ? line : `${line}         ${style.dim(visible(advice))}\n`;
}

/** Every finding, as soon as it is known. */
async function* check(parsed: ParsedOptions, io: CommandIo): AsyncGenerator<Finding> {
  const loaded = await loadLocalConfig(parsed, io).catch((error: unknown) => {
    if (error instanceof ConfigError) return error;
    throw error;
  });
  if (loaded instanceof ConfigError) {
    yield problem('config', loaded.message, 'correct the config; herald config --schema describes it');
    return;
  }
  const { config, warnings } = loaded;
  for (const text of warnings) yield warning('config', text, 'see docs/reference-config.md');
  if (warnings.length === 0) yield fine('config', 'it can be read');

  const { checkCertificate, checkDescriptors, checkFolder } = await import('./doctor/machine.ts');
  if (config.redis === undefined) {
    const { examineEmbedded } = await import('../backends/embedded/index.ts');
    for (const { file, ok, text } of await examineEmbedded(config.storage.dir)) {
      yield ok
        ? fine(file, text)
        : problem(file, text, 'docs/troubleshooting.md and docs/operate.md say how to restore');
    }
    yield await checkFolder('storage.dir', config.storage.dir);
  } else yield* await (await import('./doctor/redis.ts')).checkRedis(config.redis);
  const { dir } = config.attachments;
  if (dir !== undefined && !dir.startsWith(config.storage.dir)) yield await checkFolder('attachments.dir', dir);
  yield checkDescriptors();
  if (config.http.tls !== undefined) yield await checkCertificate(config.http.tls, systemClock.now());

  yield* await checkRunning(config, parsed, io);
  yield* await (await import('./doctor/push.ts')).checkPush(config, io.signal);
}

type Config = Awaited<ReturnType<typeof loadLocalConfig>>['config'];

/** What a running relay says, and how it is reached. */
async function checkRunning(config: Config, parsed: ParsedOptions, io: CommandIo): Promise<Finding[]> {
  const { checkPublicAddress, checkRelay, checkRoutes, judgeContext } = await import('./doctor/relay.ts');
  const isNamed = parsed.value('server') !== undefined || Boolean(io.env['HERALD_SERVER']);
  // A relay that picks its port cannot be found from here.
  if (!isNamed && localAddress(config) === undefined) return [];
  const server = await findServer(parsed, io);
  const { signal } = io;
  const found = await checkRelay(server, isNamed || !isLocal(server), signal);
  if (found.some(({ check: what, state }) => what === 'relay' && state !== 'ok')) return found;
  const url = isLocal(server) ? config.http.url : server.http;
  const reached = url === undefined ? [judgeContext(server.http)] : await checkPublicAddress(url, server, signal);
  return [...found, ...reached, ...(await checkRoutes(server, signal))];
}
