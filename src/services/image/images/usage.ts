import { sql, type Kysely } from 'kysely';
import type { ImageTables } from '../tables.ts';

/** What a project has. */
export interface Usage {
  readonly images: number;
  /** Images that get their data. */
  readonly uploading: number;
  readonly storedBytes: number;
  readonly stagedBytes: number;
}

/** Counts it: a project's images and their bytes. */
export async function usageOf(tables: Kysely<ImageTables>, owner: string | null): Promise<Usage> {
  const { rows } = await sql<{ images: number; uploading: number; stored: number; staged: number }>`
    select count(*)::float8 as images,
      (count(*) filter (where status in ('saving', 'uploading', 'importing')))::float8 as uploading,
      coalesce(sum(size) filter (where status in ('active', 'deactivated')), 0)::float8 as stored,
      coalesce(sum(size) filter (where status in ('uploading', 'importing')), 0)::float8 as staged
    from image.images where owner = ${owner}`.execute(tables);
  const { images, uploading, stored, staged } = rows[0]!;
  return { images, uploading, storedBytes: stored, stagedBytes: staged };
}
