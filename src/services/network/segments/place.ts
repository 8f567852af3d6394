import { sql, type RawBuilder } from 'kysely';

const first = (column: string, network: string): RawBuilder<string | null> =>
  sql`(select ${sql.ref(`g.${column}`)} from network.segments g where g.network_id = ${sql.ref(`${network}.id`)}
    order by g.segment_index limit 1)`;

/** Type of a network's (first) segment, as an expression; `network` is the alias of the network's row. */
export const typeOf = (network: string) => first('network_type', network);

/** The physical network that a network's (first) segment is on, null when none. */
export const physicalNetworkOf = (network: string) => first('physical_network', network);

/** Condition: the network has a segment whose `column` is one of the values, of the PostgreSQL type. */
export const hasSegment = (
  network: string,
  column: string,
  type: 'text' | 'integer',
  values: readonly (string | number)[],
): RawBuilder<boolean> =>
  sql<boolean>`exists (select 1 from network.segments g where g.network_id = ${sql.ref(`${network}.id`)}
    and ${sql.ref(`g.${column}`)} = any(${values}::${sql.raw(type)}[]))`;
