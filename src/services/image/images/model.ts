import { sql, type Insertable, type Kysely, type Updateable } from 'kysely';
import { transact, violatedConstraint, type Database } from '../../../database/database.ts';
import { duplicateId } from '../errors.ts';
import type { ImageRow, ImagesTable, ImageStatus, ImageTables } from '../tables.ts';
import { listImages, type ImageListing } from './listing.ts';
import { usageOf, type Usage } from './usage.ts';

/** What an upload found out about the bytes. */
export interface StoredData {
  readonly size: number;
  readonly checksum: string;
  readonly osHashAlgo: string;
  readonly osHashValue: string;
  readonly virtualSize: number | null;
}

/** Properties that tell how an import goes, as Glance's: the task, the stores to come, the stores that failed. */
const TASK = 'os_glance_import_task';
const IMPORTING = 'os_glance_importing_to_stores';
const FAILED = 'os_glance_failed_import';

/** What an upload came to: what it found out, and where the bytes are. */
export interface Outcome {
  readonly data: StoredData;
  readonly stores: readonly string[];
}

/** The images' rows: the only SQL on `image.images`. */
export class ImageModel {
  private readonly database: Database;
  private readonly tables: Kysely<ImageTables>;

  constructor(database: Database) {
    this.database = database;
    this.tables = database.withTables<ImageTables>();
  }

  /** `limit`: most images that the owner may have; undefined when it already has so many. */
  async create(
    row: Insertable<ImagesTable>,
    limit: number | undefined = undefined,
  ): Promise<ImageRow | undefined> {
    const insert = (tables: Kysely<ImageTables>) =>
      tables.insertInto('image.images').values(row).returningAll().executeTakeFirstOrThrow();
    try {
      if (limit === undefined) return await insert(this.tables);
      return await transact(this.database, async (transaction) => {
        // Two at once must not both take the last place.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`image.images of ${row.owner}`}, 0))`.execute(
          transaction,
        );
        const tables = transaction.withTables<ImageTables>();
        const { images } = await usageOf(tables, row.owner ?? null);
        return images >= limit ? undefined : await insert(tables);
      });
    } catch (error) {
      if (violatedConstraint(error) === 'images_pkey') throw duplicateId(row.id);
      throw error;
    }
  }

  find(id: string): Promise<ImageRow | undefined> {
    return this.tables
      .selectFrom('image.images')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
  }

  async findAll(ids: readonly string[]): Promise<ImageRow[]> {
    if (ids.length === 0) return [];
    return this.tables
      .selectFrom('image.images')
      .selectAll()
      .where('id', 'in', [...ids])
      .execute();
  }

  /** Those of an owner that have all these properties, the oldest first. */
  findWith(owner: string, properties: Readonly<Record<string, string>>): Promise<ImageRow[]> {
    return this.tables
      .selectFrom('image.images')
      .selectAll()
      .where('owner', '=', owner)
      .where(sql<boolean>`properties @> ${JSON.stringify(properties)}::jsonb`)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
  }

  usage(owner: string): Promise<Usage> {
    return usageOf(this.tables, owner);
  }

  list(listing: ImageListing): Promise<ImageRow[]> {
    return listImages(this.tables, listing);
  }

  /**
   * Reads the row, works out the change and writes it while nobody else can; undefined when the row is gone.
   * What the work throws leaves the row as it was.
   */
  async modify(
    id: string,
    work: (row: ImageRow) => Updateable<ImagesTable>,
  ): Promise<ImageRow | undefined> {
    return transact(this.database, async (transaction) => {
      const tables = transaction.withTables<ImageTables>();
      const row = await tables
        .selectFrom('image.images')
        .selectAll()
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return tables
        .updateTable('image.images')
        .set({ ...work(row), updated_at: sql<Date>`clock_timestamp()` })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
    });
  }

  /** Moves from one status to another; false when the image is not in the first any more: somebody else was quicker. */
  async moveStatus(
    id: string,
    from: ImageStatus,
    to: ImageStatus,
    outcome?: Outcome,
  ): Promise<boolean> {
    const result = await this.tables
      .updateTable('image.images')
      .set({
        status: to,
        updated_at: sql<Date>`clock_timestamp()`,
        ...(outcome && {
          size: outcome.data.size,
          virtual_size: outcome.data.virtualSize,
          checksum: outcome.data.checksum,
          os_hash_algo: outcome.data.osHashAlgo,
          os_hash_value: outcome.data.osHashValue,
          stores: [...outcome.stores],
        }),
        ...(to === 'queued' && { size: null }),
      })
      .where('id', '=', id)
      .where('status', '=', from)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  /** All of the data is staged. False when the image is gone or somebody took it. */
  async staged(id: string, size: number): Promise<boolean> {
    const result = await this.tables
      .updateTable('image.images')
      .set({ size, updated_at: sql<Date>`clock_timestamp()` })
      .where('id', '=', id)
      .where('status', '=', 'uploading')
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  /**
   * Gives the image to an import: its status becomes that of one (`to`), and its properties say so. False when it is
   * in another status by now or another import has it.
   */
  async beginImport(
    tables: Kysely<ImageTables>,
    id: string,
    {
      from,
      to,
      task,
      stores,
    }: { from: ImageStatus; to: ImageStatus; task: string; stores: readonly string[] },
  ): Promise<boolean> {
    const state = JSON.stringify({ [TASK]: task, [IMPORTING]: stores.join(','), [FAILED]: '' });
    const result = await tables
      .updateTable('image.images')
      .set({
        status: to,
        properties: sql<string>`properties || ${state}::jsonb`,
        updated_at: sql<Date>`clock_timestamp()`,
      })
      .where('id', '=', id)
      .where('status', '=', from)
      // Staged means all of it.
      .where(sql<boolean>`(status <> 'uploading' or size is not null) and not properties ? ${TASK}`)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  /**
   * Ends an import of that task: with what it found out the image becomes active, without it waits for data again
   * (unless it has data already: a copy). Adds the stores that have the data now. False when the image is gone.
   */
  async endImport(
    id: string,
    task: string,
    {
      data,
      stores,
      failed,
    }: { data?: StoredData; stores: readonly string[]; failed: readonly string[] },
  ): Promise<boolean> {
    const state = JSON.stringify({ [IMPORTING]: '', [FAILED]: failed.join(',') });
    const result = await this.tables
      .updateTable('image.images')
      .set({
        properties: sql<string>`(properties || ${state}::jsonb) - ${TASK}::text`,
        stores: sql<
          string[]
        >`stores || (select coalesce(array_agg(s), '{}') from unnest(${[...stores]}::text[]) s
          where not s = any(stores))`,
        updated_at: sql<Date>`clock_timestamp()`,
        ...(data === undefined
          ? {
              status: sql<ImageStatus>`case when status = 'importing' then 'queued' else status end`,
              size: sql<number>`case when status = 'importing' then null else size end`,
            }
          : {
              status: 'active' as const,
              size: data.size,
              virtual_size: data.virtualSize,
              checksum: data.checksum,
              os_hash_algo: data.osHashAlgo,
              os_hash_value: data.osHashValue,
            }),
      })
      .where('id', '=', id)
      .where(sql<boolean>`properties ->> ${TASK} = ${task}`)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  /** Forgets that a store has the data; false when it is the last one that has, or never had it. */
  async removeStore(id: string, store: string): Promise<boolean> {
    const result = await this.tables
      .updateTable('image.images')
      .set({ stores: sql<string[]>`array_remove(stores, ${store})` })
      .where('id', '=', id)
      .where(sql<boolean>`${store} = any(stores) and array_length(stores, 1) > 1`)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  async addTag(id: string, tag: string): Promise<void> {
    await this.tables
      .updateTable('image.images')
      .set({
        tags: sql<string[]>`array_append(array_remove(tags, ${tag}), ${tag})`,
        updated_at: sql<Date>`clock_timestamp()`,
      })
      .where('id', '=', id)
      .execute();
  }

  /** False when the image has no such tag. */
  async removeTag(id: string, tag: string): Promise<boolean> {
    const result = await this.tables
      .updateTable('image.images')
      .set({
        tags: sql<string[]>`array_remove(tags, ${tag})`,
        updated_at: sql<Date>`clock_timestamp()`,
      })
      .where('id', '=', id)
      .where(sql<boolean>`${tag} = any(tags)`)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  /** Deletes unless protected; false when the row is gone or protected by now. */
  async delete(id: string): Promise<boolean> {
    const result = await this.tables
      .deleteFrom('image.images')
      .where('id', '=', id)
      .where('protected', '=', false)
      .executeTakeFirst();
    return result.numDeletedRows === 1n;
  }

  /**
   * Uploads that a crash cut off: their images wait for data again. So do images that say they import while no task
   * does it, and those that say they are staged and whose staged data is not among what is there. Gives how many.
   */
  async requeueInterrupted(staged: readonly string[]): Promise<number> {
    const result = await this.tables
      .updateTable('image.images')
      .set({ status: 'queued', size: null })
      .where(
        sql<boolean>`status = 'saving'
          or (status = 'uploading' and (size is null or not id = any(${[...staged]}::text[])))
          or (status = 'importing' and not exists (
            select from image.tasks where image_id = images.id and status in ('pending', 'processing')))`,
      )
      .executeTakeFirst();
    return Number(result.numUpdatedRows);
  }

  /** For each image of these ids that there is: its status and the stores that have its data. */
  async whereabouts(
    ids: readonly string[],
  ): Promise<Map<string, Pick<ImageRow, 'status' | 'stores'>>> {
    const rows = await this.tables
      .selectFrom('image.images')
      .select(['id', 'status', 'stores'])
      .where(sql<boolean>`id = any(${[...ids]}::text[])`)
      .execute();
    return new Map(rows.map((row) => [row.id, row]));
  }
}
