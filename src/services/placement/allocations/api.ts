import { Fault, badRequest, notFound } from '../../../core/errors.ts';
import { transact, type Database, type Transaction } from '../../../database/database.ts';
import { operation, type Operation } from '../../operation.ts';
import { checkClasses } from '../classes/model.ts';
import { cached, newest } from '../links.ts';
import { has, since } from '../microversions.ts';
import { requireProvider } from '../providers/model.ts';
import { normalUuid } from '../uuids.ts';
import { ManyBody, PutBody, claimOf, claimsOf } from './body.ts';
import { listAllocations } from './model.ts';
import { releaseAllocations, replaceAllocations, type Claim, type Resources } from './replace.ts';
import { consumerView, providerAllocationsView } from './view.ts';

/** Writes these claims, or says in placement's words what does not fit. */
export async function writeClaims(
  transaction: Transaction,
  claims: readonly Claim[],
): Promise<void> {
  const classes = claims.flatMap(({ wanted }) =>
    Object.values<Resources>(wanted).flatMap((resources) => Object.keys(resources)),
  );
  await checkClasses(transaction, classes, 'Unable to allocate inventory');
  const result = await replaceAllocations(transaction, claims);
  if (result.fits) return;
  const [shortage] = result.shortages;
  if (shortage!.isUnknown)
    throw badRequest(
      `Allocation for resource provider '${shortage!.providerId}' that does not exist.`,
    );
  throw new Fault(
    'conflict',
    `Unable to allocate inventory: Unable to create allocation for '${shortage!.resourceClass}' on resource provider '${shortage!.providerId}': ${shortage!.reason}.`,
  );
}

/** https://docs.openstack.org/api-ref/placement/#allocations */
export function allocationOperations(database: Database): Operation[] {
  const common = { role: 'admin', projectScope: false } as const;
  return [
    operation({
      ...common,
      name: 'list_resource_provider_allocations',
      method: 'GET',
      path: '/resource_providers/{uuid}/allocations',
      summary: 'Who has taken something of a provider',
      success: 200,
      async handle(request) {
        const provider = await requireProvider(database, request.params['uuid']!);
        const rows = await listAllocations(database, { providerId: provider.id });
        return {
          body: providerAllocationsView(provider, rows, request.microversion),
          headers: cached(request, newest(rows.map(({ updatedAt }) => updatedAt))),
        };
      },
    }),
    operation({
      ...common,
      name: 'show_allocations',
      method: 'GET',
      path: '/allocations/{consumer_uuid}',
      summary: 'What a consumer has taken',
      success: 200,
      async handle(request) {
        const id = normalUuid(request.params['consumer_uuid']!);
        const rows = id === undefined ? [] : await listAllocations(database, { consumerId: id });
        return {
          body: consumerView(rows, request.microversion),
          headers: cached(request, newest(rows.map(({ updatedAt }) => updatedAt))),
        };
      },
    }),
    operation({
      ...common,
      name: 'update_allocations',
      method: 'PUT',
      path: '/allocations/{consumer_uuid}',
      summary: 'Replace what a consumer has taken',
      success: 204,
      body: PutBody,
      async handle(request) {
        const text = request.params['consumer_uuid']!;
        const id = normalUuid(text);
        if (id === undefined) throw badRequest(`Malformed consumer_uuid: ${text.slice(0, 255)}`);
        const mayBeEmpty = has(request.microversion, 'emptyAllocations');
        const claim = claimOf(id, request.body, request.microversion, mayBeEmpty);
        await transact(database, (transaction) => writeClaims(transaction, [claim]));
        return {};
      },
    }),
    operation({
      ...common,
      name: 'manage_allocations',
      method: 'POST',
      path: '/allocations',
      summary: 'Replace what several consumers have taken, all or none',
      success: 204,
      since: since('manageAllocations'),
      body: { ...ManyBody, minProperties: 1 },
      async handle(request) {
        const claims = claimsOf(request.body, request.microversion);
        await transact(database, (transaction) => writeClaims(transaction, claims));
        return {};
      },
    }),
    operation({
      ...common,
      name: 'delete_allocations',
      method: 'DELETE',
      path: '/allocations/{consumer_uuid}',
      summary: 'Take back all that a consumer has',
      success: 204,
      async handle(request) {
        const text = request.params['consumer_uuid']!;
        const id = normalUuid(text);
        const found =
          id !== undefined &&
          (await transact(database, (transaction) => releaseAllocations(transaction, id)));
        if (!found) throw notFound(`No allocations for consumer '${text.slice(0, 255)}'`);
        return {};
      },
    }),
  ];
}
