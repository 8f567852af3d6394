import { badRequest } from '../../../../core/errors.ts';
import { isList, isMap, type Value, type ValueMap } from '../../language/index.ts';
import type { Step } from '../type.ts';
import { fromInside } from './inside.ts';
import { physicalName } from './names.ts';
import { described } from './software-io.ts';

/** The inputs of a deployment: those of its configuration with their values, further ones, and what every agent is told. */
export async function derivedInputs(
  step: Step,
  action: string,
  declared: Value | undefined,
): Promise<ValueMap[]> {
  const values = { ...((step.properties['input_values'] ?? {}) as Record<string, Value>) };
  const inputs: ValueMap[] = described(declared).map((input) => {
    const name = String(input['name']);
    const value = values[name] ?? input['default'] ?? null;
    delete values[name];
    return { ...input, type: input['type'] ?? 'String', value };
  });
  const add = (name: string, value: Value, description = ''): void => {
    inputs.push({ name, type: 'String', value, ...(description === '' ? {} : { description }) });
  };
  for (const [name, value] of Object.entries(values)) add(name, value);
  add('deploy_server_id', step.properties['server'] ?? null, 'The server deployed to');
  add('deploy_action', action, 'The action of the stack');
  add('deploy_stack_id', `${step.stack.name}/${step.stack.id}`, 'The stack of the deployment');
  add('deploy_resource_name', step.name, 'The deployment in its template');
  const transport = step.properties['signal_transport'] ?? 'CFN_SIGNAL';
  add('deploy_signal_transport', transport, 'How the outputs come back');
  if (transport !== 'NO_SIGNAL') {
    add(
      'deploy_signal_id',
      fromInside(await step.signals.signedUrl('signal')),
      'Where the outputs are sent',
    );
    add('deploy_signal_verb', 'POST', 'With which method they are sent');
  }
  return inputs;
}

/** Puts values of inputs in the place of `{get_input: NAME}` in a map. */
export function withInputs(
  value: Value,
  key: string,
  inputs: ReadonlyMap<string, Value>,
  strict: boolean,
): Value {
  if (isList(value)) return value.map((one) => withInputs(one, key, inputs, strict));
  if (!isMap(value)) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first![0] === key && typeof first![1] === 'string') {
    if (strict && !inputs.has(first![1])) {
      throw badRequest(`The input "${first![1]}" was given no value: set it in input_values`);
    }
    return inputs.get(first![1]) ?? null;
  }
  return Object.fromEntries(
    entries.map(([name, one]) => [name, withInputs(one, key, inputs, strict)]),
  );
}

/** The configuration that one action of a deployment carries out; `source` is the one named in the template. */
export async function derivedConfig(
  step: Step,
  action: string,
  source: ValueMap,
): Promise<ValueMap> {
  const inputs = await derivedInputs(step, action, source['inputs']);
  const inputKey = step.properties['input_key'];
  const content = source['config'] ?? '';
  const values = new Map(inputs.map((input) => [String(input['name']), input['value'] ?? null]));
  return {
    name: step.properties['name'] ?? source['name'] ?? physicalName(step),
    group: source['group'] ?? 'Heat::Ungrouped',
    config:
      typeof inputKey === 'string'
        ? withInputs(
            content === '' ? {} : content,
            inputKey,
            values,
            step.properties['input_values_validate'] === 'STRICT',
          )
        : content,
    inputs,
    outputs: described(source['outputs']),
    options: source['options'] ?? {},
  };
}
