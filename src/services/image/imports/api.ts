import { Type } from 'typebox';
import { badRequest, conflict } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { transact } from '../../../database/database.ts';
import { operation, type Operation } from '../../operation.ts';
import type { ImageContext } from '../context.ts';
import { imageFor } from '../images/access.ts';
import { methodsOf } from '../info/api.ts';
import type { ImportMethod } from '../options.ts';
import { policy } from '../policy.ts';
import type { ImageRow, ImageStatus, ImageTables, TaskInput } from '../tables.ts';
import type { AddressFilter } from './addresses.ts';
import type { Importer } from './importer.ts';

const IMPORT = Type.Object({
  method: Type.Object({
    name: Type.String({ minLength: 1, maxLength: 64 }),
    uri: Type.Optional(Type.String({ maxLength: 2048 })),
  }),
  stores: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 16 }),
  ),
  all_stores: Type.Optional(Type.Boolean()),
  all_stores_must_succeed: Type.Optional(Type.Boolean()),
});

/** What the image must be for each method, and the status it has meanwhile. */
const STATUS: Readonly<Record<ImportMethod, readonly [from: ImageStatus, to: ImageStatus]>> = {
  'glance-direct': ['uploading', 'importing'],
  'web-download': ['queued', 'importing'],
  'copy-image': ['active', 'active'],
};

const isMethod = (name: string): name is ImportMethod => Object.hasOwn(STATUS, name);

/** Making images of what is staged, of what an address gives, and of what another store has. */
export function importOperations(
  context: ImageContext,
  importer: Importer,
  filter: AddressFilter,
): Operation[] {
  const { images, tasks, stores, database, quota } = context;

  /** The stores to write to; fails with 400 or 409. */
  function storesFor(
    row: ImageRow,
    method: ImportMethod,
    { stores: named, all_stores: all = false }: { stores?: string[]; all_stores?: boolean },
    header: string | undefined,
  ): string[] {
    if (all && named !== undefined)
      throw badRequest("all_stores parameter can't be used with stores parameter");
    if (header !== undefined && (all || named !== undefined))
      throw badRequest("Stores parameter and x-image-meta-store header can't be both specified");
    const wanted = all
      ? stores.ids
      : [...new Set(named ?? (header === undefined ? [stores.initial.id] : [header]))];
    for (const id of wanted) {
      if (!stores.ids.includes(id))
        throw conflict(`There is no store ${id}: there is ${stores.ids.join(', ')}.`);
    }
    if (method !== 'copy-image') return wanted;
    const missing = wanted.filter((id) => !row.stores.includes(id));
    const present = wanted.find((id) => row.stores.includes(id));
    if (!all && present !== undefined)
      throw badRequest(`Image is already present at store '${present}'`);
    return missing;
  }

  return [
    operation({
      name: 'import_image',
      method: 'POST',
      path: '/v2/images/{image_id}/import',
      summary: 'Import data: what is staged, from an address, or to further stores',
      role: policy.role('modify_image'),
      success: 202,
      body: IMPORT,
      async handle({ params, body, caller, headers, requestId }) {
        const { name, uri } = body.method;
        if (!isMethod(name) || !methodsOf(context).includes(name))
          throw badRequest(`Unknown import method name '${name}'.`);
        const row = await imageFor(
          name === 'copy-image' ? 'copy_image' : 'modify_image',
          context,
          caller,
          params['image_id']!,
        );
        const [from, to] = STATUS[name];
        if (row.status !== from || (from === 'uploading' && row.size === null))
          throw conflict(
            `Image ${row.id} is ${row.status}, and the method ${name} needs it to be ${from === 'uploading' ? 'staged' : from}.`,
          );
        for (const attribute of ['container_format', 'disk_format'] as const) {
          if (row[attribute] === null)
            throw conflict(`'${attribute}' needs to be set before import`);
        }
        if (name === 'web-download') filter.check(uri ?? '');
        const targets = storesFor(row, name, body, headers['x-image-meta-store']);
        if (targets.length === 0) return {}; // Every store has it.
        if (name !== 'copy-image') await quota.room(row.owner, 'image_size_total', true);

        const id = newUuid();
        const input: TaskInput = { image_id: row.id, import_req: body, backend: targets };
        const task = await transact(database, async (transaction) => {
          const tables = transaction.withTables<ImageTables>();
          const begin = { from, to, task: id, stores: targets };
          if (!(await images.beginImport(tables, row.id, begin)))
            throw conflict(
              `New operation on image '${row.id}' is not permitted as prior operation is still in progress`,
            );
          return tasks.add(tables, {
            id,
            image_id: row.id,
            type: 'api_image_import',
            status: 'pending',
            owner: caller.projectId ?? null,
            user_id: caller.userId,
            request_id: requestId,
            input: JSON.stringify(input),
            expires_at: null,
          });
        });
        importer.submit(task);
        return {};
      },
    }),
  ];
}
