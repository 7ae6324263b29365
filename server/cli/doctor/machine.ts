// What `herald doctor` looks at on this machine: folders, disks, the bound of open files, certificates.
import { X509Certificate } from 'node:crypto';
import { access, constants, readFile, statfs } from 'node:fs/promises';
import { descriptorLimit } from '../../base/descriptors.ts';
import { diskProblem } from '../../base/disk-error.ts';
import { isMissing } from '../../base/files.ts';
import { type Finding, fine, problem, skipped, warning } from './finding.ts';

const MIB = 2 ** 20;
const DAY = 24 * 3_600_000;
/** Free room in bytes. SQLite needs some to keep working, and a relay in use fills the rest sooner or later. */
const LITTLE = { problem: 64 * MIB, warning: 512 * MIB };
/** A socket needs one descriptor, and the relay about a hundred for itself. */
const FEW_DESCRIPTORS = 4096;
/** Certificates are renewed a month ahead, so something is wrong with a renewal that is still to come. */
const RENEWAL = 14 * DAY;

const amount = (bytes: number) =>
  bytes >= 1024 * MIB ? `${(bytes / 1024 / MIB).toFixed(1)} GiB` : `${Math.floor(bytes / MIB)} MiB`;

/** How much room a disk has, in bytes. */
export type FreeRoom = (dir: string) => Promise<number>;

const freeRoom: FreeRoom = async (dir) => {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
};

/** Whether this user may write in a folder, and how much room there is. */
export async function checkFolder(check: string, dir: string, free: FreeRoom = freeRoom): Promise<Finding> {
  try {
    await access(dir, constants.R_OK | constants.W_OK | constants.X_OK);
    const room = await free(dir);
    const text = `${amount(room)} free in ${dir}`;
    if (room < LITTLE.problem) return problem(check, text, 'make room: without it the relay refuses messages');
    if (room < LITTLE.warning)
      return warning(check, text, 'make room, or shorten storage.ttl or attachments.totalSize');
    return fine(check, text);
  } catch (error) {
    if (isMissing(error)) return skipped(check, `${dir} is not there yet; the relay makes it at its first start`);
    const known = diskProblem(error) ?? (error as Error).message;
    return problem(
      check,
      `${dir}: ${known}`,
      'run herald doctor as the user of the relay, or change the owner of the folder',
    );
  }
}

/** How many files and sockets the process may have open. */
export function checkDescriptors(limit = descriptorLimit()): Finding {
  if (limit === undefined) return skipped('descriptors', 'this system does not tell how many files may be open');
  const text = `${limit} files and sockets may be open`;
  return limit >= FEW_DESCRIPTORS
    ? fine('descriptors', text)
    : warning(
        'descriptors',
        text,
        'raise the limit for many devices: ulimit -n 65536, or LimitNOFILE=65536 in the unit',
      );
}

/** Whether the certificate of the relay's own https is still good. */
export async function checkCertificate({ cert }: { readonly cert: string }, now: number): Promise<Finding> {
  try {
    const until = Date.parse(new X509Certificate(await readFile(cert)).validTo);
    const text = `${cert} is good until ${new Date(until).toISOString().slice(0, 10)}`;
    if (until <= now)
      return problem(
        'http.tls',
        `${cert} has expired`,
        'renew the certificate; the relay takes the new file by itself',
      );
    if (until - now < RENEWAL)
      return warning('http.tls', text, 'renew the certificate: its renewal seems to have failed');
    return fine('http.tls', text);
  } catch (error) {
    return problem('http.tls', `${cert} cannot be read: ${(error as Error).message}`, 'correct http.tls.cert');
  }
}
