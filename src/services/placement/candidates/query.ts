import { badRequest } from '../../../core/errors.ts';
import type { Microversion, OperationRequest } from '../../operation.ts';
import { parseMemberOf, type AggregateFilter } from '../aggregates/query.ts';
import { parseResources } from '../classes/rules.ts';
import { checkParameters, has } from '../microversions.ts';
import { NO_TRAITS, parseRequired, traitsIn, type TraitFilter } from '../traits/query.ts';
import { normalUuid } from '../uuids.ts';

/** One request group: the unsuffixed one may be served by several providers of a tree, each other one by one alone. */
export interface RequestGroup {
  /** Empty for the unsuffixed group. */
  readonly suffix: string;
  readonly resources: Readonly<Record<string, number>>;
  readonly traits: TraitFilter;
  readonly memberOf: AggregateFilter;
  /** Only providers of this one's tree. */
  readonly inTree: string | undefined;
}

/** What `GET /allocation_candidates` asks for. */
export interface CandidateRequest {
  readonly groups: readonly RequestGroup[];
  /** No two suffixed groups on one provider. */
  readonly isolate: boolean;
  /** What the root of the tree that is not shared must be like. */
  readonly rootTraits: TraitFilter;
  /** Of each list of suffixes, all providers stand at or below one of them. */
  readonly sameSubtrees: readonly (readonly string[])[];
  readonly limit: number | undefined;
  /** Whether several providers of one tree may serve together. */
  readonly nested: boolean;
}

/** Parameters and the feature each came with; `resources*` and its like stand for those of suffixed groups. */
const PARAMETERS = {
  resources: 'always',
  required: 'candidateTraits',
  member_of: 'candidateAggregates',
  in_tree: 'candidateTrees',
  'resources*': 'numberedGroups',
  'required*': 'numberedGroups',
  'member_of*': 'numberedGroups',
  'in_tree*': 'candidateTrees',
  limit: 'candidateLimit',
  group_policy: 'numberedGroups',
  root_required: 'rootTraits',
  same_subtree: 'sameSubtree',
} as const;

const suffixPattern = (version: Microversion): string =>
  has(version, 'namedGroups') ? '[a-zA-Z0-9_-]{1,64}' : '[1-9][0-9]*';

const badValue = (message: string) => badRequest(message, 'placement.query.bad_value');

function parseGroup(request: OperationRequest, suffix: string): RequestGroup {
  const values = (name: string) => request.query[`${name}${suffix}`];
  const resources = values('resources')?.at(-1);
  const required = values('required');
  const tree = values('in_tree')?.at(-1);
  const inTree = tree === undefined ? undefined : normalUuid(tree.trim());
  if (tree !== undefined && inTree === undefined)
    throw badRequest(
      `Invalid query string parameters: Expected 'in_tree' parameter to be a format of uuid. Got: ${tree.slice(0, 255)}`,
    );
  return {
    suffix,
    resources: resources === undefined ? {} : parseResources(resources),
    traits:
      required === undefined
        ? NO_TRAITS
        : parseRequired(required, request.microversion, `required${suffix}`),
    memberOf: parseMemberOf(request, suffix),
    inTree,
  };
}

/** From 1.36 on a group may be without resources, if it is in `same_subtree`; before every group has some. */
function checkResourceless(
  groups: readonly RequestGroup[],
  sameSubtrees: readonly (readonly string[])[],
  version: Microversion,
): void {
  const empty = groups.filter(({ resources }) => Object.keys(resources).length === 0);
  const suffixes = groups.map(({ suffix }) => suffix);
  if (has(version, 'sameSubtree')) {
    if (empty.length === groups.length)
      throw badRequest(
        'There must be at least one resources or resources[$S] parameter.',
        'placement.query.missing_value',
      );
    const named = sameSubtrees.flat();
    const loose = empty.map(({ suffix }) => suffix).filter((suffix) => !named.includes(suffix));
    if (loose.length > 0)
      throw badValue(
        `Resourceless suffixed group request should be specified in \`same_subtree\` query param: bad group(s) - ${JSON.stringify(loose)}.`,
      );
    const unknown = named.filter((suffix) => !suffixes.includes(suffix));
    if (unknown.length > 0)
      throw badValue(
        `Real suffixes should be specified in \`same_subtree\`: ${JSON.stringify(unknown)} not found in ${JSON.stringify(suffixes)}.`,
      );
    return;
  }
  const orphans = (what: string, has: (group: RequestGroup) => boolean) => {
    const keys = empty.filter(has).map(({ suffix }) => `${what}${suffix}`);
    if (keys.length > 0)
      throw badRequest(
        `All ${what === 'required' ? 'traits' : 'member_of'} parameters must be associated with resources. Found the following orphaned ${what === 'required' ? 'traits' : 'member_of'} keys: ${keys.join(', ')}`,
      );
  };
  orphans('required', ({ traits }) => traits.required.length > 0);
  orphans(
    'member_of',
    ({ memberOf }) => memberOf.required.length > 0 || memberOf.forbidden.length > 0,
  );
  if (empty.length > 0) throw badRequest('All request groups must specify resources.');
  if (groups.length === 0)
    throw badRequest('At least one request group (`resources` or `resources{$S}`) is required.');
}

function parseRootTraits(request: OperationRequest): TraitFilter {
  const values = request.query['root_required'];
  if (values === undefined) return NO_TRAITS;
  if (values.length > 1)
    throw badRequest(
      "Query parameter 'root_required' may be specified only once.",
      'placement.query.duplicate_key',
    );
  // `in:` is not understood here, at any version.
  const filter = parseRequired(values, { major: 1, minor: 38 }, 'root_required');
  return filter;
}

function parseSubtrees(request: OperationRequest): string[][] {
  return (request.query['same_subtree'] ?? []).map((value) => {
    const suffixes = [...new Set(value.split(',').map((part) => part.trim()))];
    if (suffixes.includes(''))
      throw badValue('Empty string (unsuffixed group) can not be specified in `same_subtree`');
    return suffixes;
  });
}

/** Reads the query; the 400s are placement's. */
export function parseCandidateRequest(request: OperationRequest): CandidateRequest {
  const { microversion: version } = request;
  const pattern = new RegExp(`^(resources|required|member_of|in_tree)(${suffixPattern(version)})$`);
  checkParameters(request, PARAMETERS, (name) => {
    if (Object.hasOwn(PARAMETERS, name)) return name.endsWith('*') ? '' : name;
    const match = pattern.exec(name);
    return match ? `${match[1]}*` : '';
  });
  const suffixes = new Set<string>();
  for (const name of Object.keys(request.query)) {
    if (/^(?:resources|required|member_of|in_tree)$/.test(name)) suffixes.add('');
    const match = Object.hasOwn(PARAMETERS, name) ? null : pattern.exec(name);
    if (match) suffixes.add(match[2]!);
  }
  const policy = request.query['group_policy']?.[0];
  if (policy !== undefined && policy !== 'none' && policy !== 'isolate')
    throw badRequest(
      `Invalid query string parameters: '${policy.slice(0, 255)}' is not one of ['none', 'isolate'] (group_policy)`,
    );
  const limit = request.query['limit']?.[0];
  if (limit !== undefined && !/^[1-9][0-9]{0,8}$/.test(limit))
    throw badRequest(
      `Invalid query string parameters: '${limit.slice(0, 255)}' does not match '^[1-9][0-9]*$' (limit)`,
    );
  if (!has(version, 'numberedGroups') && request.query['resources'] === undefined)
    throw badRequest("Invalid query string parameters: 'resources' is a required property");
  const rootTraits = parseRootTraits(request);
  const sameSubtrees = parseSubtrees(request);
  const groups = [...suffixes].map((suffix) => parseGroup(request, suffix));
  checkResourceless(groups, sameSubtrees, version);
  if (policy === undefined && groups.filter(({ suffix }) => suffix !== '').length > 1)
    throw badRequest(
      'The "group_policy" parameter is required when specifying more than one "resources{N}" parameter.',
    );
  return {
    groups,
    isolate: policy === 'isolate',
    rootTraits,
    sameSubtrees,
    limit: limit === undefined ? undefined : Number(limit),
    nested: has(version, 'nestedCandidates'),
  };
}

/** Every trait and class that the request names: they must exist. */
export const namesIn = ({ groups, rootTraits }: CandidateRequest) => ({
  classes: groups.flatMap(({ resources }) => Object.keys(resources)),
  traits: [...traitsIn(rootTraits), ...groups.flatMap(({ traits }) => traitsIn(traits))],
});
