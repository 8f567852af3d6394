import { notFound } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import type { Alias } from '../drivers/extension.ts';

/** Lists and shows the aliases: clients decide by them what they may use, so only what is there is among them. */
export function extensionOperations(aliases: readonly Alias[]): Operation[] {
  const documents = aliases
    .toSorted((a, b) => (a.alias < b.alias ? -1 : 1))
    .map(({ alias, name, description }) => ({
      alias,
      name,
      description,
      links: [],
      updated: '2026-01-01T00:00:00-00:00',
    }));
  return [
    operation({
      name: 'get_extensions',
      method: 'GET',
      path: '/v2.0/extensions',
      summary: 'List what this service offers beside the core',
      role: 'reader',
      projectScope: false,
      success: 200,
      handle: async () => ({ body: { extensions: documents } }),
    }),
    operation({
      name: 'get_extension',
      method: 'GET',
      path: '/v2.0/extensions/{alias}',
      summary: 'Show an extension',
      role: 'reader',
      projectScope: false,
      success: 200,
      handle: async ({ params }) => {
        const extension = documents.find(({ alias }) => alias === params['alias']);
        if (extension === undefined) {
          throw notFound(`Extension with alias ${params['alias']} does not exist.`, 'HTTPNotFound');
        }
        return { body: { extension } };
      },
    }),
  ];
}
