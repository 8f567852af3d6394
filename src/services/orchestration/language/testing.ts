import { Evaluation } from './evaluation.ts';
import { NO_LOOKUPS } from './expressions.ts';
import type { Lookups } from './functions/index.ts';
import { parameterValues } from './parameters.ts';
import { parseTemplate } from './template.ts';
import type { Value, ValueMap } from './value.ts';

/** A template with values for its parameters, for tests: text or the value that text would give. */
export function evaluate(template: string | object, parameters: ValueMap = {}): Evaluation {
  const text = typeof template === 'string' ? template : JSON.stringify(template);
  const parsed = parseTemplate(text, { file: 'test.yaml' });
  const { values } = parameterValues(
    parsed.parameters,
    { parameters },
    { 'OS::stack_name': 'mine', 'OS::stack_id': 'id', 'OS::project_id': 'project' },
  );
  return new Evaluation(parsed, values);
}

/** What a snippet gives in a version. */
export function valueOf(
  version: string,
  snippet: unknown,
  { lookups = {}, more = {} }: { lookups?: Partial<Lookups>; more?: object } = {},
): Value {
  const evaluation = evaluate({
    heat_template_version: version,
    ...more,
    outputs: { found: { value: snippet } },
  });
  return evaluation.output('found', { ...NO_LOOKUPS, ...lookups }).value;
}
