import { isList, isMap, kindOf, member, type Value } from '../value.ts';
import type { Call, TemplateFunction } from './function.ts';

/** Follows a path through maps and lists; undefined when it leads nowhere. */
export function follow(value: Value, path: readonly Value[]): Value | undefined {
  let here: Value | undefined = value;
  for (const step of path) {
    if (typeof here === 'string' && path.length > 0) {
      // Attributes are sometimes JSON in a string.
      try {
        here = JSON.parse(here) as Value;
      } catch {
        return undefined;
      }
    }
    if (isList(here)) {
      const index: number = typeof step === 'number' ? step : Number(step);
      if (typeof step === 'boolean' || !Number.isInteger(index)) return undefined;
      here = here.at(index);
    } else if (isMap(here)) here = member(here, String(step));
    else return undefined;
  }
  return here;
}

export const getParam: TemplateFunction = {
  run(args, call) {
    const [name, path] = isList(args) ? [args[0], args.slice(1)] : [args, []];
    if (typeof name !== 'string' || name === '') {
      return call.fail(`${call.name} takes a parameter's name, or a list that begins with one`);
    }
    const value = call.parameter(name);
    if (path.length === 0) return value;
    return typeof value === 'string' ? '' : (follow(value, path) ?? '');
  },
};

export const getResource: TemplateFunction = {
  run(args, call) {
    const name = call.needResource(args);
    const reference = call.lookups.reference(name);
    if (reference === undefined) {
      call.pending();
      return null;
    }
    return reference;
  },
};

/** `Ref` is a resource's reference when a resource has that name, else a parameter. */
export const ref: TemplateFunction = {
  run: (args, call) =>
    typeof args === 'string' && call.hasResource(args)
      ? getResource.run(args, call)
      : getParam.run(args, call),
};

function attributeOf(call: Call, resource: Value, attribute: Value, path: readonly Value[]): Value {
  const name = call.needResource(resource);
  if (attribute !== null && typeof attribute !== 'string') {
    return call.fail(`an attribute's name must be a string, not ${kindOf(attribute)}`);
  }
  const value = call.lookups.attribute(name, attribute ?? undefined, path);
  if (value === undefined) {
    call.pending();
    return null;
  }
  return value === null ? null : (follow(value, path) ?? null);
}

/** `get_attr`; `least` is 1 in versions where the attribute may be left out, to get them all. */
export const getAttr = (least: 1 | 2): TemplateFunction => ({
  check(raw, call) {
    if (!isList(raw) || raw.length < least) {
      const form = least === 1 ? '[resource] or ' : '';
      call.fail(`${call.name} takes ${form}[resource, attribute, path…], not ${kindOf(raw)}`);
    }
  },
  run(args, call) {
    const [resource, attribute = null, ...path] = args as readonly Value[];
    return attributeOf(call, resource ?? null, attribute, path);
  },
});

export const fnGetAtt: TemplateFunction = {
  check(raw, call) {
    if (!isList(raw) || raw.length !== 2) call.fail(`${call.name} takes [resource, attribute]`);
  },
  run(args, call) {
    const [resource, attribute] = args as readonly Value[];
    return attributeOf(call, resource ?? null, attribute ?? null, []);
  },
};

export const getFile: TemplateFunction = {
  run(args, call) {
    if (typeof args !== 'string') {
      return call.fail(`get_file takes the name of a file, not ${kindOf(args)}`);
    }
    const content = call.lookups.file(args);
    return (
      content ??
      call.fail(`no content of "${args}" came with the template: send it in the request's "files"`)
    );
  },
};

const PARTS = ['metadata', 'deletion_policy', 'update_policy'] as const;

/** `resource_facade`, with the names that the dialect gives to the parts. */
export const resourceFacade = (names: readonly string[]): TemplateFunction => ({
  check(raw, call) {
    if (!names.includes(String(raw))) {
      call.fail(`${call.name} takes one of ${names.join(', ')}, not "${String(raw)}"`);
    }
  },
  run(args, call) {
    const value = call.lookups.facade(PARTS[names.indexOf(String(args))]!);
    if (value === undefined) {
      call.pending();
      return null;
    }
    return value;
  },
});
export const HOT_PARTS = PARTS;
export const CFN_PARTS = ['Metadata', 'DeletionPolicy', 'UpdatePolicy'] as const;
