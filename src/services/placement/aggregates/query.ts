import { badRequest } from '../../../core/errors.ts';
import type { OperationRequest } from '../../operation.ts';
import { has } from '../microversions.ts';
import { normalUuid } from '../uuids.ts';

/** What `member_of` asks for: ids of aggregates. */
export interface AggregateFilter {
  /** Of each of these lists one aggregate must have the provider. */
  readonly required: readonly (readonly string[])[];
  /** None of these may have it. */
  readonly forbidden: readonly string[];
}

export const NO_AGGREGATES: AggregateFilter = { required: [], forbidden: [] };

/** `ID`, `!ID`, `in:ID,ID` or `!in:ID,ID`. */
function parseOne(value: string): { ids: string[]; negated: boolean } {
  const match = /^(!?)(in:)?(.*)$/s.exec(value)!;
  const [, negation, list, rest] = match as unknown as [string, string, string | undefined, string];
  if (list === undefined && rest.includes(','))
    throw badRequest(
      `Multiple values for 'member_of' must be prefixed with the 'in:' or '!in:' keyword using the valid microversion. Got: ${value}`,
    );
  const ids = (list === undefined ? [rest] : rest.split(',')).map((text) => {
    const id = normalUuid(text);
    if (id === undefined)
      throw badRequest(
        `Invalid query string parameters: Expected 'member_of' parameter to contain valid UUID(s). Got: ${text}`,
      );
    return id;
  });
  return { ids, negated: negation === '!' };
}

/** All values of a `member_of` parameter, of the group with this suffix. */
export function parseMemberOf(request: OperationRequest, suffix = ''): AggregateFilter {
  const values = request.query[`member_of${suffix}`] ?? [];
  if (values.length > 1 && !has(request.microversion, 'severalMemberOf'))
    throw badRequest(`Multiple member_of${suffix} parameters are not supported`);
  const parts = values.map(parseOne);
  if (parts.some(({ negated }) => negated) && !has(request.microversion, 'forbiddenAggregates'))
    throw badRequest(
      `Forbidden member_of${suffix} parameters are not supported in the specified microversion`,
    );
  return {
    required: parts.filter(({ negated }) => !negated).map(({ ids }) => ids),
    forbidden: parts.filter(({ negated }) => negated).flatMap(({ ids }) => ids),
  };
}

/** Whether something in these aggregates has what is required. */
export const isMember = ({ required }: AggregateFilter, aggregates: ReadonlySet<string>): boolean =>
  required.every((choice) => choice.some((id) => aggregates.has(id)));

/** Whether something in these aggregates is where it must not be. */
export const isBarred = (
  { forbidden }: AggregateFilter,
  aggregates: ReadonlySet<string>,
): boolean => forbidden.some((id) => aggregates.has(id));
