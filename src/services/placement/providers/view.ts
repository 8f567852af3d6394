import type { OperationRequest } from '../../operation.ts';
import { pathOf } from '../links.ts';
import { has, type Feature } from '../microversions.ts';
import type { Provider } from './model.ts';

/** Links of a provider and with which feature each came. */
const LINKS: readonly (readonly [name: string, feature: Feature | undefined])[] = [
  ['inventories', undefined],
  ['usages', undefined],
  ['aggregates', 'aggregatesLink'],
  ['traits', 'traitsLink'],
  ['allocations', 'allocationsLink'],
];

export function providerView(provider: Provider, request: OperationRequest): unknown {
  const { microversion } = request;
  const self = `/resource_providers/${provider.id}`;
  return {
    uuid: provider.id,
    name: provider.name,
    generation: provider.generation,
    ...(has(microversion, 'trees')
      ? { parent_provider_uuid: provider.parentId, root_provider_uuid: provider.rootId }
      : {}),
    links: [
      { rel: 'self', href: pathOf(request, self) },
      ...LINKS.filter(([, feature]) => !feature || has(microversion, feature)).map(([name]) => ({
        rel: name,
        href: pathOf(request, `${self}/${name}`),
      })),
    ],
  };
}
