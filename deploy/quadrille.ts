// quadrille VERB: the running system from the command line, for the system that the environment names (docs/settings.md).
import { addRebuild } from '@quadrille/console/rebuild-verb';
import { runProgram } from '@quadrille/ops/cli/program';

await runProgram([addRebuild]);
