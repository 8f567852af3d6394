import { Type, type Static } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import type { Microversion } from '../../operation.ts';
import { checkMembers, has } from '../microversions.ts';
import { normalUuid } from '../uuids.ts';
import type { Claim, Resources } from './replace.ts';

const Amounts = Type.Record(
  Type.String({ pattern: '^[A-Z0-9_]+$', maxLength: 255 }),
  Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
  { minProperties: 1 },
);
const Id = Type.String({ maxLength: 45 });
const AsList = Type.Array(
  Type.Object(
    {
      resource_provider: Type.Object({ uuid: Id }, { additionalProperties: false }),
      resources: Amounts,
    },
    { additionalProperties: false },
  ),
  { maxItems: 10_000 },
);
const AsMap = Type.Record(
  Type.String(),
  Type.Object(
    { resources: Amounts, generation: Type.Optional(Type.Integer()) },
    { additionalProperties: false },
  ),
);
const OwnerId = Type.String({ minLength: 1, maxLength: 255 });
const consumerMembers = {
  project_id: Type.Optional(OwnerId),
  user_id: Type.Optional(OwnerId),
  consumer_generation: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  /** Which provider serves which request group: checked, and not kept. */
  mappings: Type.Optional(
    Type.Record(
      Type.String({ pattern: '^[a-zA-Z0-9_-]{0,64}$' }),
      Type.Array(Id, { minItems: 1 }),
      {
        minProperties: 1,
      },
    ),
  ),
  consumer_type: Type.Optional(
    Type.String({ pattern: '^[A-Z0-9_]+$', minLength: 1, maxLength: 255 }),
  ),
};

/** Body of `PUT /allocations/{consumer}`, of all microversions together. */
export const PutBody = Type.Object(
  { allocations: Type.Union([AsMap, AsList]), ...consumerMembers },
  { additionalProperties: false },
);

/** Body of `POST /allocations`, and `allocations` of a reshape: consumer → what it shall have. */
export const ManyBody = Type.Record(
  Type.String(),
  Type.Object({ allocations: AsMap, ...consumerMembers }, { additionalProperties: false }),
);

const MEMBERS = {
  project_id: { feature: 'allocationOwner' },
  user_id: { feature: 'allocationOwner' },
  consumer_generation: { feature: 'consumerGeneration' },
  mappings: { feature: 'mappings', optional: true },
  consumer_type: { feature: 'consumerType' },
} as const;

/** Placement's own words for what a caller before 1.8 did not have to say. */
export const UNKNOWN_OWNER = '00000000-0000-0000-0000-000000000000';

const invalid = (what: string) => badRequest(`JSON does not validate: ${what}`);

const uuidOf = (text: string): string => {
  const id = normalUuid(text);
  if (id === undefined) throw invalid(`'${text.slice(0, 255)}' is not a 'uuid'`);
  return id;
};

/** Checks what the version asks of one consumer's body beyond its schema, and gives what it claims. */
export function claimOf(
  consumerId: string,
  body: Static<typeof PutBody>,
  version: Microversion,
  mayBeEmpty: boolean,
): Claim {
  const { allocations } = body;
  const asMap = has(version, 'allocationsByProvider');
  if (asMap === Array.isArray(allocations))
    throw invalid(
      asMap
        ? "a list is not of type 'object': from 1.12 on allocations is an object keyed by resource provider"
        : "an object is not of type 'array': before 1.12 allocations is a list",
    );
  checkMembers(version, body, MEMBERS);
  const pairs: (readonly [string, Resources])[] = Array.isArray(allocations)
    ? allocations.map(({ resource_provider, resources }) => [
        uuidOf(resource_provider.uuid),
        resources,
      ])
    : Object.entries(allocations).map(([id, { resources }]) => [uuidOf(id), resources]);
  if (pairs.length === 0 && !mayBeEmpty)
    throw invalid(
      `${asMap ? '{} does not have enough properties' : '[] is too short'}: allocations names at least one resource provider`,
    );
  for (const id of Object.values(body.mappings ?? {}).flat()) uuidOf(id);
  return {
    consumer: {
      id: consumerId,
      projectId: body.project_id ?? UNKNOWN_OWNER,
      userId: body.user_id ?? UNKNOWN_OWNER,
      ...(has(version, 'consumerGeneration')
        ? { expectedGeneration: body.consumer_generation ?? null }
        : {}),
      ...(body.consumer_type === undefined ? {} : { type: body.consumer_type }),
    },
    wanted: Object.fromEntries(pairs),
  };
}

/** The claims of several consumers. Before 1.28 too, an empty one takes back all that the consumer has. */
export const claimsOf = (body: Static<typeof ManyBody>, version: Microversion): Claim[] =>
  Object.entries(body).map(([id, one]) => claimOf(uuidOf(id), one, version, true));
