#!/usr/bin/env node
// The bin: hands the command line over to the pinned Node, from whatever folder and by whatever Node it is called.
import { fileURLToPath } from 'node:url';

process.argv.splice(2, 0, fileURLToPath(new URL('ops.ts', import.meta.url)));
await import('./bootstrap.mjs');
