import { operation, type Operation } from '../../operation.ts';
import type { ImageContext } from '../context.ts';
import { conflict, notFound } from '../../../core/errors.ts';
import { imageFor } from '../images/access.ts';
import { policy } from '../policy.ts';
import type { Store } from '../stores/store.ts';

/** The ways to import that there are; with one store there is nothing to copy to. */
export const methodsOf = ({ options, stores }: ImageContext): readonly string[] =>
  options.enabled_import_methods.filter(
    (method) => method !== 'copy-image' || stores.all.length > 1,
  );

/** How this cloud's image service is set up, and what a project uses of it. */
export function infoOperations(context: ImageContext): Operation[] {
  const { stores, quota, images } = context;
  const brief = ({ id, description }: Store) => ({
    id,
    description,
    ...(id === stores.initial.id ? { default: 'true' } : {}),
  });
  return [
    operation({
      name: 'get_import_info',
      method: 'GET',
      path: '/v2/info/import',
      summary: 'Ways to import data beside an upload',
      role: 'authenticated',
      success: 200,
      handle: async () => ({
        body: {
          'import-methods': {
            description: 'Import methods available.',
            type: 'array',
            value: methodsOf(context),
          },
        },
      }),
    }),
    operation({
      name: 'get_stores',
      method: 'GET',
      path: '/v2/info/stores',
      summary: 'List the stores',
      role: 'authenticated',
      success: 200,
      handle: async () => ({ body: { stores: stores.all.map(brief) } }),
    }),
    operation({
      name: 'get_stores_detail',
      method: 'GET',
      path: '/v2/info/stores/detail',
      summary: 'List the stores with how they are set up',
      role: policy.role('stores_info_detail'),
      success: 200,
      handle: async () => ({
        body: {
          stores: stores.all.map((store) => ({
            ...brief(store),
            type: store.type,
            weight: 0,
            properties: store.properties,
          })),
        },
      }),
    }),
    operation({
      name: 'get_usage',
      method: 'GET',
      path: '/v2/info/usage',
      summary: 'What the project uses and may use',
      role: 'reader',
      success: 200,
      handle: async ({ caller }) => ({ body: { usage: await quota.show(caller.projectId!) } }),
    }),
    operation({
      name: 'delete_from_store',
      method: 'DELETE',
      path: '/v2/stores/{store_id}/{image_id}',
      summary: 'Remove the data of an image from one of its stores',
      role: policy.role('delete_image_location'),
      success: 204,
      async handle({ params, caller }) {
        const id = params['store_id']!;
        const row = await imageFor('delete_image_location', context, caller, params['image_id']!);
        const store = stores.all.find((each) => each.id === id);
        if (store === undefined || !row.stores.includes(id))
          throw notFound(`Image ${row.id} is not in a store ${id.slice(0, 64)}.`);
        if (!(await images.removeStore(row.id, id)))
          throw conflict(`Store ${id} is the last one that has the data of image ${row.id}.`);
        await stores.remove(row.id, [id]);
        return {};
      },
    }),
  ];
}
