import { sql } from 'kysely';
import { newUuid } from '../../../core/ids.ts';
import { transact, violatedConstraint } from '../../../database/database.ts';
import type { OrchestrationContext } from '../context.ts';
import { actionInProgress, stackExists } from '../errors.ts';
import type {
  OrchestrationDatabase,
  OrchestrationTables,
  StackAction,
  StackRow,
} from '../tables.ts';
import { insertTemplate, type StoredDefinition } from '../templates/model.ts';
import type { Rights } from '../../identity/index.ts';

type Context = Pick<OrchestrationContext, 'database' | 'tables' | 'engine' | 'options'>;

export const stackById = (
  { tables }: Pick<Context, 'tables'>,
  id: string,
): Promise<StackRow | undefined> =>
  tables.selectFrom('orchestration.stacks').selectAll().where('id', '=', id).executeTakeFirst();

/** The event that tells of a stack's own state. */
export const recordStackEvent = (
  tables: OrchestrationDatabase,
  stack: Pick<StackRow, 'id' | 'root_id' | 'name' | 'action' | 'status' | 'reason'>,
): Promise<unknown> =>
  sql`insert into orchestration.events
    (id, stack_id, root_id, resource_name, resource_type, physical_id, action, status, reason, at)
    values (${newUuid()}, ${stack.id}, ${stack.root_id}, ${stack.name}, 'OS::Heat::Stack', ${stack.id},
      ${stack.action}, ${stack.status}, ${stack.reason}, now())`.execute(tables);

export interface NewStack {
  readonly id: string;
  readonly name: string;
  readonly definition: StoredDefinition;
  readonly rights: Rights;
  readonly userName: string;
  readonly userId: string;
  readonly tags: readonly string[];
  readonly timeout_minutes: number | null;
  readonly disable_rollback: boolean;
  readonly action?: 'CREATE' | 'ADOPT';
}

const deadlineOf = ({ options }: Context, minutes: number | null | undefined): Date =>
  new Date(Date.now() + (minutes ? minutes * 60 : options.stack_action_timeout) * 1000);

/** Writes a new stack down and lets the engine begin. `within` adds to the same transaction. */
export async function createStack(
  context: Context,
  values: NewStack & {
    readonly parent?: Pick<StackRow, 'id' | 'root_id' | 'depth'>;
    readonly resource?: string;
    readonly batches?: StackRow['batches'];
    readonly converge?: boolean;
  },
  within: (tables: OrchestrationDatabase) => Promise<void> = async () => undefined,
): Promise<StackRow> {
  const { id, parent, action = 'CREATE' } = values;
  const stack = await transact(context.database, async (transaction) => {
    const tables = transaction.withTables<OrchestrationTables>();
    const template = await insertTemplate(tables, values.definition);
    const row = await tables
      .insertInto('orchestration.stacks')
      .values({
        id,
        name: values.name,
        project_id: values.rights.projectId,
        user_id: values.userId,
        user_name: values.userName,
        rights: JSON.stringify(values.rights) as unknown as Rights,
        root_id: parent?.root_id ?? id,
        parent_id: parent?.id ?? null,
        parent_resource: values.resource ?? null,
        depth: parent ? parent.depth + 1 : 0,
        tags: [...values.tags],
        action,
        status: 'IN_PROGRESS',
        reason: `Stack ${action} started`,
        timeout_minutes: values.timeout_minutes,
        disable_rollback: values.disable_rollback,
        template_id: template,
        former_template_id: null,
        shown_template_id: template,
        generation: 1,
        worker: context.engine.worker,
        deadline: deadlineOf(context, values.timeout_minutes),
        batches: values.batches ? (JSON.stringify(values.batches) as never) : null,
        converge: values.converge ?? false,
      } as never)
      .returningAll()
      .executeTakeFirstOrThrow();
    await recordStackEvent(tables, row);
    await within(tables);
    return row;
  }).catch((error: unknown) => {
    if (violatedConstraint(error) === 'stacks_name') throw stackExists(values.name);
    throw error;
  });
  context.engine.kick(id);
  return stack;
}

/** The stack behind a resource: its parent's owner is its owner, and it never goes back by itself. */
export const createChild = (
  context: Context,
  values: Pick<NewStack, 'id' | 'name' | 'definition'> & {
    readonly parent: StackRow;
    readonly resource: string;
  } & ActionChanges,
): Promise<StackRow> =>
  createStack(context, {
    ...values,
    rights: values.parent.rights,
    userName: values.parent.user_name,
    userId: values.parent.user_id,
    tags: [],
    timeout_minutes: values.timeout_minutes ?? null,
    disable_rollback: true,
    batches: values.batches ?? null,
    converge: values.converge ?? false,
  });

/** What an action changes of a stack beside its state. */
export interface ActionChanges {
  readonly definition?: StoredDefinition;
  /** The template to go to, when it is there already; null: nothing. */
  readonly templateId?: string | null;
  readonly rights?: Rights;
  readonly tags?: readonly string[];
  readonly timeout_minutes?: number | null;
  readonly disable_rollback?: boolean;
  readonly batches?: StackRow['batches'];
  readonly converge?: boolean;
  readonly snapshot_id?: string | null;
  readonly reason?: string;
  /** Begins although another action is under way, which ends. */
  readonly interrupts?: boolean;
}

/** Writes down that an action begins and lets the engine do it. 409 while another one is under way. */
export async function startAction(
  context: Context,
  { id, name }: Pick<StackRow, 'id' | 'name'>,
  action: StackAction,
  changes: ActionChanges,
): Promise<StackRow> {
  const stack = await transact(context.database, async (transaction) => {
    const tables = transaction.withTables<OrchestrationTables>();
    const present = await tables
      .selectFrom('orchestration.stacks')
      .selectAll()
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (present.status === 'IN_PROGRESS' && action !== 'DELETE' && !changes.interrupts) {
      throw actionInProgress(name, present.action);
    }
    const template = changes.definition
      ? await insertTemplate(tables, changes.definition)
      : changes.templateId === undefined
        ? present.template_id
        : changes.templateId;
    const minutes = changes.timeout_minutes ?? present.timeout_minutes;
    const isUpdate = action === 'UPDATE' || action === 'RESTORE';
    const { rights, tags, batches } = changes;
    const row = await tables
      .updateTable('orchestration.stacks')
      .set({
        action,
        status: 'IN_PROGRESS',
        reason: changes.reason ?? `Stack ${action} started`,
        generation: present.generation + 1,
        worker: context.engine.worker,
        deadline: deadlineOf(context, minutes),
        cancel: null,
        template_id: template,
        ...(isUpdate
          ? {
              former_template_id: present.template_id,
              shown_template_id: template ?? present.shown_template_id,
              updated_at: new Date(),
            }
          : {}),
        ...(rights ? { rights: JSON.stringify(rights) as unknown as Rights } : {}),
        ...(tags ? { tags: [...tags] } : {}),
        ...(changes.timeout_minutes === undefined ? {} : { timeout_minutes: minutes }),
        ...(changes.disable_rollback === undefined
          ? {}
          : { disable_rollback: changes.disable_rollback }),
        ...(batches === undefined
          ? {}
          : { batches: batches === null ? null : (JSON.stringify(batches) as never) }),
        converge: changes.converge ?? false,
        snapshot_id: changes.snapshot_id ?? null,
      } as never)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await recordStackEvent(tables, row);
    return row;
  });
  context.engine.kick(id);
  return stack;
}
