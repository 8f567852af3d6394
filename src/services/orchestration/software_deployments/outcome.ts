import { isMap, jsonOf, textOf, type Value, type ValueMap } from '../language/index.ts';

/** Outputs that every deployment may give. */
export const COMMON_OUTPUTS = ['deploy_stdout', 'deploy_stderr', 'deploy_status_code'];

/** What has become of a deployment. */
export interface Outcome {
  readonly status: 'COMPLETE' | 'FAILED';
  readonly reason: string;
  readonly outputs: ValueMap;
  /** For the event of the resource. */
  readonly event: string;
}

const text = (value: Value): string =>
  value !== null && typeof value === 'object' ? jsonOf(value) : textOf(value);

/**
 * What a deployment's signal means: it has failed when the exit code is not zero, or when it gives an output that stands
 * for an error. `declared` are the outputs of its configuration, `former` what it gave before.
 */
export function outcomeOf(
  id: string,
  declared: readonly ValueMap[],
  former: ValueMap,
  signalled: Value,
): Outcome {
  const details = isMap(signalled) ? signalled : {};
  const outputs: Record<string, Value> = { ...former };
  const reasons: string[] = [];
  let event = `deployment ${id} succeeded`;
  const code = details['deploy_status_code'] ?? null;
  if (code !== null && code !== '' && text(code) !== '0') {
    reasons.push(`deploy_status_code : Deployment exited with non-zero status code: ${text(code)}`);
    event = `deployment ${id} failed (${text(code)})`;
  }
  for (const output of declared) {
    const name = String(output['name']);
    const value = details[name];
    if (value === undefined) continue;
    outputs[name] = value;
    if (output['error_output'] === true) {
      reasons.push(`${name} : ${text(value)}`);
      event = `deployment ${id} failed`;
    }
  }
  for (const name of COMMON_OUTPUTS) outputs[name] = details[name] ?? null;
  const failed = reasons.length > 0;
  return {
    status: failed ? 'FAILED' : 'COMPLETE',
    reason: failed ? reasons.join(', ') : 'Outputs received',
    outputs,
    event,
  };
}
