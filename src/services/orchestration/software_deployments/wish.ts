import { isList, isMap, jsonOf, textOf, type Value, type ValueMap } from '../language/index.ts';
import type { SoftwareConfig } from '../software_configs/model.ts';

/** A script as hosts are asked to run it (`src/host/drivers/driver.ts`). */
export interface ScriptWish {
  readonly run: string;
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly outputs: readonly string[];
}

/** A variable of a process is a text: maps and lists are JSON, booleans as Python writes them, as Heat's agent does it. */
const variable = (value: Value): string =>
  isMap(value) || isList(value) ? jsonOf(value) : textOf(value);

const names = (entries: readonly ValueMap[]): string[] => entries.map((one) => String(one['name']));

/** The scripts of a component that are for this action. */
function scriptsOf(config: Value, action: string): { tool: string; script: string }[] {
  const configs = isMap(config) ? (config['configs'] ?? []) : [];
  return (configs as readonly ValueMap[])
    .filter((one) => ((one['actions'] ?? []) as readonly Value[]).includes(action))
    .map((one) => ({ tool: String(one['tool']), script: String(one['config'] ?? '') }));
}

/** What a host shall run, or a sentence why it cannot. */
export function wishOf(run: string, config: SoftwareConfig, action: string): ScriptWish | string {
  const content = config.config as Value;
  const group = config.group ?? 'Heat::Ungrouped';
  let script = typeof content === 'string' ? content : jsonOf(content);
  if (group === 'component') {
    const scripts = scriptsOf(content, action);
    const other = scripts.find(({ tool }) => tool !== 'script');
    if (other !== undefined) return needsAgent(other.tool);
    if (scripts.length !== 1) {
      return `A component has one script for ${action} here, not ${scripts.length}: put them in one`;
    }
    script = scripts[0]!.script;
  } else if (group !== 'script') return needsAgent(group);
  const environment = config.inputs.flatMap((input) => {
    const name = String(input['name']);
    return /^[^=\0]+$/.test(name) ? [[name, variable(input['value'] ?? '')] as const] : [];
  });
  return {
    run,
    script,
    environment: Object.fromEntries(environment),
    outputs: names(config.outputs),
  };
}

const needsAgent = (tool: string): string =>
  `"${tool}" is carried out by an agent in the server, which images of containers do not have: use the group "script", whose programs are run by the host`;
