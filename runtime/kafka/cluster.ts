import type { Kafka } from 'kafkajs';

/** The id of the cluster that answers: made when its storage was formatted, so no other cluster has it. */
export const readClusterId = async (kafka: Kafka): Promise<string> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return (await admin.describeCluster()).clusterId;
  } finally {
    await admin.disconnect();
  }
};
