import type { OperationRequest } from '../../operation.ts';
import { has } from '../microversions.ts';
import type { Flavor } from './model.ts';

export const flavorLinks = (request: Pick<OperationRequest, 'serviceUrl'>, id: string) => [
  { rel: 'self', href: `${request.serviceUrl}/v2.1/flavors/${encodeURIComponent(id)}` },
  { rel: 'bookmark', href: `${request.serviceUrl}/flavors/${encodeURIComponent(id)}` },
];

/** As in the short list. */
export const flavorSummary = (flavor: Flavor, request: OperationRequest) => ({
  id: flavor.id,
  name: flavor.name,
  links: flavorLinks(request, flavor.id),
  ...(has(request.microversion, 'flavorDescription') ? { description: flavor.description } : {}),
});

export const flavorView = (flavor: Flavor, request: OperationRequest) => ({
  ...flavorSummary(flavor, request),
  ram: flavor.memoryMb,
  disk: flavor.rootGb,
  // An empty string for "none" until 2.75.
  swap: flavor.swapMb === 0 && !has(request.microversion, 'flavorSwapZero') ? '' : flavor.swapMb,
  'OS-FLV-EXT-DATA:ephemeral': flavor.ephemeralGb,
  'OS-FLV-DISABLED:disabled': false,
  vcpus: flavor.vcpus,
  'os-flavor-access:is_public': flavor.isPublic,
  rxtx_factor: flavor.rxtxFactor,
  ...(has(request.microversion, 'flavorExtraSpecsInline')
    ? { extra_specs: flavor.extraSpecs }
    : {}),
});
