import { definite } from '../../fault.ts';
import type { Engine } from './engine.ts';
import { outputOf } from './logs.ts';
import { INSIDE } from './start.ts';

/** Most bytes of a program's output that are looked at. */
const OUTPUT_LIMIT = 4096;

/**
 * Sets a password inside a running container, as its root. The hash goes in by the environment, where nobody but that
 * root can read it. Rejects with the script's own words. Source: Engine API, ContainerExec.
 */
export async function setPassword(
  engine: Engine,
  container: string,
  user: string,
  hash: string,
): Promise<void> {
  const what = 'setting a password';
  const made = await engine.json<{ Id: string }>({
    method: 'POST',
    path: `/containers/${container}/exec`,
    body: {
      User: '0',
      WorkingDir: '/',
      AttachStdout: true,
      AttachStderr: true,
      Env: [`password_hash=${hash}`],
      Cmd: [`${INSIDE}/busybox`, 'sh', `${INSIDE}/password`, user],
    },
    what,
  });
  const body = await engine.stream({
    method: 'POST',
    path: `/exec/${made?.Id}/start`,
    body: { Detach: false, Tty: false },
    timeout: 10_000,
    what,
  });
  const said =
    body === undefined ? '' : (await outputOf(body, OUTPUT_LIMIT)).toString('utf8').trim();
  const ended = await engine.json<{ ExitCode: number | null }>({
    path: `/exec/${made?.Id}/json`,
    what,
  });
  if (ended?.ExitCode !== 0) {
    throw definite(`the password cannot be set: ${said || `exit status ${ended?.ExitCode}`}`);
  }
}
