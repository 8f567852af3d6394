import { sql } from 'kysely';
import { badRequest, conflict } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import { standardColumns } from '../attributes/standard.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import type { TypeDriver } from '../drivers/type-driver.ts';
import { badResource } from '../errors.ts';
import type { SegmentRangeRow } from './noun.ts';

/** What a request says about a range. */
interface RangeValues {
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly shared: boolean;
  readonly network_type: string;
  readonly physical_network: string | null;
  readonly minimum: number;
  readonly maximum: number;
}

type Numbers = Pick<RangeValues, 'network_type' | 'physical_network' | 'minimum' | 'maximum'>;

/** The type's driver, when networks of the type have numbers. */
function numberedType(change: Change, type: string): TypeDriver {
  const driver = change.settings.types.drivers.get(type);
  if (driver?.numbers !== undefined) return driver;
  const all = [...change.settings.types.drivers.values()].filter(({ numbers }) => numbers);
  throw badRequest(
    `Network type ${type} does not support network segment ranges: use ${all.map(({ name }) => name).join(', ')}.`,
    'NetworkSegmentRangeNetTypeNotSupported',
  );
}

function checkNumbers({ name, numbers, physicalNetwork }: TypeDriver, range: Numbers): void {
  const { minimum, maximum } = numbers!;
  if (range.minimum >= minimum && range.maximum <= maximum && range.minimum <= range.maximum)
    return;
  throw badRequest(
    `Invalid network ${name} range: ${range.minimum}:${range.maximum}. Both must be from ${minimum} to ${maximum}, and the minimum not above the maximum.`,
    physicalNetwork === 'none' ? 'NetworkTunnelRangeError' : 'NetworkVlanRangeError',
  );
}

/** Ranges that people made do not overlap; the lock keeps two from being made at once. */
async function checkOverlap(change: Change, range: Numbers, id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('network segment ranges', 0))`.execute(
    change.transaction,
  );
  const found = await sql<{ id: string }>`select id from network.segment_ranges
    where not is_default and network_type = ${range.network_type} and id <> ${id}
      and physical_network is not distinct from ${range.physical_network}
      and minimum <= ${range.maximum} and maximum >= ${range.minimum} order by minimum`.execute(
    change.transaction,
  );
  if (found.rows.length === 0) return;
  throw conflict(
    `Network segment range overlaps with range(s) with id ${found.rows.map((row) => row.id).join(', ')}.`,
    'NetworkSegmentRangeOverlaps',
  );
}

async function create(change: Change, _caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as RangeValues;
  const driver = numberedType(change, values.network_type);
  const physicalNetwork =
    driver.physicalNetwork === 'none' ? null : values.physical_network || null;
  if (driver.physicalNetwork !== 'none' && physicalNetwork === null) {
    throw badResource(
      'network_segment_range',
      `Network type ${driver.name} requires 'physical_network' to be specified while creating new range.`,
    );
  }
  const { network_type, minimum, maximum } = values;
  const range = { network_type, minimum, maximum, physical_network: physicalNetwork };
  checkNumbers(driver, range);
  const id = newUuid();
  await checkOverlap(change, range, id);
  await change.transaction
    .insertInto('network.segment_ranges')
    .values({
      ...standardColumns(values),
      ...range,
      id,
      project_id: values.shared ? '' : values.project_id,
      is_default: false,
      shared: values.shared,
    })
    .execute();
  return id;
}

function checkOwn(row: SegmentRangeRow): void {
  if (!row.is_default) return;
  throw badRequest(
    `Network Segment Range ${row.id} is a default segment range which could not be updated or deleted: it is of the configuration.`,
    'NetworkSegmentRangeDefaultReadOnly',
  );
}

const referenced = (id: string, numbers: readonly number[]) =>
  conflict(
    `Network Segment Range ${id} is referenced by one or more project networks: they have ${numbers.slice(0, 5).join(', ')}.`,
    'NetworkSegmentRangeReferencedByProject',
  );

async function update(
  change: Change,
  _caller: Caller,
  row: SegmentRangeRow,
  raw: Values,
): Promise<void> {
  const values = raw as Partial<RangeValues>;
  checkOwn(row);
  const used = Object.keys(row.used).map(Number);
  const { minimum, maximum } = values;
  // As in Neutron, the new bounds must leave all numbers in use well inside.
  const impacted =
    used.length > 0 &&
    ((minimum !== undefined && minimum >= Math.min(...used)) ||
      (maximum !== undefined && maximum <= Math.max(...used)));
  if (impacted) throw referenced(row.id, used);
  const range = { ...row, minimum: minimum ?? row.minimum, maximum: maximum ?? row.maximum };
  checkNumbers(numberedType(change, row.network_type), range);
  await checkOverlap(change, range, row.id);
  await change.transaction
    .updateTable('network.segment_ranges')
    .set({
      name: values.name,
      description: values.description,
      minimum: range.minimum,
      maximum: range.maximum,
      revision_number: sql`revision_number + 1`,
      updated_at: sql`now()`,
    })
    .where('id', '=', row.id)
    .execute();
}

async function remove(change: Change, _caller: Caller, row: SegmentRangeRow): Promise<void> {
  checkOwn(row);
  const used = Object.keys(row.used).map(Number);
  if (used.length > 0) throw referenced(row.id, used);
  await change.transaction.deleteFrom('network.segment_ranges').where('id', '=', row.id).execute();
}

export const segmentRangeRules: Rules<SegmentRangeRow> = { create, update, delete: remove };
