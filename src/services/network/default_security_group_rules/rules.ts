import { sql } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import { addressGroupNotFound } from '../address_groups/lookup.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { securityGroupNotFound } from '../errors.ts';
import { checkRule, ruleKey, type RuleWish } from '../security_group_rules/check.ts';
import { PARENT, type DefaultSecurityGroupRuleRow } from './noun.ts';

/** What a request says about a template. */
interface TemplateValues extends RuleWish {
  readonly description: string;
  readonly used_in_default_sg: boolean;
  readonly used_in_non_default_sg: boolean;
}

/** With the rule's own group as its remote instead of a group's id. */
const keyOf = (rule: DefaultSecurityGroupRuleRow): string =>
  ruleKey({ ...rule, remote_group_id: rule.remote_is_parent ? PARENT : rule.remote_group_id });

async function create(change: Change, _caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as TemplateValues;
  const rule = checkRule(values);
  const { transaction } = change;
  // One after the other, so that none is there twice.
  await sql`lock table network.default_security_group_rules in share row exclusive mode`.execute(
    transaction,
  );
  const { rows } = await sql<DefaultSecurityGroupRuleRow>`
    select * from network.default_security_group_rules`.execute(transaction);
  const same = rows.find(
    (row) =>
      keyOf(row) === ruleKey(rule) &&
      ((row.used_in_default_sg && values.used_in_default_sg) ||
        (row.used_in_non_default_sg && values.used_in_non_default_sg)),
  );
  if (same !== undefined) {
    throw conflict(
      `Default Security Group rule already exists. Rule id is ${same.id}.`,
      'DefaultSecurityGroupRuleExists',
    );
  }
  const id = newUuid();
  const isParent = rule.remote_group_id === PARENT;
  const row = {
    ...rule,
    id,
    description: values.description,
    remote_group_id: isParent ? null : rule.remote_group_id,
    remote_is_parent: isParent,
    used_in_default_sg: values.used_in_default_sg,
    used_in_non_default_sg: values.used_in_non_default_sg,
  };
  const columns = sql.join(Object.keys(row).map((name) => sql.ref(name)));
  try {
    await sql`insert into network.default_security_group_rules (${columns})
      select ${columns} from json_populate_record(null::network.default_security_group_rules,
        ${JSON.stringify(row)})`.execute(transaction);
  } catch (error) {
    switch (violatedConstraint(error)) {
      case 'default_security_group_rules_remote_group':
        throw securityGroupNotFound(rule.remote_group_id!);
      case 'default_security_group_rules_remote_address_group':
        throw addressGroupNotFound(rule.remote_address_group_id!);
      default:
        throw error;
    }
  }
  return id;
}

async function remove(
  change: Change,
  _caller: Caller,
  row: DefaultSecurityGroupRuleRow,
): Promise<void> {
  await sql`delete from network.default_security_group_rules where id = ${row.id}`.execute(
    change.transaction,
  );
}

export const defaultSecurityGroupRuleRules: Rules<DefaultSecurityGroupRuleRow> = {
  create,
  delete: remove,
};
