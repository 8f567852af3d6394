import * as collections from './collections.ts';
import type { TemplateFunction } from './function.ts';
import * as logic from './logic.ts';
import * as references from './references.ts';
import * as strings from './strings.ts';

export type { Call, Lookups, TemplateFunction } from './function.ts';

/**
 * `yaql` is named in the versions that have it, and refused: its expressions are a language of their own,
 * with its own limits, that we do not have yet.
 */
const yaql: TemplateFunction = {
  check: (_, call) =>
    call.fail(
      'yaql expressions are not supported yet: get_param with a path, filter, map_merge, list_concat, contains and str_split do most of what they are used for',
      'NotSupported',
    ),
  run: (_, call) => call.fail('yaql expressions are not supported yet', 'NotSupported'),
};

/** Implementations by the names that `versions.ts` gives. `if` is no function: see `evaluate.ts`. */
export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  get_param: references.getParam,
  get_resource: references.getResource,
  get_attr: references.getAttr(1),
  'get_attr of a path': references.getAttr(2),
  'get_attr of one name': references.getAttr(2),
  get_file: references.getFile,
  resource_facade: references.resourceFacade(references.HOT_PARTS),
  str_replace: strings.strReplace({ json: true, strict: false, full: false }),
  'str_replace of scalars': strings.strReplace({ json: false, strict: false, full: false }),
  str_replace_strict: strings.strReplace({ json: true, strict: true, full: false }),
  str_replace_vstrict: strings.strReplace({ json: true, strict: true, full: true }),
  list_join: strings.listJoin(true),
  'list_join of one list': strings.listJoin(false),
  str_split: strings.strSplit,
  digest: strings.digest,
  make_url: strings.makeUrl,
  'repeat over lists': collections.repeat({ maps: false, permutations: false }),
  'repeat over lists and maps': collections.repeat({ maps: true, permutations: false }),
  repeat: collections.repeat({ maps: true, permutations: true }),
  map_merge: collections.mapMerge,
  map_replace: collections.mapReplace,
  list_concat: collections.listConcat(false),
  list_concat_unique: collections.listConcat(true),
  filter: collections.filter,
  contains: collections.contains,
  yaql,
  equals: logic.equals,
  not: logic.not,
  and: logic.and,
  or: logic.or,
  Ref: references.ref,
  'Fn::GetAtt': references.fnGetAtt,
  'Fn::FindInMap': collections.fnFindInMap,
  'Fn::GetAZs': collections.fnGetAzs,
  'Fn::Select': collections.fnSelect,
  'Fn::Join': strings.listJoin(false),
  'Fn::Split': strings.fnSplit,
  'Fn::Replace': strings.fnReplace,
  'Fn::Base64': strings.fnBase64,
  'Fn::MemberListToMap': collections.fnMemberListToMap,
  'Fn::ResourceFacade': references.resourceFacade(references.CFN_PARTS),
};
