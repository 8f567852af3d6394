import { badRequest } from '../../../core/errors.ts';
import type { OperationRequest } from '../../operation.ts';
import { markerNotFound } from '../errors.ts';
import { pageOf } from '../paging.ts';
import type { Flavor } from './model.ts';

/** `is_public` of a list: absent means public ones, `None` both. */
export function publicFilter(text: string | undefined): boolean | undefined {
  if (text === undefined) return true;
  if (/^none$/i.test(text)) return undefined;
  if (/^(true|t|1|yes|y|on)$/i.test(text)) return true;
  if (/^(false|f|0|no|n|off)$/i.test(text)) return false;
  throw badRequest(`Invalid is_public filter [${text.slice(0, 100)}]`);
}

const SORT_KEYS: Readonly<Record<string, (flavor: Flavor) => string | number>> = {
  flavorid: (flavor) => flavor.id,
  id: (flavor) => flavor.createdAt.getTime(),
  name: (flavor) => flavor.name,
  memory_mb: (flavor) => flavor.memoryMb,
  vcpus: (flavor) => flavor.vcpus,
  root_gb: (flavor) => flavor.rootGb,
  ephemeral_gb: (flavor) => flavor.ephemeralGb,
  swap: (flavor) => flavor.swapMb,
  rxtx_factor: (flavor) => flavor.rxtxFactor,
  is_public: (flavor) => Number(flavor.isPublic),
  disabled: () => 0,
  vcpu_weight: () => 0,
  created_at: (flavor) => flavor.createdAt.getTime(),
  updated_at: (flavor) => flavor.updatedAt?.getTime() ?? 0,
};

const atLeastOf = (request: OperationRequest, name: string): number => {
  const text = request.query[name]?.[0];
  if (text === undefined) return 0;
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`Invalid ${name} filter [${text.slice(0, 100)}]`);
  return Number(text);
};

/** Filters, sorts and cuts the list as the query says. There are never so many flavors that this needs SQL. */
export function flavorPage(flavors: readonly Flavor[], request: OperationRequest) {
  const page = pageOf(request.query);
  const [memory, disk] = [atLeastOf(request, 'minRam'), atLeastOf(request, 'minDisk')];
  const keyName = request.query['sort_key']?.[0] ?? 'flavorid';
  const key = Object.hasOwn(SORT_KEYS, keyName) ? SORT_KEYS[keyName] : undefined;
  if (!key) throw badRequest(`Invalid sort key [${keyName.slice(0, 100)}]`);
  const direction = request.query['sort_dir']?.[0] ?? 'asc';
  if (direction !== 'asc' && direction !== 'desc')
    throw badRequest(`Invalid sort direction [${direction.slice(0, 100)}]: it is asc or desc`);
  const sign = direction === 'asc' ? 1 : -1;
  const sorted = flavors
    .filter((flavor) => flavor.memoryMb >= memory && flavor.rootGb >= disk)
    .toSorted((a, b) => {
      const [left, right] = [key(a), key(b)];
      return sign * (left < right ? -1 : left > right ? 1 : a.id < b.id ? -1 : 1);
    });
  const start =
    page.marker === undefined ? 0 : sorted.findIndex((flavor) => flavor.id === page.marker) + 1;
  if (page.marker !== undefined && start === 0) throw markerNotFound(page.marker);
  const shown = sorted.slice(start, start + page.limit);
  return { page, shown, isFull: shown.length === page.limit && start + page.limit < sorted.length };
}
