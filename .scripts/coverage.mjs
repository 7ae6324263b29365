// The coverage floors: no folder may be tested less than it is today. Raise a floor when a folder gets better.
import { readFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';

/** Lowest share of covered lines in percent, by folder; `*` for a folder without a floor of its own. */
export const floors = {
  '*': 85,
};

/** The folder of a source file that has a floor: a room of server/, the page, its service worker, or shared/. */
function folderOf(path) {
  const [top, room = ''] = path.split(/[\\/]/);
  if (top === 'server') return room.endsWith('.ts') ? 'server' : `server/${room}`;
  return top === 'pwa' ? `pwa/${room}` : top;
}

/**
 * The covered lines of each folder, with its floor.
 * @param summary what c8 writes as coverage-summary.json @param root of the checkout, where its paths are absolute
 */
export function coverageOf(summary, root, table = floors) {
  const folders = new Map();
  for (const [file, { lines }] of Object.entries(summary)) {
    if (file === 'total') continue;
    const folder = folderOf(isAbsolute(file) ? relative(root, file) : file);
    const sum = folders.get(folder) ?? { total: 0, covered: 0 };
    folders.set(folder, { total: sum.total + lines.total, covered: sum.covered + lines.covered });
  }
  return [...folders]
    .map(([folder, { total, covered }]) => {
      const percent = total === 0 ? 100 : Math.floor((covered / total) * 1000) / 10;
      const floor = table[folder] ?? table['*'];
      return { folder, percent, floor, isMet: percent >= floor };
    })
    .sort((one, other) => one.folder.localeCompare(other.folder));
}

/** Prints the table. @returns whether every folder reaches its floor */
export function checkCoverage(root, file = 'coverage/coverage-summary.json') {
  const rows = coverageOf(JSON.parse(readFileSync(file, 'utf8')), root);
  for (const { folder, percent, floor, isMet } of rows) {
    const verdict = isMet ? '' : `  below its floor of ${floor} %`;
    process.stdout.write(`${folder.padEnd(28)}${percent.toFixed(1).padStart(6)} %${verdict}\n`);
  }
  return rows.every(({ isMet }) => isMet);
}
