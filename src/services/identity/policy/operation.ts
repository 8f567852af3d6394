import type { TSchema } from 'typebox';
import { operation as plain, type Operation } from '../../operation.ts';
import { enforce } from './enforce.ts';
import { ruleOf, type Rule } from './table.ts';

const ORDER: readonly Operation['role'][] = [
  'public',
  'authenticated',
  'reader',
  'member',
  'manager',
  'admin',
];

/** What a token has at least that meets one of the rule's conditions: `http/` turns others away before the handler. */
const leastOf = (rule: Rule): Operation['role'] =>
  rule
    .map(({ least }) => least)
    .reduce((least, other) => (ORDER.indexOf(other) < ORDER.indexOf(least) ? other : least));

/**
 * An operation of identity: its name says in the policy table who may call it. Rules that need no target are enforced
 * here; the handlers of the others find the target and enforce them before they do or tell anything.
 */
export function operation<Body extends TSchema, Query extends TSchema>(
  value: Omit<Operation<Body, Query>, 'role'>,
): Operation {
  const rule = ruleOf(value.name);
  const policed = { ...value, role: leastOf(rule) } as Operation<Body, Query>;
  if (policed.role === 'public' || rule.some(({ needs }) => needs.length > 0))
    return plain<Body, Query>(policed);
  return plain<Body, Query>({
    ...policed,
    async handle(request) {
      enforce(value.name, request.caller);
      return value.handle(request);
    },
  });
}
