import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import { insert, remove, type Ovenbird, type OvsdbClient } from '../../../ovn/index.ts';

/** Something that a host shall do, or tell, once: a row of Ovenbird's table Task. */
export interface HostTask {
  readonly id: string;
  readonly host: string;
  readonly serverId: string;
  readonly kind: 'console' | 'diagnostics' | 'password' | 'session';
  readonly arguments: Readonly<Record<string, string>>;
  /** Path of the hosts' API where the host answers. */
  readonly replyTo: string;
}

/** Puts a task to its host, waits for the answer, and takes the task away again however that ends. */
export async function whileAsked<Answer>(
  { ovenbird, log }: { readonly ovenbird: OvsdbClient<Ovenbird>; readonly log: Logger },
  task: HostTask,
  answer: Promise<Answer>,
): Promise<Answer> {
  try {
    await ovenbird.transact([
      insert('Task', {
        id: task.id,
        host: task.host,
        server_id: task.serverId,
        kind: task.kind,
        arguments: { ...task.arguments },
        reply_to: task.replyTo,
        created_at: Math.floor(Date.now() / 1000),
      }),
    ]);
    return await answer;
  } finally {
    ovenbird
      .transact([remove('Task', [['id', '==', task.id]])])
      .catch((error: unknown) =>
        log.warn({ reason: messageOf(error) }, 'a task stays until the next tidying'),
      );
  }
}
