import { request } from 'node:http';
import { connect } from 'node:net';

/** Whether something accepts connections on a unix socket. */
export const socketAnswers = (file: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(file);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** Status code of a GET; undefined when there is no answer within two seconds. */
export const httpStatus = (
  where: { readonly socketPath: string } | { readonly host: string; readonly port: number },
  path: string,
): Promise<number | undefined> =>
  new Promise((resolve) => {
    const call = request({ ...where, path, timeout: 2000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve(undefined));
    call.end();
  });
