import { Fault } from '../core/errors.ts';
import type { Caller } from './identity/caller.ts';
import type { Operation } from './operation.ts';

/** How a caller may be related to what is asked about. */
export interface Condition<Target> {
  /** For the docs: completes "whose token …", such as `its project owns the image`. */
  readonly text: string;
  holds(caller: Caller, target: Target): boolean;
}

/** One line of a policy. */
export interface PolicyRule<Conditions extends string> {
  /** For the docs: what it is about. */
  readonly what: string;
  /** Least role; roles imply each other: admin, manager, member, reader. An administrator may all. */
  readonly role: Exclude<Operation['role'], 'public'>;
  readonly where: Conditions;
}

/**
 * The policy of a service as one table: the role that the API's operations name, the checks that their handlers make
 * and the table in the service's reference are all read from it.
 */
export class Policy<Action extends string, Conditions extends string, Target> {
  readonly rules: Readonly<Record<Action, PolicyRule<Conditions>>>;
  readonly conditions: Readonly<Record<Conditions, Condition<Target>>>;

  constructor(
    conditions: Readonly<Record<Conditions, Condition<Target>>>,
    rules: Readonly<Record<Action, PolicyRule<Conditions>>>,
  ) {
    this.conditions = conditions;
    this.rules = rules;
  }

  get actions(): Action[] {
    return Object.keys(this.rules) as Action[];
  }

  /** For an operation: the least role that may call it. */
  role(action: Action): PolicyRule<Conditions>['role'] {
    return this.rules[action].role;
  }

  allows(action: Action, caller: Caller, target: Target): boolean {
    if (caller.isAdmin) return true;
    const { role, where } = this.rules[action];
    return (
      (role === 'authenticated' || caller.roles.has(role)) &&
      this.conditions[where].holds(caller, target)
    );
  }

  /** Fails with 403 unless allowed: a sentence with what the action is about, or the one given. */
  require(action: Action, caller: Caller, target: Target, sentence?: string): void {
    if (this.allows(action, caller, target)) return;
    const { role, where } = this.rules[action];
    throw new Fault(
      'forbidden',
      sentence ??
        `You are not authorized to complete ${action} action: it needs the role ${role} and that ${this.conditions[where].text}.`,
    );
  }

  /** The table in Markdown. */
  markdown(): string {
    const lines = this.actions.map((action) => {
      const { what, role, where } = this.rules[action];
      return `| \`${action}\` | ${what} | ${role} | ${this.conditions[where].text} |`;
    });
    return ['| action | what | least role | and |', '|---|---|---|---|', ...lines].join('\n');
  }
}
