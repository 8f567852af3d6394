import { sql } from 'kysely';
import { Type } from 'typebox';
import { isUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { unwrap, unwrapMany, valuesOfCreation, valuesOfUpdate } from '../attributes/body.ts';
import { uuid } from '../attributes/types.ts';
import type { Change } from '../change.ts';
import { find, findOwned, roleOf, type Noun } from '../collections/noun.ts';
import { list, type Room } from '../collections/operations.ts';
import { checkRole } from '../errors.ts';
import type { NetworkDatabase } from '../tables.ts';
import { ruleNotFound } from './errors.ts';
import { qosPolicyNoun, ruleView, type QosPolicyRow, type QosRuleRow } from './noun.ts';
import { addRule, changeRule, removeRule, ruleOf } from './policy-rules.ts';
import { RULE_ATTRIBUTES, RULE_TYPES, type QosRuleType } from './rule-types.ts';

type ListedRule = QosRuleRow & { readonly project_id: string };

/** Rules of one type as a kind of their own, for lists. */
const ruleNoun = (type: QosRuleType, policyId: string): Noun<ListedRule> => ({
  singular: `${type}_rule`,
  plural: `${type}_rules`,
  title: 'QoS rule',
  path: `/v2.0/qos/policies/${policyId}/${type}_rules`,
  parameter: 'rule_id',
  table: `network.qos_${type}_rules`,
  attributes: { ...RULE_ATTRIBUTES[type], qos_policy_id: { type: uuid, column: 'policy_id' } },
  columns: sql`o.*`,
  visible: () => sql<boolean>`true`,
  view: ruleView,
});

/** The policy that a rule belongs to; the paths without policy have nothing but the rule's id. */
async function policyOf(database: NetworkDatabase, type: QosRuleType, id: string): Promise<string> {
  const rule = isUuid(id)
    ? await database
        .selectFrom('network.qos_rules')
        .select('policy_id')
        .where('id', '=', id)
        .where('type', '=', type)
        .executeTakeFirst()
    : undefined;
  if (rule === undefined) throw ruleNotFound('', id);
  return rule.policy_id;
}

/** The policy, locked, which the caller may change; its rules are as they are now. */
async function ownPolicy(change: Change, caller: Caller, id: string, action: string) {
  const policy = await findOwned(change.transaction, qosPolicyNoun, caller, id, action);
  checkRole(caller, roleOf(qosPolicyNoun).role, action);
  return policy;
}

const cut = (
  document: Record<string, unknown>,
  fields: readonly string[] = [],
): Record<string, unknown> =>
  fields.length === 0
    ? document
    : Object.fromEntries(Object.entries(document).filter(([name]) => fields.includes(name)));

function bodyOf(type: QosRuleType, wrapper: string) {
  const members = Object.entries(RULE_ATTRIBUTES[type])
    .filter(([, attribute]) => attribute.post)
    .map(([name, attribute]) => [
      name,
      Type.Optional(Type.Unknown({ description: attribute.type.description })),
    ]);
  return Type.Unknown({
    properties: { [wrapper]: Type.Unknown({ properties: Object.fromEntries(members) }) },
  });
}

/** How one of the paths to rules finds rule and policy. */
interface Way {
  /** Names of operations: `policy_bandwidth_limit_rule`. */
  readonly name: string;
  /** Wraps a rule in bodies. */
  readonly wrapper: string;
  readonly path: string;
  policy(database: NetworkDatabase, params: OperationRequest['params']): Promise<string>;
}

/** Show, change and delete one rule, by one of its paths. */
function oneRule(room: Room, type: QosRuleType, way: Way): Operation[] {
  const words = type.replaceAll('_', ' ');
  const attributes = RULE_ATTRIBUTES[type];
  const { name, wrapper, path } = way;
  const shown = (policy: QosPolicyRow, id: string, fields?: readonly string[]) => ({
    body: { [wrapper]: cut(ruleView(ruleOf(policy, type, id)), fields) },
  });
  return [
    operation({
      name: `get_${name}`,
      method: 'GET',
      path,
      summary: `Show a ${words} rule`,
      role: 'reader',
      success: 200,
      handle: async ({ caller, params, query }) => {
        const policyId = await way.policy(room.database, params);
        const policy = await find(room.database, qosPolicyNoun, caller, policyId);
        return shown(policy, params['rule_id']!, query['fields']);
      },
    }),
    operation({
      name: `update_${name}`,
      method: 'PUT',
      path,
      summary: `Change a ${words} rule`,
      ...roleOf(qosPolicyNoun),
      success: 200,
      body: bodyOf(type, wrapper),
      handle: async ({ caller, params, body }) => {
        const action = `update_${name}`;
        const values = valuesOfUpdate(attributes, action, caller, unwrap(body, wrapper));
        const id = params['rule_id']!;
        const policy = await room.commit(async (change) => {
          const policyId = await way.policy(change.transaction, params);
          const owned = await ownPolicy(change, caller, policyId, action);
          await changeRule(change, owned, ruleOf(owned, type, id), values);
          return find(change.transaction, qosPolicyNoun, caller, policyId);
        });
        return shown(policy, id);
      },
    }),
    operation({
      name: `delete_${name}`,
      method: 'DELETE',
      path,
      summary: `Delete a ${words} rule`,
      ...roleOf(qosPolicyNoun),
      success: 204,
      handle: async ({ caller, params }) => {
        await room.commit(async (change) => {
          const policyId = await way.policy(change.transaction, params);
          const owned = await ownPolicy(change, caller, policyId, `delete_${name}`);
          await removeRule(change, owned, ruleOf(owned, type, params['rule_id']!));
        });
        return {};
      },
    }),
  ];
}

/** List and create the rules of a policy. */
function policyRules(room: Room, type: QosRuleType): Operation[] {
  const path = `/v2.0/qos/policies/{policy_id}/${type}_rules`;
  const words = type.replaceAll('_', ' ');
  const [singular, plural] = [`${type}_rule`, `${type}_rules`];
  return [
    operation({
      name: `get_policy_${plural}`,
      method: 'GET',
      path,
      summary: `List the ${words} rules of a QoS policy`,
      role: 'reader',
      success: 200,
      handle: async (request) => {
        const { caller, params, query } = request;
        const policy = await find(room.database, qosPolicyNoun, caller, params['policy_id']!);
        return {
          body: await list(room.database, ruleNoun(type, policy.id), {
            ...request,
            query: { ...query, qos_policy_id: [policy.id] },
          }),
        };
      },
    }),
    operation({
      name: `create_policy_${singular}`,
      method: 'POST',
      path,
      summary: `Add ${words} rules to a QoS policy`,
      ...roleOf(qosPolicyNoun),
      success: 201,
      body: bodyOf(type, singular),
      handle: async ({ caller, params, body }) => {
        const action = `create_policy_${singular}`;
        const { objects, bulk } = unwrapMany(body, singular, plural);
        const wanted = objects.map((object) =>
          valuesOfCreation(RULE_ATTRIBUTES[type], action, caller, object),
        );
        // Whoever may make none is not told whether there is the policy.
        checkRole(caller, roleOf(qosPolicyNoun).role, action);
        const [policy, ids] = await room.commit(async (change) => {
          const owned = await ownPolicy(change, caller, params['policy_id']!, action);
          const made: string[] = [];
          for (const values of wanted) made.push(await addRule(change, owned, type, values));
          return [await find(change.transaction, qosPolicyNoun, caller, owned.id), made] as const;
        });
        const documents = ids.map((id) => ruleView(ruleOf(policy, type, id)));
        return { body: bulk ? { [plural]: documents } : { [singular]: documents[0] } };
      },
    }),
    ...oneRule(room, type, {
      name: `policy_${singular}`,
      wrapper: singular,
      path: `${path}/{rule_id}`,
      policy: async (_database, params) => params['policy_id']!,
    }),
  ];
}

/** Types whose rules have paths without their policy. */
const WITH_ALIAS: readonly QosRuleType[] = [
  'bandwidth_limit',
  'dscp_marking',
  'minimum_bandwidth',
  'minimum_packet_rate',
];

const aliasRules = (room: Room, type: QosRuleType): Operation[] =>
  oneRule(room, type, {
    name: `alias_${type}_rule`,
    wrapper: `alias_${type}_rule`,
    path: `/v2.0/qos/alias_${type}_rules/{rule_id}`,
    policy: (database, params) => policyOf(database, type, params['rule_id']!),
  });

/** Rules of QoS policies, by both of their paths. */
export const qosRuleOperations = (room: Room): Operation[] => [
  ...RULE_TYPES.flatMap((type) => policyRules(room, type)),
  ...WITH_ALIAS.flatMap((type) => aliasRules(room, type)),
];
