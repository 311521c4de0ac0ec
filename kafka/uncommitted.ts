import { createRequire } from 'node:module';

type ListOffsets = {
  protocol: (of: { version: number }) => (request: object) => unknown;
  guarded?: true;
};

const readUncommitted = 0;

/**
 * kafkajs asks for the ends of topics as somebody who reads committed transactions only: behind an open transaction of another application it
 * sees no end, and a group seems to lag by nothing while it stands still. This asks for the true ends.
 */
export const listUncommitted = (): void => {
  const requests = createRequire(import.meta.url)('kafkajs/src/protocol/requests/listOffsets') as ListOffsets;
  if (requests.guarded) return;
  requests.guarded = true;
  const { protocol } = requests;
  requests.protocol = (of) => {
    const make = protocol(of);
    return (request) => make({ ...request, isolationLevel: readUncommitted });
  };
};
