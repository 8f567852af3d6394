import { Type } from 'typebox';
import { badRequest, conflict, notFound } from '../../../core/errors.ts';
import { transact, type Database } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { checkCustomName } from '../classes/rules.ts';
import { cached, newest, addressOf } from '../links.ts';
import { checkParameters, since } from '../microversions.ts';
import { addName, deleteName, findName, listNames, type Named } from '../names.ts';
import { claimGeneration, requireProvider, type Provider } from '../providers/model.ts';
import { TRAITS, associatedTraits, checkTraits, replaceTraits } from './model.ts';
import { STANDARD_TRAITS } from './standard.ts';

const traitsOf = (provider: Pick<Provider, 'generation' | 'traits'>) => ({
  resource_provider_generation: provider.generation,
  traits: [...provider.traits].toSorted(),
});

/** `in:A,B` or `startswith:PREFIX`; another word before the colon filters nothing, as in placement. */
function nameFilter(text: string): (trait: Named) => boolean {
  const [, kind, value = ''] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  if (kind === undefined)
    throw badRequest(
      `Badly formatted name parameter. Expected name query string parameter in form: ?name=[in|startswith]:[name1,name2|prefix]. Got: "${text}"`,
    );
  if (kind === 'in') return ({ name }) => value.split(',').includes(name);
  if (kind === 'startswith') return ({ name }) => name.startsWith(value);
  return () => true;
}

/** https://docs.openstack.org/api-ref/placement/#traits */
export function traitOperations(database: Database): Operation[] {
  const common = { role: 'admin', projectScope: false, since: since('traits') } as const;
  return [
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
        checkParameters(request, { name: 'always', associated: 'always' });
        const text = request.query['name']?.at(-1);
        const matches = text === undefined ? () => true : nameFilter(text);
        let found = (await listNames(database, TRAITS)).filter(matches);
        const associated = request.query['associated']?.at(-1)?.toLowerCase();
        if (associated !== undefined) {
          if (associated !== 'true' && associated !== 'false')
            throw badRequest('The query parameter "associated" only accepts "true" or "false"');
          const used = await associatedTraits(database);
          found = found.filter(({ name }) => used.has(name) === (associated === 'true'));
        }
        return {
          body: { traits: found.map(({ name }) => name) },
          headers: cached(request, newest(found.map(({ updatedAt }) => updatedAt))),
        };
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
        const found = await findName(database, TRAITS, name);
        if (!found) throw notFound(`No such trait(s): ${name.slice(0, 255)}.`);
        return { headers: cached(request, found.updatedAt) };
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
        const made = await addName(database, TRAITS, name);
        return {
          status: made ? 201 : 204,
          headers: {
            location: addressOf(request as OperationRequest, `/traits/${name}`),
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
        if (STANDARD_TRAITS.includes(name))
          throw badRequest(`Cannot delete standard trait ${name}.`);
        const result = await transact(database, (transaction) =>
          deleteName(transaction, TRAITS, name),
        );
        if (result === 'missing') throw notFound(`No such trait(s): ${name.slice(0, 255)}.`);
        if (result === 'inUse')
          throw conflict(`The trait ${name} is in use by a resource provider.`);
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
          traits: Type.Array(Type.String({ minLength: 1, maxLength: 255 })),
        },
        { additionalProperties: false },
      ),
      async handle(request) {
        const provider = await requireProvider(database, request.params['uuid']!);
        const { traits, resource_provider_generation: expected } = request.body;
        const wanted = new Set(traits);
        const isSame = wanted.size === provider.traits.size && provider.traits.isSubsetOf(wanted);
        const generation = await transact(database, async (transaction) => {
          // What changes nothing does not count.
          if (isSame && provider.generation === expected) return expected;
          const claimed = await claimGeneration(transaction, provider.id, expected);
          await checkTraits(transaction, traits);
          await replaceTraits(transaction, provider.id, traits);
          return claimed;
        });
        return {
          body: traitsOf({ generation, traits: wanted }),
          headers: cached(request),
        };
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
}
