import { sql, type Kysely } from 'kysely';
import { violatedConstraint, type Database } from '../../../database/database.ts';
import type { ImageTables, MemberRow, MemberStatus } from '../tables.ts';

/** With whom images are shared: the only SQL on `image.members`. */
export class MemberModel {
  private readonly tables: Kysely<ImageTables>;

  constructor(database: Database) {
    this.tables = database.withTables<ImageTables>();
  }

  async isMember(imageId: string, project: string | undefined): Promise<boolean> {
    return project !== undefined && (await this.find(imageId, project)) !== undefined;
  }

  find(imageId: string, member: string): Promise<MemberRow | undefined> {
    return this.tables
      .selectFrom('image.members')
      .selectAll()
      .where('image_id', '=', imageId)
      .where('member', '=', member)
      .executeTakeFirst();
  }

  list(imageId: string): Promise<MemberRow[]> {
    return this.tables
      .selectFrom('image.members')
      .selectAll()
      .where('image_id', '=', imageId)
      .orderBy('created_at')
      .orderBy('member')
      .execute();
  }

  /** Undefined when the project is a member already. */
  async add(imageId: string, member: string): Promise<MemberRow | undefined> {
    try {
      return await this.tables
        .insertInto('image.members')
        .values({ image_id: imageId, member, status: 'pending' })
        .returningAll()
        .executeTakeFirstOrThrow();
    } catch (error) {
      if (violatedConstraint(error) === 'members_pkey') return undefined;
      throw error;
    }
  }

  setStatus(imageId: string, member: string, status: MemberStatus): Promise<MemberRow | undefined> {
    return this.tables
      .updateTable('image.members')
      .set({ status, updated_at: sql<Date>`clock_timestamp()` })
      .where('image_id', '=', imageId)
      .where('member', '=', member)
      .returningAll()
      .executeTakeFirst();
  }

  async remove(imageId: string, member: string): Promise<boolean> {
    const result = await this.tables
      .deleteFrom('image.members')
      .where('image_id', '=', imageId)
      .where('member', '=', member)
      .executeTakeFirst();
    return result.numDeletedRows === 1n;
  }
}
