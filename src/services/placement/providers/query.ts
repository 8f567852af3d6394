import { badRequest } from '../../../core/errors.ts';
import type { OperationRequest } from '../../operation.ts';
import { isBarred, isMember, parseMemberOf } from '../aggregates/query.ts';
import { parseResources } from '../classes/rules.ts';
import { checkParameters } from '../microversions.ts';
import { NO_TRAITS, parseRequired, traitsIn, traitsMeet } from '../traits/query.ts';
import { normalUuid } from '../uuids.ts';
import type { Provider } from './model.ts';
import { hasRoom } from './rules.ts';

const PARAMETERS = {
  name: 'always',
  uuid: 'always',
  member_of: 'memberOf',
  resources: 'resources',
  in_tree: 'inTree',
  required: 'providerTraits',
} as const;

/** What a query of the provider list asks for; the names it uses must exist. */
export interface ProviderQuery {
  readonly classes: readonly string[];
  readonly traits: readonly string[];
  matches(provider: Provider, rootOf: (id: string) => string | undefined): boolean;
}

/** Reads the query of `GET /resource_providers`; 400 where placement answers so. */
export function parseProviderQuery(request: OperationRequest): ProviderQuery {
  checkParameters(request, PARAMETERS);
  const last = (name: string) => request.query[name]?.at(-1);
  const id = (name: string): string | undefined => {
    const text = last(name);
    const uuid = text === undefined ? undefined : normalUuid(text);
    if (text !== undefined && uuid === undefined)
      throw badRequest(
        `Invalid query string parameters: '${text.slice(0, 255)}' is not a 'uuid': ${name} names a resource provider.`,
      );
    return uuid;
  };
  const [name, uuid, tree] = [last('name'), id('uuid'), id('in_tree')];
  const memberOf = parseMemberOf(request);
  const text = last('resources');
  const amounts = text === undefined ? {} : parseResources(text);
  const required = request.query['required'];
  const traits = required === undefined ? NO_TRAITS : parseRequired(required, request.microversion);
  return {
    classes: Object.keys(amounts),
    traits: traitsIn(traits),
    matches: (provider, rootOf) =>
      (!name || provider.name === name) &&
      (uuid === undefined || provider.id === uuid) &&
      (tree === undefined || provider.rootId === rootOf(tree)) &&
      isMember(memberOf, provider.aggregates) &&
      !isBarred(memberOf, provider.aggregates) &&
      traitsMeet(traits, provider.traits) &&
      hasRoom(provider, amounts),
  };
}
