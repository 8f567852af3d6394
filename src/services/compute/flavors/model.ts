import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import { violatedConstraint, type Database, type Transaction } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import { flavorNotFound } from '../errors.ts';
import { tablesOf, type FlavorRow, type ServerFlavor } from '../tables.ts';

/** What servers can be made like. Sizes in MiB and GiB. */
export interface Flavor extends ServerFlavor {
  readonly rxtxFactor: number;
  readonly isPublic: boolean;
  readonly description: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
}

const toFlavor = (row: Selectable<FlavorRow>): Flavor => ({
  id: row.id,
  name: row.name,
  vcpus: row.vcpus,
  memoryMb: row.memory_mb,
  rootGb: row.root_gb,
  ephemeralGb: row.ephemeral_gb,
  swapMb: row.swap_mb,
  rxtxFactor: row.rxtx_factor,
  isPublic: row.is_public,
  description: row.description,
  extraSpecs: row.extra_specs,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/**
 * Flavors that the caller may use: public ones and those its project was given; administrators all.
 * `isPublic` narrows to public or private ones.
 */
export async function listFlavors(
  database: Database,
  caller: Caller,
  isPublic?: boolean,
): Promise<Flavor[]> {
  let query = tablesOf(database).selectFrom('compute.flavors as f').selectAll('f').orderBy('f.id');
  if (isPublic !== undefined) query = query.where('f.is_public', '=', isPublic);
  if (!caller.isAdmin)
    query = query.where((where) =>
      where.or([
        where('f.is_public', '=', true),
        where.exists(
          where
            .selectFrom('compute.flavor_access as a')
            .select('a.flavor_id')
            .whereRef('a.flavor_id', '=', 'f.id')
            .where('a.project_id', '=', caller.projectId ?? ''),
        ),
      ]),
    );
  return (await query.execute()).map(toFlavor);
}

/** The flavor if the caller may use it, else Nova's 404. */
export async function requireFlavor(
  database: Database | Transaction,
  caller: Caller,
  id: string,
): Promise<Flavor> {
  const tables = tablesOf(database);
  const row = await tables
    .selectFrom('compute.flavors')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) throw flavorNotFound(id);
  if (row.is_public || caller.isAdmin) return toFlavor(row);
  const projects = await listAccess(database, id);
  if (!projects.includes(caller.projectId ?? '')) throw flavorNotFound(id);
  return toFlavor(row);
}

/** Makes a flavor; 409 when its name or id is taken. */
export async function insertFlavor(
  database: Database,
  flavor: Omit<Flavor, 'createdAt' | 'updatedAt'>,
): Promise<Flavor> {
  try {
    const row = await tablesOf(database)
      .insertInto('compute.flavors')
      .values({
        id: flavor.id,
        name: flavor.name,
        vcpus: flavor.vcpus,
        memory_mb: flavor.memoryMb,
        root_gb: flavor.rootGb,
        ephemeral_gb: flavor.ephemeralGb,
        swap_mb: flavor.swapMb,
        rxtx_factor: flavor.rxtxFactor,
        is_public: flavor.isPublic,
        description: flavor.description,
        extra_specs: JSON.stringify(flavor.extraSpecs),
        updated_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toFlavor(row);
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'flavors_name_unique')
      throw conflict(`Flavor with name ${flavor.name} already exists.`);
    if (constraint === 'flavors_pkey')
      throw conflict(`Flavor with ID ${flavor.id} already exists.`);
    throw error;
  }
}

/** Removes a flavor; servers made of it keep their copy. */
export async function deleteFlavor(database: Database, id: string): Promise<void> {
  const gone = await tablesOf(database)
    .deleteFrom('compute.flavors')
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst();
  if (!gone) throw flavorNotFound(id);
}

export async function describeFlavor(
  database: Database,
  id: string,
  description: string | null,
): Promise<void> {
  await tablesOf(database)
    .updateTable('compute.flavors')
    .set({ description, updated_at: new Date() })
    .where('id', '=', id)
    .execute();
}

/** Adds or changes extra specs; others stay. */
export async function mergeExtraSpecs(
  database: Database,
  id: string,
  specs: Readonly<Record<string, string>>,
): Promise<void> {
  await sql`
    update compute.flavors set extra_specs = extra_specs || ${JSON.stringify(specs)}::jsonb, updated_at = now()
    where id = ${id}
  `.execute(database);
}

/** False when there was no such spec. */
export async function deleteExtraSpec(
  database: Database,
  id: string,
  key: string,
): Promise<boolean> {
  const result = await sql`
    update compute.flavors set extra_specs = extra_specs - ${key}::text, updated_at = now()
    where id = ${id} and extra_specs ? ${key}::text
  `.execute(database);
  return result.numAffectedRows === 1n;
}

/** Projects that may use a private flavor. */
export async function listAccess(database: Database | Transaction, id: string): Promise<string[]> {
  const rows = await tablesOf(database)
    .selectFrom('compute.flavor_access')
    .select('project_id')
    .where('flavor_id', '=', id)
    .orderBy('project_id')
    .execute();
  return rows.map((row) => row.project_id);
}

/** False when the project had access. */
export async function addAccess(
  database: Database,
  id: string,
  projectId: string,
): Promise<boolean> {
  const made = await tablesOf(database)
    .insertInto('compute.flavor_access')
    .values({ flavor_id: id, project_id: projectId })
    .onConflict((clash) => clash.doNothing())
    .returning('flavor_id')
    .executeTakeFirst();
  return made !== undefined;
}

/** False when the project had none. */
export async function removeAccess(
  database: Database,
  id: string,
  projectId: string,
): Promise<boolean> {
  const gone = await tablesOf(database)
    .deleteFrom('compute.flavor_access')
    .where('flavor_id', '=', id)
    .where('project_id', '=', projectId)
    .returning('flavor_id')
    .executeTakeFirst();
  return gone !== undefined;
}
