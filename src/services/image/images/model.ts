import { sql, type Insertable, type Kysely, type Updateable } from 'kysely';
import { transact, violatedConstraint, type Database } from '../../../database/database.ts';
import { duplicateId } from '../errors.ts';
import type { ImageRow, ImagesTable, ImageStatus, ImageTables } from '../tables.ts';
import { listImages, type ImageListing } from './listing.ts';

/** What an upload found out about the bytes. */
export interface StoredData {
  readonly size: number;
  readonly checksum: string;
  readonly osHashAlgo: string;
  readonly osHashValue: string;
  readonly virtualSize: number | null;
}

/** The images' rows: the only SQL on `image.images`. */
export class ImageModel {
  private readonly database: Database;
  private readonly tables: Kysely<ImageTables>;

  constructor(database: Database) {
    this.database = database;
    this.tables = database.withTables<ImageTables>();
  }

  async create(row: Insertable<ImagesTable>): Promise<ImageRow> {
    try {
      return await this.tables
        .insertInto('image.images')
        .values(row)
        .returningAll()
        .executeTakeFirstOrThrow();
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
    data?: StoredData,
  ): Promise<boolean> {
    const result = await this.tables
      .updateTable('image.images')
      .set({
        status: to,
        updated_at: sql<Date>`clock_timestamp()`,
        ...(data && {
          size: data.size,
          virtual_size: data.virtualSize,
          checksum: data.checksum,
          os_hash_algo: data.osHashAlgo,
          os_hash_value: data.osHashValue,
        }),
      })
      .where('id', '=', id)
      .where('status', '=', from)
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

  /** Uploads that a crash cut off: their images wait for data again. Gives how many. */
  async requeueInterrupted(): Promise<number> {
    const result = await this.tables
      .updateTable('image.images')
      .set({ status: 'queued' })
      .where('status', '=', 'saving')
      .executeTakeFirst();
    return Number(result.numUpdatedRows);
  }

  async idsWithData(): Promise<Set<string>> {
    const rows = await this.tables
      .selectFrom('image.images')
      .select('id')
      .where('status', 'in', ['active', 'deactivated'])
      .execute();
    return new Set(rows.map(({ id }) => id));
  }
}
