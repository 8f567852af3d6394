import type { StackView } from '../engine/view.ts';
import type { Value, ValueMap } from '../language/index.ts';
import { templateOf, documentOfTemplate } from '../templates/model.ts';

/** A stack as `export` and `abandon` tell of it: enough to adopt it again. */
export async function exportOf(view: StackView): Promise<ValueMap> {
  const { context, stack } = view;
  const row = await templateOf(context.tables, stack.template_id ?? stack.shown_template_id);
  const resources: Record<string, Value> = {};
  for (const one of view.live.values()) {
    resources[one.name] = {
      name: one.name,
      resource_id: one.physical_id,
      type: one.type,
      action: one.action,
      status: one.status,
      metadata: one.metadata,
      resource_data: one.data,
      ...(one.nested_id === null ? {} : await nested(view, one.nested_id)),
    };
  }
  return {
    name: stack.name,
    id: stack.id,
    action: stack.action,
    status: stack.status,
    template: documentOfTemplate(row!.template).value,
    files: JSON.parse(row!.files) as ValueMap,
    environment: JSON.parse(row!.environment) as ValueMap,
    resources,
    project_id: stack.project_id,
    stack_user_project_id: stack.project_id,
    tags: stack.tags,
  };
}

async function nested(view: StackView, id: string): Promise<ValueMap> {
  const inner = await view.inner(id);
  return inner ? exportOf(inner) : {};
}
