import { homeFolder } from '../../core/configuration.ts';
import { diagnose, type Finding, type FindingState } from '../../cloud/doctor/index.ts';
import { flag, type Command } from '../command.ts';
import { print } from '../terminal.ts';

const MARKS: Readonly<Record<FindingState, string>> = {
  ok: '✓',
  info: 'i',
  warning: '!',
  fatal: '✗',
};

/** A finding as one line, its cure below it. */
export const describeFinding = ({ state, title, found, cure }: Finding): string =>
  `${MARKS[state]} ${title}: ${found}${cure === undefined ? '' : `\n    ${cure}`}`;

export const command: Command = {
  summary: 'checks this machine and says how to cure what would stop a cloud',
  options: { json: { type: 'boolean', help: 'print all findings as JSON' } },
  details: 'Exit code 0: a cloud can run here; 1: something is fatal.',
  examples: [
    'npx ovenbird doctor',
    'npx ovenbird doctor --json | jq \'.[] | select(.state != "ok")\'',
  ],
  async run(given) {
    const findings = await diagnose(homeFolder());
    if (flag(given, 'json')) print(JSON.stringify(findings, null, 2));
    else print(findings.map(describeFinding).join('\n'));
    return findings.some(({ state }) => state === 'fatal') ? 1 : 0;
  },
};
