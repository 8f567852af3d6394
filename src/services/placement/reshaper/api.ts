import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { transact, type Database } from '../../../database/database.ts';
import { operation, type Operation } from '../../operation.ts';
import { writeClaims } from '../allocations/api.ts';
import { ManyBody, claimsOf } from '../allocations/body.ts';
import { checkClasses } from '../classes/model.ts';
import { ProviderInventories } from '../inventories/api.ts';
import { completeInventory, putInventories, replaceInventories } from '../inventories/model.ts';
import { since } from '../microversions.ts';
import { claimGeneration, loadProviders } from '../providers/model.ts';
import { normalUuid } from '../uuids.ts';

/** https://docs.openstack.org/api-ref/placement/#reshaper */
export const reshaperOperations = (database: Database): Operation[] => [
  operation({
    name: 'reshape',
    method: 'POST',
    path: '/reshaper',
    summary: 'Move inventories between providers together with what is taken of them',
    role: 'admin',
    projectScope: false,
    success: 204,
    since: since('reshaper'),
    body: Type.Object(
      {
        inventories: Type.Record(Type.String(), ProviderInventories, { minProperties: 1 }),
        allocations: ManyBody,
      },
      { additionalProperties: false },
    ),
    async handle(request) {
      const claims = claimsOf(request.body.allocations, request.microversion);
      const wanted = Object.entries(request.body.inventories)
        .map(([text, { resource_provider_generation: generation, inventories }]) => {
          const id = normalUuid(text);
          if (id === undefined)
            throw badRequest(`JSON does not validate: '${text.slice(0, 255)}' is not a 'uuid'`);
          return {
            id,
            generation,
            inventories: Object.fromEntries(
              Object.entries(inventories).map(([name, given]) => [
                name,
                completeInventory(name, given, true),
              ]),
            ),
          };
        })
        .toSorted((a, b) => (a.id < b.id ? -1 : 1));
      await transact(database, async (transaction) => {
        const ids = wanted.map(({ id }) => id);
        const known = new Set((await loadProviders(transaction, ids)).map(({ id }) => id));
        const unknown = ids.find((id) => !known.has(id));
        if (unknown !== undefined)
          throw badRequest(
            `Resource provider ${unknown} in inventories not found: No resource provider with uuid ${unknown} found.`,
            'placement.resource_provider.not_found',
          );
        await checkClasses(
          transaction,
          wanted.flatMap(({ inventories }) => Object.keys(inventories)),
          'malformed reshaper data',
        );
        for (const { id, generation, inventories } of wanted) {
          await claimGeneration(transaction, id, generation);
          // The old classes stay until what was taken of them has moved.
          if (Object.keys(inventories).length > 0)
            await putInventories(transaction, id, inventories);
        }
        if (claims.length > 0) await writeClaims(transaction, claims);
        for (const { id, inventories } of wanted) {
          await claimGeneration(transaction, id);
          await replaceInventories(transaction, id, inventories);
        }
      });
      return {};
    },
  }),
];
