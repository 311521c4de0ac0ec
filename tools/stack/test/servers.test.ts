import { StackError } from '@quadrille/process/errors';
import { describe, expect, it } from 'vitest';
import { parseBroker, parseDatabaseKind, parseMysqlUrl } from '../servers.ts';

describe('servers that are there already', () => {
  it('are found by host and port', () => {
    expect(parseBroker(' kafka-1.example:9092')).toEqual({ host: 'kafka-1.example', port: 9092 });
    expect(parseMysqlUrl('mysql://root:secret@db:3307').port).toBe('3307');
  });

  it.each(['localhost', 'localhost:', ':9092', 'localhost:kafka', ''])('are not found by "%s"', (broker) => {
    expect(() => parseBroker(broker)).toThrow(StackError);
  });

  it.each(['db:3306', 'postgres://root:secret@db', 'root:secret@db', ''])(
    'are no MySQL at "%s", and the password stays secret',
    (url) => {
      expect(() => parseMysqlUrl(url)).toThrow(StackError);
      expect(() => parseMysqlUrl(url)).not.toThrow(/secret/);
    },
  );
});

describe('DATABASE_SERVER', () => {
  it('is one of two', () => {
    expect(parseDatabaseKind('mysql')).toBe('mysql');
    expect(() => parseDatabaseKind('postgres')).toThrow(StackError);
  });
});
