import { Type } from 'typebox';
import { badRequest, conflict, notFound } from '../../../core/errors.ts';
import { transact, type Database } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { checkCustomName } from '../classes/rules.ts';
import { cached, pathOf } from '../links.ts';
import { claimGeneration, requireProvider, type Provider } from '../providers/model.ts';
import {
  addTrait,
  associatedTraits,
  checkTraits,
  deleteTrait,
  listTraits,
  replaceTraits,
} from './model.ts';
import { STANDARD_TRAITS } from './rules.ts';

const common = { role: 'admin', projectScope: false, since: '1.6' } as const;

const traitsOf = (
  provider: Provider,
  generation = provider.generation,
  traits = provider.traits,
) => ({
  resource_provider_generation: generation,
  traits: [...traits].toSorted(),
});

/** https://docs.openstack.org/api-ref/placement/#traits */
export const traitOperations = (database: Database): Operation[] => [
  operation({
    ...common,
    name: 'list_traits',
    method: 'GET',
    path: '/traits',
    summary: 'All traits',
    success: 200,
    query: Type.Object({
      name: Type.Optional(Type.String()),
      associated: Type.Optional(Type.String()),
    }),
    async handle(request) {
      let names = (await listTraits(database)).map((trait) => trait.name);
      const filter = request.query['name']?.[0];
      if (filter !== undefined) {
        const [kind, value = ''] = [
          filter.slice(0, filter.indexOf(':')),
          filter.slice(filter.indexOf(':') + 1),
        ];
        if (kind === 'in') names = names.filter((name) => value.split(',').includes(name));
        else if (kind === 'startswith') names = names.filter((name) => name.startsWith(value));
        else
          throw badRequest(
            'Badly formatted name parameter. Expected name query string parameter in form: ?name=[in|startswith]:[name1,name2|prefix].',
          );
      }
      const associated = request.query['associated']?.[0];
      if (associated !== undefined) {
        const wanted = associated.toLowerCase();
        if (wanted !== 'true' && wanted !== 'false')
          throw badRequest('The query parameter associated only accepts true or false.');
        const used = await associatedTraits(database);
        names = names.filter((name) => used.has(name) === (wanted === 'true'));
      }
      return { body: { traits: names }, headers: cached(request) };
    },
  }),
  operation({
    ...common,
    name: 'show_trait',
    method: 'GET',
    path: '/traits/{name}',
    summary: 'Whether a trait exists',
    success: 204,
    async handle(request) {
      const name = request.params['name']!;
      if (!(await listTraits(database)).some((trait) => trait.name === name))
        throw notFound(`No such trait ${name}.`);
      return { headers: cached(request) };
    },
  }),
  operation({
    ...common,
    name: 'ensure_trait',
    method: 'PUT',
    path: '/traits/{name}',
    summary: 'Make a custom trait unless it is there',
    success: 201,
    async handle(request) {
      const name = request.params['name']!;
      checkCustomName(name, 'trait');
      const made = await addTrait(database, name);
      return {
        status: made ? 201 : 204,
        headers: {
          location: pathOf(request as OperationRequest, `/traits/${name}`),
          ...cached(request),
        },
      };
    },
  }),
  operation({
    ...common,
    name: 'delete_trait',
    method: 'DELETE',
    path: '/traits/{name}',
    summary: 'Delete a custom trait',
    success: 204,
    async handle(request) {
      const name = request.params['name']!;
      if (STANDARD_TRAITS.includes(name)) throw badRequest(`Cannot delete standard trait ${name}.`);
      const result = await deleteTrait(database, name);
      if (result === 'missing') throw notFound(`No such trait ${name}.`);
      if (result === 'inUse') throw conflict(`The trait ${name} is in use by a resource provider.`);
      return {};
    },
  }),
  operation({
    ...common,
    name: 'list_resource_provider_traits',
    method: 'GET',
    path: '/resource_providers/{uuid}/traits',
    summary: "A provider's traits",
    success: 200,
    async handle(request) {
      const provider = await requireProvider(database, request.params['uuid']!);
      return { body: traitsOf(provider), headers: cached(request, provider.updatedAt) };
    },
  }),
  operation({
    ...common,
    name: 'update_resource_provider_traits',
    method: 'PUT',
    path: '/resource_providers/{uuid}/traits',
    summary: "Replace a provider's traits",
    success: 200,
    body: Type.Object(
      {
        resource_provider_generation: Type.Integer(),
        traits: Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { uniqueItems: true }),
      },
      { additionalProperties: false },
    ),
    async handle(request) {
      const provider = await requireProvider(database, request.params['uuid']!);
      const { traits, resource_provider_generation: expected } = request.body;
      await checkTraits(database, traits);
      const generation = await transact(database, async (transaction) => {
        const claimed = await claimGeneration(transaction, provider.id, expected);
        await replaceTraits(transaction, provider.id, traits);
        return claimed;
      });
      return { body: traitsOf(provider, generation, new Set(traits)), headers: cached(request) };
    },
  }),
  operation({
    ...common,
    name: 'delete_resource_provider_traits',
    method: 'DELETE',
    path: '/resource_providers/{uuid}/traits',
    summary: "Remove a provider's traits",
    success: 204,
    async handle(request) {
      const provider = await requireProvider(database, request.params['uuid']!);
      await transact(database, async (transaction) => {
        await claimGeneration(transaction, provider.id);
        await replaceTraits(transaction, provider.id, []);
      });
      return {};
    },
  }),
];
