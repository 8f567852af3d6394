import { atLeast, type OperationRequest } from '../../operation.ts';
import { pathOf } from '../links.ts';
import type { Provider } from './model.ts';

/** Links of a provider and the version each appeared in. */
const LINKS: readonly (readonly [name: string, since: number])[] = [
  ['inventories', 0],
  ['usages', 0],
  ['aggregates', 1],
  ['traits', 6],
  ['allocations', 11],
];

export function providerView(provider: Provider, request: OperationRequest): unknown {
  const self = `/resource_providers/${provider.id}`;
  return {
    uuid: provider.id,
    name: provider.name,
    generation: provider.generation,
    ...(atLeast(request.microversion, 14)
      ? { parent_provider_uuid: provider.parentId, root_provider_uuid: provider.rootId }
      : {}),
    links: [
      { rel: 'self', href: pathOf(request, self) },
      ...LINKS.filter(([, since]) => atLeast(request.microversion, since)).map(([name]) => ({
        rel: name,
        href: pathOf(request, `${self}/${name}`),
      })),
    ],
  };
}
