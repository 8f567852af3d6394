import type { Cloud } from '../cloud.ts';
import { run } from '../command.ts';

/**
 * Where the machine's iptables drop forwarded packets by policy, as a Docker of the machine's own makes them do,
 * an accept in our own nft table cannot help: the rules here go into the chain made for such additions.
 */
async function forwardChain(): Promise<string | undefined> {
  const { output, code } = await run('iptables', ['-w', '5', '-S'], { accept: [0, 1, 3, 4, 127] });
  return code === 0 ? chooseChain(output) : undefined;
}

/** Reads `iptables -S`: the chain for our rules, undefined when nothing is dropped by policy. */
export function chooseChain(rules: string): string | undefined {
  const lines = rules.split('\n');
  if (!lines.includes('-P FORWARD DROP')) return undefined;
  return lines.includes('-N DOCKER-USER') ? 'DOCKER-USER' : 'FORWARD';
}

const rulesOf = ({ machineInterface, table }: Cloud): string[][] => {
  const comment = ['-m', 'comment', '--comment', table, '-j', 'ACCEPT'];
  return [
    ['-i', machineInterface, ...comment],
    ['-o', machineInterface, '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', ...comment],
  ];
};

/** Lets the cloud's packets through a firewall that drops by policy. Idempotent. */
export async function allowThroughFirewall(cloud: Cloud): Promise<void> {
  const chain = await forwardChain();
  if (chain === undefined) return;
  for (const rule of rulesOf(cloud)) {
    const { code } = await run('iptables', ['-w', '5', '-C', chain, ...rule], { accept: [0, 1] });
    if (code !== 0) await run('iptables', ['-w', '5', '-I', chain, ...rule]);
  }
}

/** Takes those rules out again, wherever they are. */
export async function closeFirewall(cloud: Cloud): Promise<void> {
  const { output, code } = await run('iptables', ['-w', '5', '-S'], { accept: [0, 1, 3, 4, 127] });
  if (code !== 0) return;
  for (const chain of ['DOCKER-USER', 'FORWARD'])
    for (const rule of rulesOf(cloud))
      if (output.includes(cloud.table))
        await run('iptables', ['-w', '5', '-D', chain, ...rule], { accept: [0, 1, 2] });
}
