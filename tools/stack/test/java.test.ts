import { describe, expect, it } from 'vitest';
import { parseJavaVersion } from '../java.ts';

describe('the version of Java', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', { full: '17.0.15', major: 17 }],
    ['java version "1.8.0_392"', { full: '1.8.0_392', major: 8 }],
    ['openjdk version "21" 2023-09-19', { full: '21', major: 21 }],
    ['openjdk version "25-ea" 2025-09-16', { full: '25-ea', major: 25 }],
    ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "24.0.1" 2025-04-15', { full: '24.0.1', major: 24 }],
  ])('is read from %s', (output, version) => {
    expect(parseJavaVersion(output)).toEqual(version);
  });

  it('is unknown when nothing says it', () => {
    expect(parseJavaVersion('The operation couldn’t be completed.')).toBeUndefined();
  });
});
