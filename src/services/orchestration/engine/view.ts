import { cloudFor } from '../access.ts';
import type { Cloud } from '../cloud.ts';
import type { OrchestrationContext } from '../context.ts';
import { mapOf } from '../language/value.ts';
import type { Lookups, Reference, Value, ValueMap } from '../language/index.ts';
import { forgottenType } from '../resources/template-type.ts';
import type { NestedView, ResourceType, Step } from '../resources/type.ts';
import { Names } from '../resources/names.ts';
import { readDefinition, templateOf } from '../templates/model.ts';
import type { ResourceRow, StackRow } from '../tables.ts';
import { arnOf, targetOf, type Target } from './target.ts';
import { stepOf } from './step.ts';

/** Resources that stand for their names: those that no other has replaced. */
export function liveRows(rows: Iterable<ResourceRow>): Map<string, ResourceRow> {
  const live = new Map<string, ResourceRow>();
  for (const row of rows) if (row.replaced_by === null) live.set(row.name, row);
  return live;
}

export const rowsOf = (
  { tables }: Pick<OrchestrationContext, 'tables'>,
  stackId: string,
): Promise<ResourceRow[]> =>
  tables
    .selectFrom('orchestration.resources')
    .selectAll()
    .where('stack_id', '=', stackId)
    .orderBy('seq')
    .execute();

/** A stack with its resources and what its template makes of them: references, attributes, outputs. */
export class StackView {
  readonly context: OrchestrationContext;
  readonly stack: StackRow;
  readonly rows: Map<string, ResourceRow>;
  readonly cloud: Cloud;
  readonly names: Names;
  target: Target | undefined;
  former: Target | undefined;
  readonly #attributes = new Map<string, Promise<Value | undefined>>();

  constructor(context: OrchestrationContext, stack: StackRow, rows: Iterable<ResourceRow>) {
    this.context = context;
    this.stack = stack;
    this.rows = new Map([...rows].map((row) => [row.id, row]));
    this.cloud = cloudFor(context.identity, context.dispatch, stack.rights);
    this.names = new Names(this.cloud);
  }

  /** A stack as it is in the database. */
  static async load(context: OrchestrationContext, stack: StackRow): Promise<StackView> {
    const view = new StackView(context, stack, await rowsOf(context, stack.id));
    view.target = await view.readTarget(stack.template_id);
    return view;
  }

  async readTarget(templateId: string | null): Promise<Target | undefined> {
    if (templateId === null) return undefined;
    const row = await templateOf(this.context.tables, templateId);
    if (!row) throw new Error(`the template ${templateId} is gone`);
    return targetOf(readDefinition(row), this.stack, {
      types: this.context.types,
      region: this.context.configuration.region,
    });
  }

  get live(): Map<string, ResourceRow> {
    return liveRows(this.rows.values());
  }

  /** The type behind a resource. */
  typeOf(row: Pick<ResourceRow, 'type' | 'name' | 'nested_id'>): ResourceType {
    let first: unknown;
    for (const target of [this.target, this.former]) {
      try {
        if (target) return target.typeOf(row.type, row.name);
      } catch (error) {
        first ??= error;
      }
    }
    const plain = this.context.types.find(row.type);
    if (plain) return plain;
    if (row.nested_id !== null) return forgottenType;
    throw first ?? new Error(`there is no resource type ${row.type}`);
  }

  step(row: ResourceRow, options: Parameters<typeof stepOf>[2] = {}): Step {
    return stepOf(this, row, options);
  }

  /** What `get_resource` gives; undefined before there is something. */
  reference(row: ResourceRow): Value | undefined {
    if (row.physical_id === null && row.action === 'INIT') return undefined;
    const type = this.typeOf(row);
    if (type.reference) return type.reference(this.step(row));
    return row.physical_id ?? row.name;
  }

  /** Forgets what was found out about a resource's attributes: it was changed. */
  forget(row: ResourceRow): void {
    for (const key of this.#attributes.keys()) {
      if (key.startsWith(row.id)) this.#attributes.delete(key);
    }
  }

  attribute(
    row: ResourceRow,
    name: string | undefined,
    path: readonly Value[] = [],
  ): Promise<Value | undefined> {
    const key = `${row.id} ${name} ${JSON.stringify(path)}`;
    let found = this.#attributes.get(key);
    if (!found) this.#attributes.set(key, (found = this.#attribute(row, name, path)));
    return found;
  }

  async #attribute(
    row: ResourceRow,
    name: string | undefined,
    path: readonly Value[],
  ): Promise<Value | undefined> {
    if (
      row.action === 'INIT' ||
      (row.physical_id === null &&
        row.nested_id === null &&
        row.action === 'CREATE' &&
        row.status !== 'COMPLETE')
    )
      return undefined;
    const type = this.typeOf(row);
    const step = this.step(row);
    const described = async (): Promise<ValueMap> => (await type.describe?.(step)) ?? mapOf([]);
    if (name === undefined) {
      const all: [string, Value][] = [];
      for (const each of Object.keys(type.attributes ?? {})) {
        const value = await this.attribute(row, each);
        if (value !== undefined) all.push([each, value]);
      }
      return mapOf(all);
    }
    if (name === 'show' && !Object.hasOwn(type.attributes ?? {}, 'show')) return described();
    if (type.attribute) return type.attribute(step, name, path);
    const document = await described();
    return Object.hasOwn(document, name) ? document[name] : undefined;
  }

  /** Everything that the references of a snippet ask for, found out beforehand. */
  async lookups(references: readonly Reference[]): Promise<Lookups> {
    let known: ReadonlyMap<string, ResourceRow> | undefined;
    // Most resources refer to no other.
    const liveRow = (name: string): ResourceRow | undefined => (known ??= this.live).get(name);
    const found = new Map<string, Value | undefined>();
    const keyOf = (
      resource: string,
      attribute: string | null | undefined,
      path: readonly Value[],
    ) => `${resource} ${attribute ?? ''} ${JSON.stringify(path)}`;
    await Promise.all(
      references.map(async ({ resource, attribute, attributePath = [] }) => {
        if (attribute === undefined) return;
        const row = liveRow(resource);
        if (!row) return;
        const value = await this.attribute(row, attribute ?? undefined, attributePath);
        found.set(keyOf(resource, attribute, attributePath), value);
      }),
    );
    const facade = await this.#facade();
    return {
      reference: (resource) => {
        const row = liveRow(resource);
        return row && this.reference(row);
      },
      attribute: (resource, attribute, path) => found.get(keyOf(resource, attribute, path)),
      file: (name) => {
        const files = this.target?.files ?? {};
        return Object.hasOwn(files, name) ? files[name] : undefined;
      },
      facade: (part) => facade?.[part],
      zones: () => ['nova'],
    };
  }

  #parentRow: Promise<ResourceRow | undefined> | undefined;

  /** What the resource says that this whole stack stands behind. */
  async #facade(): Promise<Readonly<Record<string, Value>> | undefined> {
    const { parent_id: parent, parent_resource: name } = this.stack;
    if (parent === null || name === null) return undefined;
    this.#parentRow ??= rowsOf(this.context, parent).then((rows) => liveRows(rows).get(name));
    const row = await this.#parentRow;
    return (
      row && {
        metadata: row.metadata,
        deletion_policy: row.deletion_policy,
        update_policy: row.update_policy,
      }
    );
  }

  /** The value of an output, as it is now. */
  async output(name: string): Promise<Value> {
    const { target } = this;
    const output = target?.template.outputs.get(name);
    if (!target || !output || !target.evaluation.hasOutput(name)) return null;
    const path = [...output.path, target.template.words.output.value];
    const references = target.evaluation.references(output.value, path);
    return target.evaluation.output(name, await this.lookups(references)).value;
  }

  /** The names of the outputs that there are. */
  outputNames(): string[] {
    const { target } = this;
    if (!target) return [];
    return [...target.template.outputs.keys()].filter((name) => target.evaluation.hasOutput(name));
  }

  get arn(): string {
    return arnOf(this.stack);
  }

  /** The stack behind a resource. */
  inner(stackId: string): Promise<StackView | undefined> {
    return loadNested(this.context, stackId);
  }

  /** What a resource sees of the stack behind it. */
  nestedView(stackId: string): NestedView {
    let loaded: Promise<StackView | undefined> | undefined;
    const load = () => (loaded ??= loadNested(this.context, stackId));
    return {
      async resources() {
        const view = await load();
        if (!view) return [];
        return [...view.live.values()].map((row) => ({
          name: row.name,
          type: row.type,
          physicalId: row.physical_id,
          action: row.action,
          status: row.status,
          healthy: !row.unhealthy && row.status !== 'FAILED',
          createdAt: row.created_at,
        }));
      },
      async attribute(resource, name, path = []) {
        const view = await load();
        const row = view?.live.get(resource);
        if (!view || !row) return undefined;
        return name === undefined ? view.reference(row) : view.attribute(row, name, path);
      },
      async output(name) {
        const view = await load();
        return view?.outputNames().includes(name) ? view.output(name) : undefined;
      },
      async outputs() {
        const view = await load();
        const names = view?.outputNames() ?? [];
        return mapOf(
          await Promise.all(names.map(async (name) => [name, await view!.output(name)] as const)),
        );
      },
    };
  }
}

async function loadNested(
  context: OrchestrationContext,
  id: string,
): Promise<StackView | undefined> {
  const stack = await context.tables
    .selectFrom('orchestration.stacks')
    .selectAll()
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return stack && StackView.load(context, stack);
}
