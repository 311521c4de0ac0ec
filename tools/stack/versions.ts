/** Every version of what is not an npm package, in one place. */
export const versions = {
  kafka: '4.1.0',
  scala: '2.13',
  /** Kafka logs by slf4j 1.7 and brings log4j 2, but its Maven artefact leaves out the bridge between the two. */
  log4j: '2.24.3',
  mariadb: '11.4.5',
  /** Without the patch level: Debian keeps the last one only. Which it was is in the file `packages` of its folder in the cache. */
  mysql: '9.7',
  /** The release whose Chromium the browser tests use: its libraries ask for a C library of 2022 or later. */
  debian: 'bookworm',
  /** Of Debian sid, which keeps the last one only; for tests. */
  prometheus: '3.5',
  mavenDependencyPlugin: '3.6.1',
  /** The oldest Java that runs Kafka 4. */
  java: 17,
} as const;
