import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TemplateError } from './errors.ts';
import { Evaluation } from './evaluation.ts';
import { cycleIn, waves } from './graph.ts';
import { parameterValues } from './parameters.ts';
import { parseTemplate, type Template } from './template.ts';
import { jsonOf, type Value } from './value.ts';

const RESOURCES = ['r0', 'r1', 'r2', 'r3', 'r4'];
const CONDITIONS = ['c0', 'c1', 'c2'];
const named = fc.constantFrom(...CONDITIONS);

/** A condition: by name, by parameter, or made of others. */
const condition = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.boolean(),
    named,
    fc.record({ get_param: fc.constantFrom('p0', 'p1') }),
    fc.record({ not: tie('any') }),
    fc.record({ and: fc.tuple(tie('any'), tie('any')) }),
    fc.record({ or: fc.tuple(tie('any'), tie('any')) }),
    fc.record({ equals: fc.tuple(fc.record({ get_param: fc.constant('p0') }), fc.boolean()) }),
  ),
})).any;

/** A value that may mention the resources of these names. */
const snippetOf = (names: readonly string[]) =>
  fc.letrec<{ any: unknown; mention: unknown }>((tie) => ({
    mention:
      names.length === 0
        ? fc.constant('nobody')
        : fc.oneof(
            fc.record({ get_resource: fc.constantFrom(...names) }),
            fc.record({
              get_attr: fc.tuple(fc.constantFrom(...names), fc.constant('name'), fc.constant(0)),
            }),
          ),
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('text', 5, true, null),
      tie('mention'),
      fc.record({ get_param: fc.constantFrom('p0', 'p1', 'OS::stack_name') }),
      fc.record({ if: fc.tuple(condition, tie('any'), tie('any')) }),
      fc.record({ if: fc.tuple(condition, tie('any')) }),
      fc.record({
        list_join: fc.tuple(fc.constant('-'), fc.array(tie('mention'), { maxLength: 3 })),
      }),
      fc.record({
        map_merge: fc.array(fc.dictionary(fc.constantFrom('a', 'b'), tie('any')), { maxLength: 2 }),
      }),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any'), { minKeys: 2, maxKeys: 3 }),
    ),
  })).any;
const anybody = snippetOf(RESOURCES);

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const template = fc.record({
  heat_template_version: fc.constant('wallaby'),
  parameters: fc.constant({
    p0: { type: 'boolean', default: true },
    p1: { type: 'boolean', default: false },
  }),
  // Each condition may rest on those before it, so that none is defined by itself.
  conditions: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()).map(([a, b, c]) => ({
    c0: a ? { get_param: 'p0' } : { get_param: 'p1' },
    c1: b ? { not: 'c0' } : { or: ['c0', { get_param: 'p1' }] },
    c2: c ? { and: ['c0', 'c1'] } : true,
  })),
  resources: fc
    .tuple(
      ...RESOURCES.map((_, index) => {
        // Mostly resources before it, else nearly every template would go round in circles.
        const earlier = snippetOf(RESOURCES.slice(0, index));
        const snippet = fc.oneof(
          { arbitrary: earlier, weight: 12 },
          { arbitrary: anybody, weight: 1 },
        );
        return fc.record(
          {
            type: fc.constant('T'),
            condition: optional(condition),
            depends_on:
              index === 0 ? fc.constant([]) : optional(fc.subarray(RESOURCES.slice(0, index))),
            properties: fc.record({ x: snippet, y: snippet }),
          },
          { requiredKeys: ['type', 'properties'] },
        );
      }),
    )
    .map((list) => Object.fromEntries(list.map((one, index) => [RESOURCES[index]!, one]))),
  outputs: fc.record({ out: fc.record({ value: anybody }) }),
});

const read = (text: string, parameters: Record<string, Value>): [Template, Evaluation] => {
  const parsed = parseTemplate(text);
  const pseudo = { 'OS::stack_name': 'mine' };
  const { values } = parameterValues(parsed.parameters, { parameters }, pseudo);
  return [parsed, new Evaluation(parsed, values)];
};
const textOf = (drawn: object): string => JSON.stringify(drawn);
const given = fc.record({ p0: fc.boolean(), p1: fc.boolean() });

/** Lookups that remember whom they were asked about. */
function recorder(known: boolean) {
  const asked = new Set<string>();
  return {
    asked,
    reference: (name: string): Value | undefined => {
      asked.add(name);
      return known ? `ref-${name}` : undefined;
    },
    attribute: (name: string): Value | undefined => {
      asked.add(name);
      return known ? [name] : undefined;
    },
    file: () => undefined,
    facade: () => undefined,
    zones: () => [],
  };
}

/** What an evaluation gives, as text; an error is an answer too. */
function story(text: string, parameters: Record<string, Value>, known: boolean): string {
  try {
    const [, evaluation] = read(text, parameters);
    const graph = evaluation.dependencies();
    return jsonOf([
      [...graph].map(([name, needs]): Value => [name, [...needs]]),
      [...evaluation.resources.keys()].map((name) => {
        const { properties, pending } = evaluation.resource(name, recorder(known));
        return [name, properties, pending];
      }),
      evaluation.output('out', recorder(known)).value,
    ]);
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}

test('resolve is deterministic, and leaves the template as it was', () => {
  fc.assert(
    fc.property(template, given, fc.boolean(), (drawn, parameters, known) => {
      const text = textOf(drawn);
      assert.equal(story(text, parameters, known), story(text, parameters, known));
      const [parsed, evaluation] = read(text, parameters);
      const before = jsonOf(parsed.document.value);
      try {
        for (const name of evaluation.resources.keys()) evaluation.resource(name, recorder(known));
      } catch (error) {
        assert.ok(error instanceof TemplateError);
      }
      assert.equal(jsonOf(parsed.document.value), before);
    }),
    { numRuns: 100 },
  );
});

test('conditions never leave dangling references: all that is asked for exists and was waited for', () => {
  let accepted = 0;
  fc.assert(
    fc.property(template, given, (drawn, parameters) => {
      const [parsed, evaluation] = read(textOf(drawn), parameters);
      let graph: Map<string, Set<string>>;
      try {
        graph = evaluation.validate();
      } catch (error) {
        assert.ok(error instanceof TemplateError);
        return;
      }
      accepted++;
      for (const [name, needs] of graph) {
        for (const need of needs) assert.ok(evaluation.resources.has(need), `${name} → ${need}`);
        const lookups = recorder(true);
        try {
          evaluation.resource(name, lookups);
        } catch (error) {
          // A function may dislike a value that is known only now; a missing name is no such thing.
          assert.ok(error instanceof TemplateError);
          assert.doesNotMatch(error.message, /there is no|left out/);
        }
        for (const asked of lookups.asked)
          assert.ok(needs.has(asked), `${name} asked for ${asked}`);
      }
      const lookups = recorder(true);
      try {
        evaluation.output('out', lookups);
      } catch (error) {
        assert.ok(error instanceof TemplateError);
        assert.doesNotMatch(error.message, /there is no|left out/);
      }
      for (const asked of lookups.asked) assert.ok(evaluation.resources.has(asked));
      assert.equal(waves(graph).flat().length, graph.size);
      assert.ok(parsed.resources.size >= graph.size);
    }),
    { numRuns: 300 },
  );
  assert.ok(accepted > 30, `only ${accepted} templates were accepted: the test would prove little`);
});

test('a circle is found exactly when not everything can be put in order', () => {
  const nodes = ['a', 'b', 'c', 'd', 'e', 'f'];
  const graph = fc
    .tuple(...nodes.map(() => fc.uniqueArray(fc.constantFrom(...nodes), { maxLength: 2 })))
    .map((list) => new Map(list.map((needs, index) => [nodes[index]!, new Set(needs)])));
  fc.assert(
    fc.property(graph, (drawn) => {
      const cycle = cycleIn(drawn);
      const order = waves(drawn);
      assert.equal(cycle === undefined, order.flat().length === drawn.size);
      if (cycle) {
        assert.equal(cycle[0], cycle.at(-1));
        for (const [index, node] of cycle.slice(0, -1).entries()) {
          assert.ok(drawn.get(node)!.has(cycle[index + 1]!));
        }
      }
      const seen = new Set<string>();
      for (const wave of order) {
        for (const node of wave) for (const need of drawn.get(node)!) assert.ok(seen.has(need));
        for (const node of wave) seen.add(node);
      }
    }),
  );
});
