import { badRequest } from '../../../core/errors.ts';
import { atLeast, type OperationRequest } from '../../operation.ts';
import { parseResources } from '../classes/rules.ts';
import { missingQuery } from '../errors.ts';
import type { Provider } from '../providers/model.ts';
import { hasRoom, hasTraits, isMember, parseMemberOf } from '../providers/rules.ts';
import { parseRequired, type TraitFilter } from '../traits/rules.ts';
import { isUuid } from '../../../core/ids.ts';

/** What a query of candidates asks of one provider. */
export interface CandidateRequest {
  /** Sums over all groups: without nested or sharing providers one provider must serve them all. */
  readonly resources: Readonly<Record<string, number>>;
  readonly traits: readonly TraitFilter[];
  readonly memberOf: readonly (readonly string[])[];
  readonly limit: number | undefined;
  /** `group_policy=isolate` with two groups or more: they must not share a provider, and there is no second one. */
  readonly impossible: boolean;
}

/** Parameters and the version each appeared in; `0` stands for a group's number. */
const PARAMETERS: Readonly<Record<string, number>> = {
  resources: 10,
  limit: 16,
  required: 17,
  member_of: 21,
  resources0: 25,
  required0: 25,
  member_of0: 25,
  group_policy: 25,
};

/** Reads the query; the 400s are placement's. */
export function parseCandidateRequest(request: OperationRequest): CandidateRequest {
  const first = (name: string) => request.query[name]?.[0];
  const names = Object.keys(request.query);
  for (const name of names) {
    const since = PARAMETERS[name.replace(/[1-9]\d*$/, '0')];
    if (since === undefined || !atLeast(request.microversion, since))
      throw badRequest(
        `Invalid query string parameters: Additional properties are not allowed ('${name}' was unexpected)`,
      );
  }
  const resources: Record<string, number> = {};
  const groups = names.filter((name) => /^resources\d*$/.test(name));
  if (groups.length === 0)
    throw missingQuery("Invalid query string parameters: 'resources' is a required property");
  for (const name of groups)
    for (const [resourceClass, amount] of Object.entries(parseResources(first(name)!, name)))
      resources[resourceClass] = (resources[resourceClass] ?? 0) + amount;
  const numbered = groups.filter((name) => name !== 'resources');
  for (const name of names) {
    const suffix = /^(?:required|member_of)([1-9]\d*)$/.exec(name)?.[1];
    if (suffix !== undefined && !groups.includes(`resources${suffix}`))
      throw badRequest(
        `All traits and aggregates of group ${suffix} need resources: add resources${suffix}.`,
      );
  }
  const policy = first('group_policy');
  if (policy !== undefined && policy !== 'none' && policy !== 'isolate')
    throw badRequest("Invalid query string parameters: group_policy is 'none' or 'isolate'.");
  if (numbered.length > 1 && policy === undefined)
    throw missingQuery(
      'The "group_policy" parameter is required when specifying more than one "resources{N}" parameter.',
    );
  const limit = first('limit');
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit))
    throw badRequest(
      `Invalid query string parameters: limit must be a positive integer. Got: ${limit}`,
    );
  const traits = names
    .filter((name) => /^required\d*$/.test(name))
    .map((name) => parseRequired(first(name)!, atLeast(request.microversion, 22)));
  const memberOf = [
    ...parseMemberOf(request),
    ...names
      .filter((name) => /^member_of[1-9]/.test(name))
      .flatMap((name) =>
        request.query[name]!.map((value) =>
          value.startsWith('in:') ? value.slice(3).split(',') : [value],
        ),
      ),
  ];
  if (memberOf.flat().some((id) => !isUuid(id)))
    throw badRequest(
      "Invalid query string parameters: Expected 'member_of' parameter to contain valid UUID(s).",
    );
  return {
    resources,
    traits,
    memberOf,
    limit: limit === undefined ? undefined : Number(limit),
    impossible: policy === 'isolate' && numbered.length > 1,
  };
}

/** Providers that can serve the request, at most as many as it asks for. */
export function candidatesOf(providers: readonly Provider[], wanted: CandidateRequest): Provider[] {
  if (wanted.impossible) return [];
  const found = providers.filter(
    (provider) =>
      hasRoom(provider, wanted.resources) &&
      wanted.traits.every((filter) => hasTraits(provider, filter)) &&
      isMember(provider, wanted.memberOf),
  );
  return found.slice(0, wanted.limit ?? found.length);
}
