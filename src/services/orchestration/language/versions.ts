/**
 * Which words and functions each version of the template format has. A version is immutable once Heat has
 * published it, so this table only ever grows.
 */

/** `hot`: heat_template_version; `cfn`: AWSTemplateFormatVersion and HeatTemplateFormatVersion. */
export type Dialect = 'hot' | 'cfn';

export interface Version {
  /** As templates write it: `2018-08-31`, `heat_template_version.2018-08-31` is what the API lists. */
  readonly name: string;
  readonly alias: string | undefined;
  readonly dialect: Dialect;
  /** The top-level key that names the version. */
  readonly key: string;
  /** Function as written → its implementation's name in `functions/index.ts`. */
  readonly functions: ReadonlyMap<string, string>;
  /** Functions of older versions that this one refuses. */
  readonly removed: ReadonlySet<string>;
  /** What conditions may use; empty when the version has no conditions. */
  readonly conditionFunctions: ReadonlyMap<string, string>;
  readonly hasConditions: boolean;
  /** `modulo` among the constraints of parameters. */
  readonly hasModulo: boolean;
  /** `tags` of parameters. */
  readonly hasTags: boolean;
  /** `delete`, `retain`, `snapshot` in lower case. */
  readonly hasLowerCasePolicies: boolean;
}

type Changes = Readonly<Record<string, string | null>>;

interface Step {
  readonly name: string;
  readonly alias?: string;
  /** Functions added or changed (name → implementation) and removed (null). */
  readonly functions: Changes;
  readonly conditions?: Readonly<Record<string, string>>;
}

const simple = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, name]));
const removed = (...names: string[]): Record<string, null> =>
  Object.fromEntries(names.map((name) => [name, null]));

const HOT_STEPS: readonly Step[] = [
  {
    name: '2013-05-23',
    functions: {
      ...simple('get_param', 'get_resource', 'get_file', 'resource_facade', 'Ref'),
      ...simple('Fn::Select', 'Fn::Join', 'Fn::Split', 'Fn::Replace', 'Fn::Base64'),
      ...simple('Fn::GetAZs', 'Fn::MemberListToMap', 'Fn::ResourceFacade'),
      get_attr: 'get_attr of one name',
      list_join: 'list_join of one list',
      str_replace: 'str_replace of scalars',
    },
  },
  {
    name: '2014-10-16',
    functions: {
      ...removed('Ref', 'Fn::Join', 'Fn::Split', 'Fn::Replace', 'Fn::Base64', 'Fn::GetAZs'),
      ...removed('Fn::MemberListToMap', 'Fn::ResourceFacade'),
      get_attr: 'get_attr of a path',
    },
  },
  { name: '2015-04-30', functions: { digest: 'digest', repeat: 'repeat over lists' } },
  {
    name: '2015-10-15',
    functions: {
      'Fn::Select': null,
      str_split: 'str_split',
      get_attr: 'get_attr',
      list_join: 'list_join',
      str_replace: 'str_replace',
    },
  },
  { name: '2016-04-08', functions: simple('map_merge') },
  {
    name: '2016-10-14',
    alias: 'newton',
    functions: { ...simple('yaql', 'map_replace', 'if'), repeat: 'repeat over lists and maps' },
    conditions: simple('get_param', 'equals', 'not', 'and', 'or'),
  },
  { name: '2017-02-24', alias: 'ocata', functions: simple('filter', 'str_replace_strict') },
  {
    name: '2017-09-01',
    alias: 'pike',
    functions: {
      ...simple('make_url', 'list_concat', 'list_concat_unique', 'contains', 'repeat'),
      ...simple('str_replace_vstrict'),
    },
    conditions: simple('yaql', 'contains'),
  },
  { name: '2018-03-02', alias: 'queens', functions: {} },
  { name: '2018-08-31', alias: 'rocky', functions: {} },
  { name: '2021-04-16', alias: 'wallaby', functions: { if: 'if with one value' } },
];

function hotVersions(): Version[] {
  const functions = new Map<string, string>();
  const gone = new Set<string>();
  const conditions = new Map<string, string>();
  return HOT_STEPS.map(({ name, alias, functions: changes, conditions: more }) => {
    for (const [key, implementation] of Object.entries(changes)) {
      if (implementation === null) {
        functions.delete(key);
        gone.add(key);
      } else functions.set(key, implementation);
    }
    for (const [key, implementation] of Object.entries(more ?? {})) {
      conditions.set(key, implementation);
    }
    return {
      name,
      alias,
      dialect: 'hot',
      key: 'heat_template_version',
      functions: new Map(functions),
      removed: new Set(gone),
      conditionFunctions: new Map(conditions),
      hasConditions: conditions.size > 0,
      hasModulo: name >= '2017-02-24',
      hasTags: name >= '2018-03-02',
      hasLowerCasePolicies: conditions.size > 0,
    };
  });
}

const CFN_FUNCTIONS: Readonly<Record<string, string>> = {
  ...simple('Ref', 'Fn::FindInMap', 'Fn::GetAZs', 'Fn::GetAtt', 'Fn::Select', 'Fn::Join'),
  ...simple('Fn::Split', 'Fn::Replace', 'Fn::Base64', 'Fn::MemberListToMap'),
  ...simple('Fn::ResourceFacade'),
};

const cfnVersion = (key: string, name: string, hasConditions: boolean): Version => ({
  name,
  alias: undefined,
  dialect: 'cfn',
  key,
  functions: new Map(
    Object.entries(hasConditions ? { ...CFN_FUNCTIONS, 'Fn::If': 'if' } : CFN_FUNCTIONS),
  ),
  removed: new Set(),
  conditionFunctions: new Map(
    hasConditions
      ? Object.entries({
          'Fn::Equals': 'equals',
          'Fn::Not': 'not',
          'Fn::And': 'and',
          'Fn::Or': 'or',
          'Fn::FindInMap': 'Fn::FindInMap',
          Ref: 'get_param',
        })
      : [],
  ),
  hasConditions,
  hasModulo: false,
  hasTags: false,
  hasLowerCasePolicies: false,
});

/** Every version, oldest first, HOT before CFN. */
export const VERSIONS: readonly Version[] = [
  ...hotVersions(),
  cfnVersion('HeatTemplateFormatVersion', '2012-12-12', false),
  cfnVersion('AWSTemplateFormatVersion', '2010-09-09', true),
];

/** The version that a template names under `key`, by date or alias. */
export const versionOf = (key: string, name: string): Version | undefined =>
  VERSIONS.find(
    (version) => version.key === key && (version.name === name || version.alias === name),
  );

/** The versions of HOT in which a function exists, oldest first. */
export const versionsWith = (functionName: string): Version[] =>
  VERSIONS.filter(
    ({ functions, conditionFunctions }) =>
      functions.has(functionName) || conditionFunctions.has(functionName),
  );
