import type { Change } from '../change.ts';

/** The rows with the names of a network's ports may have to change with this port, which had or has a name. */
export function touchNames(
  change: Change,
  port: { readonly network_id: string; readonly dns_name?: string },
  newName = '',
): void {
  if ((port.dns_name ?? '') !== '' || newName !== '') change.touch(`dns:${port.network_id}`);
}
