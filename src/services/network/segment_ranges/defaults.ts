import { sql } from 'kysely';
import { newUuid } from '../../../core/ids.ts';
import type { NetworkTypes } from '../segments/types/registry.ts';
import type { NetworkDatabase } from '../tables.ts';

/**
 * Makes the default ranges those of the configuration: what is there keeps its id, what is no longer configured
 * goes. Networks that have a number of a range that went keep it.
 */
export async function settleDefaultRanges(
  database: NetworkDatabase,
  types: NetworkTypes,
): Promise<void> {
  const wanted = [...types.drivers.values()].flatMap(({ name, ranges = [] }) =>
    ranges.map((range) => ({ network_type: name, ...range })),
  );
  await database.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('network default ranges', 0))`.execute(
      transaction,
    );
    const present = await transaction
      .selectFrom('network.segment_ranges')
      .select(['id', 'network_type', 'physical_network', 'minimum', 'maximum'])
      .where('is_default', '=', true)
      .execute();
    const same = (a: (typeof wanted)[number], b: (typeof wanted)[number]) =>
      a.network_type === b.network_type &&
      a.physical_network === b.physical_network &&
      a.minimum === b.minimum &&
      a.maximum === b.maximum;
    const gone = present.filter((range) => !wanted.some((other) => same(range, other)));
    const missing = wanted.filter((range) => !present.some((other) => same(range, other)));
    if (gone.length > 0) {
      const ids = gone.map(({ id }) => id);
      await transaction.deleteFrom('network.segment_ranges').where('id', 'in', ids).execute();
    }
    for (const range of missing) {
      await transaction
        .insertInto('network.segment_ranges')
        .values({ ...range, id: newUuid(), project_id: '', is_default: true, shared: true })
        .execute();
    }
  });
}
