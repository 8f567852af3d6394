import { sql, type RawBuilder } from 'kysely';
import type { SegmentNumbers } from '../drivers/type-driver.ts';
import type { NetworkTransaction } from '../tables.ts';
import { rotated, union, without, type Interval } from './intervals.ts';

/** How often a number that somebody took meanwhile is looked for again. */
const ATTEMPTS = 100;

/** The segment that a place is sought for: what its row will be, beside the place. */
export interface NewSegment {
  readonly id: string;
  readonly network_id: string;
  readonly project_id: string;
  readonly network_type: string;
  readonly segment_index: number;
  readonly name: string | null;
  readonly description: string | null;
}

interface Range extends Interval {
  readonly project_id: string;
  readonly shared: boolean;
  readonly physical_network: string | null;
}

const COLUMNS = sql`id, network_id, project_id, network_type, segment_index, name, description,
  physical_network, segmentation_id`;

/**
 * Takes a place by inserting the segment's row: the unique index on places decides between transactions, so nothing
 * is locked that another network would wait for.
 */
export class SegmentSlot implements SegmentNumbers {
  readonly #transaction: NetworkTransaction;
  readonly #segment: NewSegment;
  #known: { readonly ranges: readonly Range[]; readonly cursor: number } | undefined;

  constructor(transaction: NetworkTransaction, segment: NewSegment) {
    this.#transaction = transaction;
    this.#segment = segment;
  }

  async take(physicalNetwork: string | null, number: number | null): Promise<boolean> {
    const made = await sql`insert into network.segments (${COLUMNS})
      values (${this.#values()}, ${physicalNetwork}, ${number})
      on conflict do nothing returning id`.execute(this.#transaction);
    return made.rows.length > 0;
  }

  async takeFree(physicalNetwork: string | null): Promise<number | undefined> {
    const { ranges, cursor } = await this.#read();
    const here = ranges.filter((range) => range.physical_network === physicalNetwork);
    const { project_id: project } = this.#segment;
    const own = here.filter((range) => range.project_id === project && !range.shared);
    const others = here.filter((range) => range.project_id !== project && !range.shared);
    const shared = here.filter((range) => range.shared);
    // A project's own ranges first; what is another's is not for all.
    for (const intervals of [union(own), without(shared, others)]) {
      const number = await this.#takeFirst(physicalNetwork, rotated(intervals, cursor - 1));
      if (number !== undefined) return number;
    }
    return undefined;
  }

  async physicalNetworks(): Promise<readonly string[]> {
    const { ranges } = await this.#read();
    const usable = ranges.filter(
      ({ shared, project_id }) => shared || project_id === this.#segment.project_id,
    );
    return [...new Set(usable.map((range) => range.physical_network!))].toSorted();
  }

  /** The ranges of the type, and where the search begins: farther on every time, so that numbers rest. */
  async #read() {
    if (this.#known !== undefined) return this.#known;
    const result = await sql<{ ranges: Range[]; cursor: string }>`
      select nextval('network.segmentation_ids') as cursor, (select coalesce(json_agg(json_build_object(
        'project_id', r.project_id, 'shared', r.shared, 'physical_network', r.physical_network,
        'minimum', r.minimum, 'maximum', r.maximum)), '[]') from network.segment_ranges r
        where r.network_type = ${this.#segment.network_type}) as ranges`.execute(this.#transaction);
    const [row] = result.rows;
    this.#known = { ranges: row!.ranges, cursor: Number(row!.cursor) };
    return this.#known;
  }

  async #takeFirst(
    physicalNetwork: string | null,
    intervals: readonly Interval[],
  ): Promise<number | undefined> {
    if (intervals.length === 0) return undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const result = await sql<{ free: number | null; taken: number | null }>`
        with free as (${this.#firstFree(physicalNetwork, intervals)}),
        made as (insert into network.segments (${COLUMNS})
          select ${this.#values()}, ${physicalNetwork}, free.n from free
          on conflict do nothing returning segmentation_id)
        select (select n from free) as free, (select segmentation_id from made) as taken`.execute(
        this.#transaction,
      );
      const [row] = result.rows;
      // Free but not taken: another transaction was first, and the next look sees what it took.
      if (row!.free === null || row!.taken !== null) return row!.taken ?? undefined;
    }
    return undefined;
  }

  /** The first number in these intervals, in their order, that no segment has. */
  #firstFree(physicalNetwork: string | null, intervals: readonly Interval[]): RawBuilder<unknown> {
    const same = (alias: string) => {
      const column = sql.ref(`${alias}.physical_network`);
      const type = sql.ref(`${alias}.network_type`);
      // `is not distinct from` would not use the index.
      const physical =
        physicalNetwork === null ? sql`${column} is null` : sql`${column} = ${physicalNetwork}`;
      return sql`${type} = ${this.#segment.network_type} and ${physical}
        and ${sql.ref(`${alias}.segmentation_id`)} is not null`;
    };
    return sql`select found.n from unnest(
        ${intervals.map(({ minimum }) => minimum)}::integer[],
        ${intervals.map(({ maximum }) => maximum)}::integer[]) with ordinality as i (low, high, position)
      cross join lateral (select x.n from (
        (select i.low as n where not exists (select 1 from network.segments s
          where ${same('s')} and s.segmentation_id = i.low))
        union all
        (select s.segmentation_id + 1 from network.segments s
          where ${same('s')} and s.segmentation_id >= i.low and s.segmentation_id < i.high
            and not exists (select 1 from network.segments t
              where ${same('t')} and t.segmentation_id = s.segmentation_id + 1)
          order by s.segmentation_id limit 1)) x order by x.n limit 1) found
      order by i.position limit 1`;
  }

  #values(): RawBuilder<unknown> {
    const { id, network_id, project_id, network_type, segment_index, name, description } =
      this.#segment;
    return sql`${id}::uuid, ${network_id}::uuid, ${project_id}::text, ${network_type}::text,
      ${segment_index}::integer, ${name}::text, ${description}::text`;
  }
}
