import assert from 'node:assert/strict';
import { globSync, readFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  Evaluation,
  isMap,
  parameterValues,
  parseEnvironment,
  parseTemplate,
  pseudoParameters,
} from '../language/index.ts';
import { builtinTypes } from './builtin.ts';

const CATALOG = path.resolve(import.meta.dirname, '../../../../catalog');
const templates = globSync('*/*.yaml', { cwd: CATALOG }).filter(
  (file) => path.basename(file) !== 'parameters.yaml',
);

test('there are templates', () => assert.ok(templates.length >= 2));

for (const file of templates) {
  test(`catalog/${file} can be made`, () => {
    const read = (name: string) => readFileSync(path.join(CATALOG, name), 'utf8');
    const template = parseTemplate(read(file), { file });
    const parametersFile = path.join(path.dirname(file), 'parameters.yaml');
    const environment = existsSync(path.join(CATALOG, parametersFile))
      ? parseEnvironment(read(parametersFile), { file: parametersFile })
      : undefined;
    const { values } = parameterValues(
      template.parameters,
      { parameters: environment?.parameters ?? {} },
      pseudoParameters(template.version, {
        id: 'id',
        name: 'mine',
        project: 'project',
        arn: 'arn',
        region: 'RegionOne',
      }),
    );
    const evaluation = new Evaluation(template, values);
    evaluation.validate();
    assert.deepEqual(template.notices, []);
    for (const [name, definition] of evaluation.resources) {
      const type = builtinTypes.find((one) => one.name === definition.type);
      assert.ok(type, `${name}: no type ${definition.type}`);
      const given = isMap(definition.properties) ? Object.keys(definition.properties) : [];
      for (const property of given)
        assert.ok(type.properties[property], `${definition.type} has no property ${property}`);
      for (const [property, { required }] of Object.entries(type.properties))
        assert.ok(!required || given.includes(property), `${name} needs ${property}`);
    }
    assert.ok(template.description.length > 0 && template.outputs.size > 0);
  });
}
