import { sql, type Kysely } from 'kysely';
import type { Database } from '../../../database/database.ts';
import type { ImageTables, NewTask, TaskRow, TaskStatus } from '../tables.ts';

/** Which tasks to list. */
export interface TaskFilter {
  readonly status?: TaskStatus | undefined;
  readonly type?: string | undefined;
}

/** The imports that were asked for: the only SQL on `image.tasks`. */
export class TaskModel {
  private readonly tables: Kysely<ImageTables>;

  constructor(database: Database) {
    this.tables = database.withTables<ImageTables>();
  }

  /** Within the transaction that gives the image to it. */
  add(tables: Kysely<ImageTables>, task: NewTask): Promise<TaskRow> {
    return tables.insertInto('image.tasks').values(task).returningAll().executeTakeFirstOrThrow();
  }

  find(id: string): Promise<TaskRow | undefined> {
    return this.tables
      .selectFrom('image.tasks')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /** One page of all tasks, the newest first; `marker`: the last one of the page before. */
  list(filter: TaskFilter, limit: number, marker: TaskRow | undefined): Promise<TaskRow[]> {
    let select = this.tables.selectFrom('image.tasks').selectAll();
    if (filter.status !== undefined) select = select.where('status', '=', filter.status);
    if (filter.type !== undefined) select = select.where('type', '=', filter.type);
    if (marker !== undefined)
      select = select.where(sql<boolean>`(created_at, id) < (${marker.created_at}, ${marker.id})`);
    return select.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
  }

  /** Of one image, in the order they were asked for. */
  ofImage(imageId: string): Promise<TaskRow[]> {
    return this.tables
      .selectFrom('image.tasks')
      .selectAll()
      .where('image_id', '=', imageId)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
  }

  /** Not finished yet. */
  living(): Promise<TaskRow[]> {
    return this.tables
      .selectFrom('image.tasks')
      .selectAll()
      .where('status', 'in', ['pending', 'processing'])
      .orderBy('created_at')
      .execute();
  }

  /** `hours`: how long a finished task is told of; undefined while it runs. */
  async move(id: string, status: TaskStatus, message: string, hours?: number): Promise<void> {
    await this.tables
      .updateTable('image.tasks')
      .set({
        status,
        message: message.slice(0, 2000),
        updated_at: sql<Date>`clock_timestamp()`,
        ...(hours === undefined
          ? {}
          : { expires_at: sql<Date>`clock_timestamp() + make_interval(hours => ${hours})` }),
      })
      .where('id', '=', id)
      .execute();
  }

  /** Forgets finished tasks whose time is over; gives how many. */
  async removeExpired(): Promise<number> {
    const result = await this.tables
      .deleteFrom('image.tasks')
      .where('expires_at', '<', sql<Date>`now()`)
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  }
}
