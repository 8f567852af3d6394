import type { OrchestrationContext } from '../context.ts';
import { cloudFor } from '../access.ts';
import { Fault } from '../../../core/errors.ts';
import { validationFailed } from '../errors.ts';
import { didYouMean as near } from '../language/errors.ts';
import { checkCustomConstraints } from '../language/index.ts';
import { dependenciesOf } from '../engine/siblings.ts';
import { targetOf, type Target } from '../engine/target.ts';
import { wantedOf, type Wanted } from '../engine/wanted.ts';
import { StackView } from '../engine/view.ts';
import { Names } from '../resources/names.ts';
import type { ResourceRow, StackRow } from '../tables.ts';
import type { Definition } from '../templates/model.ts';
import type { Rights } from '../../identity/index.ts';

type Context = OrchestrationContext;

/** A stack that is not there yet, for what must be told beforehand. */
export const imagined = (values: { id: string; name: string; rights: Rights }): StackRow => ({
  id: values.id,
  seq: 0,
  name: values.name,
  project_id: values.rights.projectId,
  user_id: values.rights.userId,
  user_name: '',
  rights: values.rights,
  root_id: values.id,
  parent_id: null,
  parent_resource: null,
  depth: 0,
  tags: [],
  action: 'CREATE',
  status: 'COMPLETE',
  reason: '',
  timeout_minutes: null,
  disable_rollback: true,
  template_id: null,
  former_template_id: null,
  shown_template_id: '',
  generation: 0,
  worker: null,
  deadline: null,
  cancel: null,
  batches: null,
  converge: false,
  size: 0,
  snapshot_id: null,
  created_at: new Date(),
  updated_at: null,
  deleted_at: null,
});

/**
 * Looks at all of a definition that can be judged before anything is made; throws what is wrong with file, line and
 * path. Gives the stack as it would be, with each resource's properties as far as they are known.
 */
export async function checkDefinition(
  context: Context,
  definition: Definition,
  stack: StackRow,
  rows: readonly ResourceRow[] = [],
): Promise<{ view: StackView; target: Target; wanted: Wanted[] }> {
  const target = targetOf(definition, stack, {
    types: context.types,
    region: context.configuration.region,
  });
  const most = context.options.max_resources_per_stack;
  if (most >= 0 && target.evaluation.resources.size > most) {
    throw new Fault(
      'forbidden',
      `You have reached the maximum resources per stack, ${most}: this template has ${target.evaluation.resources.size}.`,
      { type: 'RequestLimitExceeded' },
    );
  }
  const names = new Names(cloudFor(context.identity, context.dispatch, stack.rights));
  await checkCustomConstraints(target.parameters.pending, names);
  target.evaluation.validate({ file: (name) => target.files[name] });
  const graph = dependenciesOf(target);
  const view = new StackView(context, stack, rows);
  view.target = target;
  const wanted: Wanted[] = [];
  for (const name of target.evaluation.resources.keys()) {
    try {
      wanted.push(await wantedOf(view, name, graph.get(name)!, true));
    } catch (error) {
      // Types say what is wrong without knowing of whom they speak.
      if (error instanceof Fault && error.kind === 'badRequest' && error.name !== 'TemplateError') {
        throw validationFailed(`resources.${name}: ${error.message}`);
      }
      throw error;
    }
  }
  for (const output of target.template.outputs.values()) {
    if (!target.evaluation.hasOutput(output.name)) continue;
    checkAttributes(target, output.value, [...output.path, target.template.words.output.value]);
  }
  for (const name of target.evaluation.resources.keys()) {
    for (const reference of target.evaluation.referencesOf(name)) checkAttribute(target, reference);
  }
  return { view, target, wanted };
}

function checkAttributes(
  target: Target,
  ...[snippet, path]: Parameters<Target['evaluation']['references']>
): void {
  for (const reference of target.evaluation.references(snippet, path)) {
    checkAttribute(target, reference);
  }
}

/** Refuses attributes that the resource's type does not have. */
function checkAttribute(
  target: Target,
  { resource, attribute, path }: ReturnType<Target['evaluation']['references']>[number],
): void {
  if (typeof attribute !== 'string') return;
  const definition = target.evaluation.resources.get(resource);
  if (!definition) return;
  const type = target.typeOf(definition.type, resource);
  const names = Object.keys(type.attributes ?? {});
  // Of stacks inside anything may be asked: `resource.0.address`.
  if (type.nested || type.hasFurtherAttributes || type.acceptsAnything) return;
  if (attribute === 'show' || names.includes(attribute)) return;
  target.template.fail(
    path,
    `The Referenced Attribute (${resource} ${attribute}) is incorrect.${near(attribute, names)}`,
    'InvalidTemplateAttribute',
  );
}
