import type { Operation } from '../../operation.ts';
import { ADMIN, type Condition } from './conditions.ts';
import { POLICY, type Rule } from './table.ts';

const ROLES = ['reader', 'member', 'manager', 'admin'] as const;
const SCOPES = ['system', 'domain', 'project'] as const;

/** The least role in a scope that meets the condition by itself, its target being in the domain. */
function least(condition: Condition, scope: (typeof SCOPES)[number]): number {
  const held = ROLES.findIndex((_, index) =>
    condition.holds(
      {
        userId: 'u',
        userName: 'u',
        userDomainId: 'd',
        projectId: scope === 'project' ? 'p' : undefined,
        projectName: undefined,
        projectDomainId: scope === 'project' ? 'd' : undefined,
        domainId: scope === 'domain' ? 'd' : undefined,
        isSystem: scope === 'system',
        roles: new Set(ROLES.slice(0, index + 1)),
        isAdmin: index === ROLES.indexOf('admin'),
        tokenExpiresAt: new Date(0),
      },
      { domains: ['d'], users: ['other'], project: 'p', role: 'member' },
    ),
  );
  return held < 0 ? ROLES.length : held;
}

const cell = (rule: Rule, scope: (typeof SCOPES)[number]): string => {
  const role = ROLES[Math.min(...rule.map((condition) => least(condition, scope)))];
  return role === undefined ? '–' : role === 'reader' ? 'reader' : role;
};

/** Conditions that a role alone does not show. */
const alsoIn = (rule: Rule): string =>
  rule
    .filter(
      (condition) =>
        condition !== ADMIN && condition.least !== 'reader' && condition.least !== 'manager',
    )
    .map(({ title }) => title)
    .join('; ');

/**
 * The policy as a table for the reference: operations by who may, the least role of each scope (roles nest), and who
 * else. `domain` is the domain that the target is in, `project` the project itself or one of the domain.
 */
export function policyDocument(operations: readonly Operation[]): string {
  const summaries = new Map(
    operations.map(({ name, method, path }) => [name, `${method} ${path}`]),
  );
  const rows = [...POLICY].map(([name, rule]) =>
    [
      `\`${name}\``,
      `\`${summaries.get(name) ?? ''}\``,
      ...(rule[0]!.least === 'public'
        ? ['any', 'any', 'any']
        : SCOPES.map((scope) => cell(rule, scope))),
      alsoIn(rule),
    ].join(' | '),
  );
  return [
    '| operation | request | system | domain | project | also |',
    '|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}
