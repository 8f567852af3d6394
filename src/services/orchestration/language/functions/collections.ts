import { isList, isMap, kindOf, mapOf, member, same, type Value, type ValueMap } from '../value.ts';
import { MOST_CHARACTERS, MOST_ITEMS, type Call, type TemplateFunction } from './function.ts';

export const mapMerge: TemplateFunction = {
  run(args, call) {
    if (!isList(args)) return call.fail(`${call.name} takes a list of maps, not ${kindOf(args)}`);
    return mapOf(
      args.flatMap((map) => {
        if (map === null) return [];
        return isMap(map)
          ? Object.entries(map)
          : call.fail(`${call.name} merges maps, not ${kindOf(map)}`);
      }),
    );
  },
};

export const mapReplace: TemplateFunction = {
  run(args, call) {
    const form = `${call.name} takes [map, {keys: {old: new}, values: {old: new}}]`;
    const map = (value: Value | undefined): ValueMap =>
      value === null || value === undefined ? {} : isMap(value) ? value : call.fail(form);
    if (!isList(args) || args.length !== 2) return call.fail(form);
    const [input, rules] = [map(args[0]), map(args[1])];
    if (Object.keys(rules).some((key) => key !== 'keys' && key !== 'values'))
      return call.fail(form);
    const [keys, values] = [map(member(rules, 'keys')), map(member(rules, 'values'))];
    const output = new Map<string, Value>();
    for (const [key, value] of Object.entries(input)) {
      const wanted = member(keys, key) ?? key;
      const name = typeof wanted === 'string' ? wanted : String(wanted);
      if ((Object.hasOwn(input, name) && name !== key) || output.has(name)) {
        return call.fail(`${call.name}: the new key "${name}" collides with another key`);
      }
      const scalar = typeof value === 'string' ? member(values, value) : undefined;
      output.set(name, scalar ?? value);
    }
    return mapOf(output);
  },
};

export const listConcat = (unique: boolean): TemplateFunction => ({
  run(args, call) {
    if (!isList(args)) return call.fail(`${call.name} takes a list of lists, not ${kindOf(args)}`);
    const all = args.flatMap((list): readonly Value[] => {
      if (list === null) return [];
      return isList(list) ? list : call.fail(`${call.name} joins lists, not ${kindOf(list)}`);
    });
    return unique ? withoutRepeats(all) : all;
  },
});

/** Items once each, the first of equals; scalars by a set, so that long lists stay quick. */
function withoutRepeats(items: readonly Value[]): Value[] {
  const scalars = new Set<Value>();
  const others: Value[] = [];
  return items.filter((item) => {
    if (typeof item !== 'object' || item === null) {
      const key = typeof item === 'boolean' ? Number(item) : item;
      return !scalars.has(key) && Boolean(scalars.add(key));
    }
    if (others.some((other) => same(other, item))) return false;
    others.push(item);
    return true;
  });
}

export const filter: TemplateFunction = {
  check(raw, call) {
    if (!isList(raw) || raw.length !== 2) call.fail(`${call.name} takes [values, list]`);
  },
  run(args, call) {
    const [values, list] = args as readonly Value[];
    if (list === null || list === undefined || list === '') return list ?? null;
    if (!isList(list)) return call.fail(`${call.name} works on lists, not ${kindOf(list)}`);
    if (values === null || values === undefined || values === '') return list;
    if (!isList(values)) return call.fail(`${call.name} takes a list of values to leave out`);
    return list.filter((item) => !values.some((value) => same(value, item)));
  },
};

export const contains: TemplateFunction = {
  check(raw, call) {
    if (!isList(raw) || raw.length !== 2) call.fail(`${call.name} takes [value, list]`);
  },
  run(args, call) {
    const [value, list] = args as [Value, Value];
    if (typeof list === 'string') {
      return typeof value === 'string'
        ? list.includes(value)
        : call.fail(`a string contains strings only, not ${kindOf(value)}`);
    }
    return isList(list)
      ? list.some((item) => same(item, value))
      : call.fail(`the second argument of ${call.name} must be a list, not ${kindOf(list)}`);
  },
};

function fill(call: Call, value: Value, keys: readonly string[], items: readonly Value[]): Value {
  if (typeof value === 'string') {
    let text: Value = value;
    for (const [index, key] of keys.entries()) {
      const item = items[index]!;
      if (typeof text !== 'string' || !text.includes(key)) continue;
      // A placeholder that is the whole text takes the item as it is; inside a text it must be a string.
      if (typeof item === 'string') text = text.replaceAll(key, () => item);
      else if (text === key) text = item;
      else {
        return call.fail(
          `${call.name}: "${key}" stands inside a text, so its items must be strings, not ${kindOf(item)}`,
        );
      }
      if (typeof text === 'string' && text.length > MOST_CHARACTERS) {
        return call.fail(`${call.name} makes a text longer than ${MOST_CHARACTERS} characters`);
      }
    }
    return text;
  }
  if (isList(value)) return value.map((item) => fill(call, item, keys, items));
  if (!isMap(value)) return value;
  return mapOf(
    Object.entries(value).map(([key, item]) => {
      const name = fill(call, key, keys, items);
      if (typeof name === 'object') return call.fail(`${call.name}: a key must be a string`);
      return [String(name), fill(call, item, keys, items)] as const;
    }),
  );
}

/** Every choice of one item from each list, the last list running fastest. */
function product(lists: readonly (readonly Value[])[]): Value[][] {
  return lists.reduce<Value[][]>(
    (rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])),
    [[]],
  );
}

export const repeat = (allows: { maps: boolean; permutations: boolean }): TemplateFunction => ({
  check(raw, call) {
    if (!isMap(raw) || !Object.hasOwn(raw, 'for_each') || !Object.hasOwn(raw, 'template')) {
      return call.fail(`${call.name} takes a map with "template" and "for_each"`);
    }
    const lists = raw['for_each']!;
    if (!isMap(lists)) call.fail(`"for_each" of ${call.name} must be a map, not ${kindOf(lists)}`);
    const permutations = allows.permutations ? (member(raw, 'permutations') ?? true) : true;
    if (typeof permutations !== 'boolean') {
      call.fail(`"permutations" of ${call.name} must be true or false`);
    }
  },
  run(args, call) {
    const map = args as ValueMap;
    const forEach = map['for_each']!;
    if (!isMap(forEach)) return call.fail(`"for_each" of ${call.name} must be a map`);
    const nested = !allows.permutations || member(map, 'permutations') !== false;
    const keys = Object.keys(forEach);
    const lists = keys.map((key): readonly Value[] => {
      const list = forEach[key]!;
      if (list === null) return [];
      if (isList(list)) return list;
      if (allows.maps && nested && isMap(list)) return Object.keys(list);
      return call.fail(
        `"${key}" in "for_each" of ${call.name} must be a list, not ${kindOf(list)}`,
      );
    });
    const rows = lists.reduce((count, list) => count * list.length, 1);
    if (nested && rows > MOST_ITEMS) {
      return call.fail(`${call.name} would make ${rows} items; at most ${MOST_ITEMS} are allowed`);
    }
    const lengths = new Set(lists.map((list) => list.length));
    if (!nested && lengths.size > 1) {
      return call.fail(`without permutations the lists of ${call.name} must be of the same length`);
    }
    const choices = nested
      ? product(lists)
      : (lists[0] ?? []).map((_, index) => lists.map((list) => list[index]!));
    return choices.map((items) => fill(call, map['template'] ?? null, keys, items));
  },
});

export const fnSelect: TemplateFunction = {
  check(raw, call) {
    if (!isList(raw) || raw.length !== 2) call.fail(`${call.name} takes [index, list or map]`);
  },
  run(args, call) {
    const [index, given] = args as [Value, Value];
    let collection = given;
    if (collection === '' || collection === null) return '';
    if (typeof collection === 'string') {
      try {
        collection = JSON.parse(collection) as Value;
      } catch {
        return call.fail(`${call.name} selects from a list, a map or JSON`);
      }
    }
    if (isMap(collection)) {
      if (typeof index !== 'string') return call.fail(`${call.name} needs a string to select by`);
      return member(collection, index) ?? '';
    }
    if (!isList(collection)) return call.fail(`${call.name} selects from a list or a map`);
    const number = Number(index);
    if (!Number.isInteger(number) || index === '' || index === null) {
      return call.fail(`the index of ${call.name} must be a whole number`);
    }
    return collection.at(number) ?? '';
  },
};

export const fnFindInMap: TemplateFunction = {
  check(raw, call) {
    if (!isList(raw) || raw.length !== 3) call.fail(`${call.name} takes [mapping, key, value]`);
  },
  run(args, call) {
    const [mapping, key, name] = (args as readonly Value[]).map(String);
    const table = call.mapping(mapping!) ?? call.fail(`there is no mapping "${mapping}"`);
    const row = isMap(table) ? member(table, key!) : undefined;
    const value = isMap(row) ? member(row, name!) : undefined;
    return value ?? call.fail(`the mapping "${mapping}" has no "${key}", "${name}"`);
  },
};

export const fnMemberListToMap: TemplateFunction = {
  check(raw, call) {
    if (
      !isList(raw) ||
      raw.length !== 3 ||
      raw.slice(0, 2).some((name) => typeof name !== 'string')
    ) {
      call.fail(`${call.name} takes [key name, value name, [".member.0.Name=key", …]]`);
    }
  },
  run(args, call) {
    const [keyName, valueName, list] = args as readonly Value[];
    if (!isList(list)) return call.fail(`${call.name} needs a list of ".member.0.Name=key"`);
    const members = new Map<string, { key?: string; value?: string }>();
    for (const item of list) {
      if (typeof item !== 'string') return call.fail(`${call.name}: the list's items are strings`);
      const [, index, name, value] = /^\.member\.(\d+)\.([^=]*)=([^]*)$/.exec(item) ?? [];
      if (index === undefined) continue;
      const entry = members.get(index) ?? {};
      if (name === keyName) entry.key = value;
      if (name === valueName) entry.value = value;
      members.set(index, entry);
    }
    return mapOf(
      [...members.values()].flatMap(({ key, value }) =>
        key === undefined || value === undefined ? [] : [[key, value] as const],
      ),
    );
  },
};

export const fnGetAzs: TemplateFunction = { run: (_, call) => call.lookups.zones() };
