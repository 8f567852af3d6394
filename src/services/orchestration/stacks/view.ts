import { messageOf } from '../../../core/errors.ts';
import { isoSeconds } from '../../../core/time.ts';
import type { StackView } from '../engine/view.ts';
import { shownValue } from '../language/index.ts';
import type { OperationRequest } from '../../operation.ts';
import type { StackRow } from '../tables.ts';
import { wordOf } from '../language/value.ts';

type Place = Pick<OperationRequest, 'serviceUrl'>;

export const time = (value: Date | null): string | null =>
  value === null ? null : isoSeconds(value);

/** Address of a stack or of something below it. */
export const stackUrl = (
  { serviceUrl }: Place,
  stack: Pick<StackRow, 'project_id' | 'name' | 'id'>,
  below = '',
): string =>
  `${serviceUrl}/v1/${stack.project_id}/stacks/${encodeURIComponent(stack.name)}/${stack.id}${below}`;

export const linksOf = (place: Place, stack: StackRow) => [
  { href: stackUrl(place, stack), rel: 'self' },
];

/** What lists show of a stack. */
export const summaryOf = (place: Place, stack: StackRow, withProject: boolean) => ({
  id: stack.id,
  links: linksOf(place, stack),
  ...(withProject ? { project: stack.project_id } : {}),
  stack_name: stack.name,
  description: '',
  stack_status: `${stack.action}_${stack.status}`,
  stack_status_reason: stack.reason,
  creation_time: time(stack.created_at),
  updated_time: time(stack.updated_at),
  deletion_time: time(stack.deleted_at),
  stack_owner: stack.user_name,
  parent: stack.parent_id,
  stack_user_project_id: stack.project_id,
  tags: stack.tags.length > 0 ? stack.tags : null,
});

/** The parameters of a stack as everybody may see them. */
export function shownParameters({ target }: StackView): Record<string, string> {
  if (!target) return {};
  const shown: Record<string, string> = {};
  for (const [name, value] of target.parameters.values) {
    const schema = target.template.parameters.get(name);
    shown[name] = schema ? shownValue(schema, value) : wordOf(value);
  }
  return shown;
}

/** One output with its value, or why there is none. */
export async function outputOf(view: StackView, name: string): Promise<Record<string, unknown>> {
  const shown: Record<string, unknown> = {
    output_key: name,
    description: view.target?.template.outputs.get(name)?.description || 'No description given',
    output_value: null,
  };
  try {
    shown['output_value'] = await view.output(name);
  } catch (error) {
    shown['output_error'] = messageOf(error);
  }
  return shown;
}

/** All that is shown of a stack. */
export async function documentOf(
  place: Place,
  view: StackView,
  { outputs = true, state = true }: { outputs?: boolean; state?: boolean } = {},
): Promise<Record<string, unknown>> {
  const { stack, target } = view;
  const description = target?.template.description || 'No description';
  const withOutputs = outputs && stack.deleted_at === null;
  return {
    id: stack.id,
    links: linksOf(place, stack),
    stack_name: stack.name,
    description,
    template_description: description,
    creation_time: time(stack.created_at),
    updated_time: time(stack.updated_at),
    deletion_time: time(stack.deleted_at),
    notification_topics: [],
    parameters: shownParameters(view),
    capabilities: [],
    disable_rollback: stack.disable_rollback,
    timeout_mins: stack.timeout_minutes,
    stack_owner: stack.user_name,
    parent: stack.parent_id,
    stack_user_project_id: stack.project_id,
    tags: stack.tags.length > 0 ? stack.tags : null,
    ...(state
      ? {
          stack_status: `${stack.action}_${stack.status}`,
          stack_status_reason: stack.reason,
        }
      : {}),
    ...(withOutputs
      ? { outputs: await Promise.all(view.outputNames().map((name) => outputOf(view, name))) }
      : {}),
  };
}
