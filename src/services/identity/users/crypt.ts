import { spawn } from 'node:child_process';

/** Milliseconds after which a hash with too many rounds is given up. */
const PATIENCE = 20_000;

/** The setting up to its last `$` and the salt, and the password, come in on the standard input. */
const SCRIPT =
  'local $/; my ($setting, $password) = split /\\0/, <STDIN>, 2; my $hash = crypt($password, $setting); print $hash if defined $hash';

/**
 * crypt(3) of this machine's C library, which knows bcrypt and SHA-512 (Node has neither), in a process of its own: perl
 * is in every Debian system (package perl-base, essential). Nothing of it is in the process list.
 * @param setting a hash, or its part up to the salt
 * @returns `undefined` when the setting is none that crypt(3) knows
 */
export function crypt(password: Buffer, setting: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    if (password.includes(0) || setting.includes('\0')) return resolve(undefined);
    const child = spawn('/usr/bin/perl', ['-e', SCRIPT], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
      env: {},
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdin.on('error', () => undefined); // it died: `close` tells
    child.on('error', reject);
    child.on('close', () => {
      const hash = Buffer.concat(chunks).toString();
      resolve(hash.startsWith('$') ? hash : undefined);
    });
    child.stdin.end(Buffer.concat([Buffer.from(`${setting}\0`), password]));
  });
}
