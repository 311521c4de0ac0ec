import { messageOf } from '../errors.ts';
import { type Begun, end, type Told } from './recorder.ts';

/** An HTTP call to another process. */
type HttpCall = { readonly method: string; readonly origin: string; readonly path: string };

/** Makes an HTTP call in its span, if it has one. */
export const callInSpan = async <Answer extends { readonly status: number }>(
  span: Begun | null,
  call: HttpCall,
  make: () => Promise<Answer>,
): Promise<Answer> => {
  if (span === null) return make();
  try {
    const answer = await make();
    end(span, toldOfCall(call, answer.status));
    return answer;
  } catch (error) {
    end(span, { ...toldOfCall(call), error: messageOf(error) });
    throw error;
  }
};

const toldOfCall = ({ method, origin, path }: HttpCall, status?: number): Told => {
  const { hostname, port } = new URL(origin);
  const failed = status === undefined || status >= 400;
  return {
    name: method,
    kind: 'client',
    attributes: {
      'http.request.method': method,
      'http.response.status_code': status,
      'url.full': `${origin}${withoutQuery(path)}`,
      'server.address': hostname,
      'server.port': Number(port) || undefined,
      'error.type': failed ? String(status ?? 'no answer') : undefined,
    },
    error: status !== undefined && failed ? `the answer was ${status}` : undefined,
  };
};

/** An HTTP call that was answered. @param call.route as the API names it, where that is known */
export const toldOfAnswer = (call: {
  readonly method: string;
  readonly path: string;
  readonly route?: string;
  readonly status: number;
}): Told => {
  const { method, path, route, status } = call;
  const failed = status >= 500;
  return {
    name: route === undefined ? method : `${method} ${route}`,
    kind: 'server',
    attributes: {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
      'url.path': withoutQuery(path),
      'url.scheme': 'http',
      'error.type': failed ? String(status) : undefined,
    },
    error: failed ? `the answer is ${status}` : undefined,
  };
};

/** A query may say who asks, and for what. */
const withoutQuery = (path: string): string => path.split('?', 1)[0] ?? '';
