import { readFileSync } from 'node:fs';

/** A user of the machine, by /etc/passwd. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** Looks a user up; fails with the cure when the machine does not know it. */
export function systemUser(name: string): SystemUser {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(`the user "${name}" does not exist on this machine: run "sh scripts/setup.sh"`);
}
