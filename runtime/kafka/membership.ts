import type { Consumer } from 'kafkajs';

/** What the coordinator of a group has said of a member. */
export type Membership = {
  /** True while this member owns partitions, by what the coordinator has said within the session timeout. */
  readonly isConfirmed: () => boolean;
  /** It is about to leave, or was given up: not confirmed any more, for good. */
  readonly end: () => void;
};

/**
 * Listens to the answers of the coordinator alone. A member that has lost its group can go on fetching and connecting, so neither says
 * anything (A2). A member without partitions does nothing, so it is not confirmed either.
 * @param sessionTimeout in ms: what the coordinator has said last holds for so long
 * @param onAnswer the coordinator has confirmed that this is a member, with or without partitions
 */
export const watchMembership = (consumer: Consumer, sessionTimeout: number, onAnswer: () => void): Membership => {
  let owns = false;
  let ended = false;
  let last = 0;
  const confirm = () => {
    last = performance.now();
    onAnswer();
  };
  const lose = () => {
    owns = false;
  };
  const { GROUP_JOIN, HEARTBEAT, COMMIT_OFFSETS, REBALANCING, CRASH } = consumer.events;
  consumer.on(GROUP_JOIN, ({ payload }) => {
    owns = Object.values(payload.memberAssignment).some((partitions) => partitions.length > 0);
    confirm();
  });
  consumer.on(HEARTBEAT, confirm);
  consumer.on(COMMIT_OFFSETS, confirm);
  consumer.on(REBALANCING, lose);
  consumer.on(CRASH, lose);
  return {
    isConfirmed: () => !ended && owns && performance.now() - last <= sessionTimeout,
    end: () => {
      ended = true;
    },
  };
};
