import type { Extension } from '../drivers/extension.ts';
import { portBindingOperations } from './api.ts';

/** Where ports are bound; their active binding's rows are the port's own. */
export const portBindings: Extension = {
  name: 'port bindings',
  aliases: [
    {
      alias: 'binding-extended',
      name: 'Port Bindings Extended',
      description: 'Bindings of one port to several hosts, for servers that move',
    },
  ],
  operations: portBindingOperations,
};
