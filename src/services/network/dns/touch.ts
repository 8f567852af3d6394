import { sql } from 'kysely';
import type { Change } from '../change.ts';

/** A port that has or had a name. */
export interface NamedPort {
  readonly id: string;
  readonly network_id: string;
  readonly dns_name?: string;
}

/**
 * The rows with the names of these ports may have to change, and those of ports in the same network that share a name
 * with them, since each of them leads to all. Names that are the same begin with the same word, so that is what is
 * compared. To be called when the ports are as they shall be, with the old name of one whose name changed too.
 */
export async function touchNames(change: Change, ports: readonly NamedPort[]): Promise<void> {
  const named = ports.filter(({ dns_name = '' }) => dns_name !== '');
  if (named.length === 0) return;
  const networks = named.map(({ network_id }) => network_id);
  const words = named.map(({ dns_name }) => dns_name!.split('.')[0]!);
  // Who gives a name that somebody else is giving waits for him: the later of the two sees both.
  await sql`select pg_advisory_xact_lock(hashtextextended(name, 0)) from (select distinct
      'network name ' || network_id || ' ' || word as name
    from unnest(${networks}::text[], ${words}::text[]) as w (network_id, word) order by name) n`.execute(
    change.transaction,
  );
  const { rows } = await sql<{ id: string }>`select p.id from network.ports p
    join unnest(${networks}::uuid[], ${words}::text[]) as w (network_id, word)
      on p.network_id = w.network_id and split_part(p.dns_name, '.', 1) = w.word
    where p.dns_name <> ''`.execute(change.transaction);
  for (const { id } of [...named, ...rows]) change.touch(`dns:${id}`);
}
