import { call, type Plan } from './plan.ts';
import { isObject, isTruth, MOST_ITEMS, textOf, type Settings } from './values.ts';

/** `packages`, and whether what there is gets upgraded. */
export function installPackages(settings: Settings, plan: Plan): void {
  const list = settings['packages'];
  if (list !== undefined && list !== null && !Array.isArray(list))
    plan.notice('packages: it should be a list');
  const lines: string[] = [];
  for (const entry of (Array.isArray(list) ? list : []).slice(0, MOST_ITEMS) as unknown[]) {
    const entries = isObject(entry) ? listOfPackages(entry, plan) : [entry];
    for (const one of entries) {
      const [name, version] = Array.isArray(one) ? one.map(textOf) : [textOf(one), undefined];
      const isWord = (text: string | undefined) =>
        text === undefined || /^[A-Za-z0-9@][^\s\0]*$/.test(text);
      if (name === undefined || !isWord(name) || !isWord(version))
        plan.notice('packages: what is no name of a package is left out');
      else lines.push(`${name}\t${version ?? ''}`);
    }
  }
  const update = isTruth(settings['package_update'] ?? settings['apt_update']);
  const upgrade = isTruth(settings['package_upgrade'] ?? settings['apt_upgrade']);
  if (lines.length === 0 && !update && !upgrade) return;
  plan.packages.push(
    call(
      'install_packages',
      plan.file('packages', lines.map((line) => `${line}\n`).join(''), 0o644),
      upgrade ? 'upgrade' : '',
    ),
  );
}

/** Packages of one manager: `apt: [..]`; those of others than the images' own are told of. */
function listOfPackages(entry: Settings, plan: Plan): unknown[] {
  return Object.entries(entry).flatMap(([manager, list]) => {
    if (manager === 'apt' && Array.isArray(list)) return list as unknown[];
    plan.notice(`packages: those of ${manager.slice(0, 40)} are left out`);
    return [];
  });
}
