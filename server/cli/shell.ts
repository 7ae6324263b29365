// How the shell in which a person reads a line quotes it.
import type { CommandIo } from './command.ts';

/** A kind of shell. */
export type Shell = 'posix' | 'cmd' | 'powershell';

/** PowerShell adds a folder of the user to this variable, and cmd has only those of the system. */
const LEAST_MODULE_FOLDERS = 3;

/** The shell that has started this process. */
export function shellOf(platform: NodeJS.Platform, env: CommandIo['env']): Shell {
  // Git Bash and others of its kind set SHELL.
  if (platform !== 'win32' || env['SHELL'] !== undefined) return 'posix';
  const folders = (env['PSModulePath'] ?? '').split(';').filter((folder) => folder !== '');
  return folders.length >= LEAST_MODULE_FOLDERS ? 'powershell' : 'cmd';
}

/** The text as one word. */
export function quoteFor(shell: Shell, text: string): string {
  if (shell === 'posix') return `'${text.replaceAll("'", "'\\''")}'`;
  if (shell === 'powershell') return `'${text.replaceAll("'", "''")}'`;
  // cmd leaves a percent sign alone unless there is a variable of the name after it.
  return `"${text.replaceAll('"', '\\"')}"`;
}

/** A word that has the value of an environment variable after a text. */
export function withVariable(shell: Shell, text: string, variable: string): string {
  if (shell === 'cmd') return `"${text}%${variable}%"`;
  return shell === 'powershell' ? `"${text}$env:${variable}"` : `"${text}$${variable}"`;
}

/** curl. In Windows PowerShell, `curl` without `.exe` is another program. */
export function curlIn(shell: Shell): string {
  return shell === 'powershell' ? 'curl.exe' : 'curl';
}
