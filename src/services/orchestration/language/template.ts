import { didYouMean, pathText, TemplateError, type Path } from './errors.ts';
import { functionsOfLaterVersions } from './notices.ts';
import { parseText, type Document, type DocumentLimits } from './document.ts';
import { readParameter, type FailAt, type ParameterSchema } from './parameters.ts';
import {
  isList,
  isMap,
  kindOf,
  mapOf,
  member,
  type Value,
  type ValueMap,
  wordOf,
} from './value.ts';
import { VERSIONS, versionOf, type Version } from './versions.ts';
import { WORDS, type Words } from './words.ts';

/** A resource as its template declares it; the values are not resolved. */
export interface ResourceDefinition {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly properties: Value;
  readonly metadata: Value;
  readonly dependsOn: readonly string[];
  /** Text, or a function that gives text; null when none is set. */
  readonly deletionPolicy: Value;
  readonly updatePolicy: Value;
  readonly externalId: Value;
  readonly condition: Value | undefined;
  readonly path: Path;
}

export interface OutputDefinition {
  readonly name: string;
  readonly description: string;
  readonly value: Value;
  readonly condition: Value | undefined;
  readonly path: Path;
}

/** Parameters that belong together when a person is asked for them. */
export interface ParameterGroup {
  readonly label: string;
  readonly description: string;
  readonly parameters: readonly string[];
}

/** A template whose form is right. Its values, functions and references are looked at by `Evaluation`. */
export interface Template {
  readonly document: Document;
  readonly version: Version;
  readonly words: Words;
  readonly description: string;
  readonly parameters: ReadonlyMap<string, ParameterSchema>;
  readonly parameterGroups: readonly ParameterGroup[];
  readonly conditions: ReadonlyMap<string, Value>;
  readonly mappings: ValueMap;
  readonly resources: ReadonlyMap<string, ResourceDefinition>;
  readonly outputs: ReadonlyMap<string, OutputDefinition>;
  /** What is allowed and yet hardly meant: keys that stand twice, functions of later versions. */
  readonly notices: readonly string[];
  /** Throws a TemplateError that names file, line and path. */
  readonly fail: FailAt;
}

/** Reads a template. `file` is its name in messages. */
export function parseTemplate(
  text: string,
  options: { file?: string; limits?: DocumentLimits } = {},
): Template {
  return readTemplate(parseText(text, options.file ?? 'template', options.limits));
}

/** Reads a template that is parsed already. */
export function readTemplate(document: Document): Template {
  const fail: FailAt = (path, reason, type) => {
    const place = document.placeOf(path);
    throw new TemplateError(reason, { path, place, ...(type === undefined ? {} : { type }) });
  };
  const version = readVersion(document.value, fail);
  const words = WORDS[version.dialect];
  const allowed = Object.values(words.sections).filter(
    (name) => name !== undefined && (version.hasConditions || name !== words.sections.conditions),
  ) as string[];
  for (const key of Object.keys(document.value)) {
    if (!allowed.includes(key) && !isVersionKey(key, version)) {
      fail(
        [key],
        `a template has no section "${key}".${didYouMean(key, allowed)}`,
        'InvalidTemplateSection',
      );
    }
  }
  const { sections } = words;
  const section = (name: string): ValueMap => {
    const value = member(document.value, name);
    // A section that is left empty is as good as none; only conditions insist on a map (Heat's ways).
    if (value === undefined || (name !== sections.conditions && isEmpty(value))) return mapOf([]);
    return isMap(value) ? value : fail([name], `must be a map, not ${kindOf(value)}`);
  };
  const parameters = new Map(
    Object.entries(section(sections.parameters)).map(([name, value]) => [
      name,
      readParameter(name, value, version, [sections.parameters, name], fail),
    ]),
  );
  const description = member(document.value, sections.description) ?? '';
  const resources = Object.entries(section(sections.resources)).map(([name, value]) =>
    readResource(name, value, version, words, fail),
  );
  return {
    document,
    version,
    words,
    description: typeof description === 'string' ? description : String(description),
    parameters,
    parameterGroups: readGroups(document.value, words, parameters, fail),
    conditions: new Map(version.hasConditions ? Object.entries(section(sections.conditions)) : []),
    mappings: version.dialect === 'cfn' ? section(sections.mappings) : mapOf([]),
    resources: new Map(resources.map((resource) => [resource.name, resource])),
    outputs: new Map(
      Object.entries(section(sections.outputs)).map(([name, value]) => [
        name,
        readOutput(name, value, version, words, fail),
      ]),
    ),
    notices: [
      ...document.repeated.map(
        (path) => `${pathText(path)}: the key stands twice; the last one counts`,
      ),
      ...functionsOfLaterVersions(document.value, version),
    ],
    fail,
  };
}

const isEmpty = (value: Value): boolean =>
  !value || (typeof value === 'object' && Object.keys(value).length === 0);

const isVersionKey = (key: string, version: Version): boolean =>
  version.dialect === 'hot'
    ? key === version.key
    : key === 'AWSTemplateFormatVersion' || key === 'HeatTemplateFormatVersion';

function readVersion(top: ValueMap, fail: FailAt): Version {
  const keys = [...new Set(VERSIONS.map(({ key }) => key))];
  const key = keys.find((one) => Object.hasOwn(top, one));
  if (key === undefined) {
    return fail(
      [],
      `names no version: begin with "heat_template_version: ${VERSIONS.findLast(({ dialect }) => dialect === 'hot')!.name}"`,
      'InvalidTemplateVersion',
    );
  }
  const name = top[key]!;
  const version = typeof name === 'string' ? versionOf(key, name) : undefined;
  if (version) return version;
  const names = VERSIONS.filter((one) => one.key === key).flatMap((one) =>
    one.alias === undefined ? [one.name] : [one.name, one.alias],
  );
  return fail(
    [key],
    `there is no version "${wordOf(name).slice(0, 100)}": use one of ${names.join(', ')}.${didYouMean(wordOf(name), names)}`,
    'InvalidTemplateVersion',
  );
}

function readResource(
  name: string,
  value: Value,
  version: Version,
  words: Words,
  fail: FailAt,
): ResourceDefinition {
  const path = [words.sections.resources, name];
  const keys = words.resource;
  if (name === '' || name.includes('/') || name.length > 255) {
    return fail(path, 'a resource\'s name has 1 to 255 characters and no "/"');
  }
  if (!isMap(value)) {
    return fail(path, `a resource is a map with "${keys.type}", not ${kindOf(value)}`);
  }
  const allowed = Object.entries(keys)
    .filter(([word]) => version.hasConditions || (word !== 'condition' && word !== 'externalId'))
    .flatMap(([, key]) => (key === undefined ? [] : [key]));
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key)) {
      return fail([...path, key], `a resource has no "${key}".${didYouMean(key, allowed)}`);
    }
    if (value[key] === null) fail([...path, key], 'is empty: give it a value or leave it out');
  }
  const get = (key: string | undefined): Value =>
    key === undefined ? null : (member(value, key) ?? null);
  const type = get(keys.type);
  if (typeof type !== 'string' || type === '') {
    return fail(type === null ? path : [...path, keys.type], `a resource needs a "${keys.type}"`);
  }
  const map = (key: string): Value => {
    const found = get(key);
    return found === null || isMap(found)
      ? found
      : fail([...path, key], `must be a map, not ${kindOf(found)}`);
  };
  const depends = get(keys.dependsOn);
  const dependsOn = depends === null ? [] : isList(depends) ? depends : [depends];
  if (!dependsOn.every((one) => typeof one === 'string')) {
    return fail([...path, keys.dependsOn], "must be a resource's name or a list of names");
  }
  const text = get(keys.description);
  if (text !== null && typeof text !== 'string') {
    return fail([...path, keys.description], `must be a string, not ${kindOf(text)}`);
  }
  const condition = keys.condition === undefined ? undefined : member(value, keys.condition);
  return {
    name,
    type,
    description: text ?? '',
    properties: map(keys.properties),
    metadata: map(keys.metadata),
    dependsOn: dependsOn as readonly string[],
    deletionPolicy: get(keys.deletionPolicy),
    updatePolicy: map(keys.updatePolicy),
    externalId: get(keys.externalId),
    condition,
    path,
  };
}

function readOutput(
  name: string,
  value: Value,
  version: Version,
  words: Words,
  fail: FailAt,
): OutputDefinition {
  const path = [words.sections.outputs, name];
  const keys = words.output;
  if (!isMap(value)) {
    return fail(path, `an output is a map with "${keys.value}", not ${kindOf(value)}`);
  }
  const allowed = [
    keys.description,
    keys.value,
    ...(version.hasConditions ? [keys.condition] : []),
  ];
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key)) {
      return fail([...path, key], `an output has no "${key}".${didYouMean(key, allowed)}`);
    }
  }
  if (!Object.hasOwn(value, keys.value)) return fail(path, `an output needs a "${keys.value}"`);
  const description = member(value, keys.description) ?? '';
  return {
    name,
    description: typeof description === 'string' ? description : String(description),
    value: value[keys.value]!,
    condition: member(value, keys.condition),
    path,
  };
}

function readGroups(
  top: ValueMap,
  words: Words,
  parameters: ReadonlyMap<string, ParameterSchema>,
  fail: FailAt,
): ParameterGroup[] {
  const section = words.sections.parameterGroups;
  const groups = section === undefined ? null : (member(top, section) ?? null);
  if (isEmpty(groups) || section === undefined) return [];
  if (!isList(groups)) return fail([section], `must be a list, not ${kindOf(groups)}`);
  const grouped = new Set<string>();
  return groups.map((group, index) => {
    const path = [section, index];
    if (!isMap(group))
      return fail(path, `a group is a map with "parameters", not ${kindOf(group)}`);
    const names = member(group, 'parameters');
    if (!isList(names ?? null)) return fail(path, 'a group needs a list of "parameters"');
    for (const [at, name] of (names as readonly Value[]).entries()) {
      const here = [...path, 'parameters', at];
      if (typeof name !== 'string' || !parameters.has(name)) {
        const near = didYouMean(wordOf(name), parameters.keys());
        return fail(here, `there is no parameter "${wordOf(name)}".${near}`);
      }
      if (grouped.has(name)) return fail(here, `"${name}" is in two groups; it may be in one only`);
      grouped.add(name);
    }
    return {
      label: String(member(group, 'label') ?? ''),
      description: String(member(group, 'description') ?? ''),
      parameters: names as readonly string[],
    };
  });
}
