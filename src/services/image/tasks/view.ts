import { isoSeconds } from '../../../core/time.ts';
import type { TaskRow } from '../tables.ts';

const brief = (row: TaskRow) => ({
  id: row.id,
  type: row.type,
  status: row.status,
  owner: row.owner,
  created_at: isoSeconds(row.created_at),
  updated_at: isoSeconds(row.updated_at),
  ...(row.expires_at === null ? {} : { expires_at: isoSeconds(row.expires_at) }),
  self: `/v2/tasks/${row.id}`,
  schema: '/v2/schemas/task',
});

/** A task in the list of all. */
export const viewTaskBriefly = (row: TaskRow): Record<string, unknown> => brief(row);

/** A task by itself. */
export const viewTask = (row: TaskRow): Record<string, unknown> => ({
  ...brief(row),
  input: row.input,
  result: null,
  message: row.message,
  image_id: row.image_id,
  request_id: row.request_id,
  user: row.user_id,
});

/** A task below its image. */
export const viewImageTask = (row: TaskRow): Record<string, unknown> => ({
  id: row.id,
  image_id: row.image_id,
  type: row.type,
  status: row.status,
  owner: row.owner,
  user_id: row.user_id,
  request_id: row.request_id,
  input: row.input,
  result: null,
  message: row.message,
  created_at: isoSeconds(row.created_at),
  updated_at: isoSeconds(row.updated_at),
  expires_at: row.expires_at === null ? null : isoSeconds(row.expires_at),
});
