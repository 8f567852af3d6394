import { ask } from './request.ts';
import type { Session } from './session.ts';

/** Lines of a console log that are asked for. */
const LINES = 1000;

/** The last lines that a server printed (Nova's os-getConsoleOutput). Throws what `ask` throws. */
export async function readConsole(
  serverId: string,
  session: Session,
  signal: AbortSignal,
): Promise<string> {
  const { text } = await ask(`compute/v2.1/servers/${encodeURIComponent(serverId)}/action`, {
    method: 'POST',
    token: session.token,
    signal,
    headers: { 'openstack-api-version': `compute ${session.computeVersion}` },
    body: { 'os-getConsoleOutput': { length: LINES } },
  });
  return (JSON.parse(text) as { output: string | null }).output ?? '';
}

/** An address that opens a terminal of the server, once (Nova's remote consoles). Throws what `ask` throws. */
export async function terminalAddress(
  serverId: string,
  session: Session,
  signal: AbortSignal,
): Promise<string> {
  const { text } = await ask(
    `compute/v2.1/servers/${encodeURIComponent(serverId)}/remote-consoles`,
    {
      method: 'POST',
      token: session.token,
      signal,
      headers: { 'openstack-api-version': `compute ${session.computeVersion}` },
      body: { remote_console: { protocol: 'serial', type: 'serial' } },
    },
  );
  return (JSON.parse(text) as { remote_console: { url: string } }).remote_console.url;
}
