const all = ['unit', 'integration', 'e2e'] as const;
export type TestProject = (typeof all)[number];

/** The leading words that name a project choose it; none of them means all. The rest is for vitest. */
export const parseTestArguments = (args: string[]): { projects: TestProject[]; vitestArguments: string[] } => {
  const isProject = (word: string | undefined): word is TestProject => all.some((project) => project === word);
  const projects: TestProject[] = [];
  let rest = args;
  for (let first = rest[0]; isProject(first); first = rest[0]) {
    projects.push(first);
    rest = rest.slice(1);
  }
  return { projects: projects.length > 0 ? projects : [...all], vitestArguments: rest };
};
