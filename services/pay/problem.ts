import { problemDetails } from '@quadrille/process/problem';

/** An error as problem details, which the gateway passes on as it is. */
export const problem = (status: number, detail: string): Response => {
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(status === 503 && { 'retry-after': '1' }),
  };
  return Response.json(problemDetails(status, detail), { status, headers });
};
