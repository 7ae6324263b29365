// Builds the documentation into dist/docs, if it is missing or stale. `npm start` does this beside the running relay,
// because it takes as long as everything else.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fingerprint, PrepareError } from './prepare.mjs';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = ['.scripts/docs.mjs', 'bench/results.svg', 'docs', 'package-lock.json'];

const stamp = (root) => join(root, 'dist', '.docs-prepared');

function isBuilt(root) {
  if (!existsSync(stamp(root)) || !existsSync(join(root, 'dist', 'docs', 'index.html'))) return false;
  return readFileSync(stamp(root), 'utf8') === fingerprint(root, sources);
}

/**
 * Builds the documentation beside this process, at a low priority.
 * @throws PrepareError with vitepress' output if it fails
 */
export async function prepareDocs(root = checkout) {
  if (isBuilt(root)) return;
  const before = fingerprint(root, sources);
  rmSync(stamp(root), { force: true });
  const vitepress = join(root, 'node_modules', 'vitepress', 'bin', 'vitepress.js');
  const child = spawn(process.execPath, [vitepress, 'build', 'docs'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  process.once('exit', () => child.kill());
  if (child.pid !== undefined) setPriority(child.pid, 10);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new PrepareError(`Building the documentation failed.\n${output.trim()}`);
  // A relay that runs meanwhile has the old files or the new ones.
  rmSync(join(root, 'dist', 'docs'), { recursive: true, force: true });
  renameSync(join(root, 'dist', 'docs-new'), join(root, 'dist', 'docs'));
  writeFileSync(stamp(root), before);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stderr.write('Building the documentation …\n');
  prepareDocs().catch((error) => {
    if (!(error instanceof PrepareError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
}
