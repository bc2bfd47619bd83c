import type { Sql } from './connect.ts'

/**
 * The schema as SQL, the same text on every server that has it; for reading, not for running (tables stand in the order of
 * their names). `schema.sql` is this text; a test compares them, so that a migration shows in review what it leads to.
 */
export async function describeSchema(sql: Sql): Promise<string> {
  const rows = await sql<{ text: string }[]>`
    with tables as (
      select c.oid, c.relname as name, c.reloptions
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    ),
    lines as (
      select t.oid, 1 as part, a.attnum as at, '' as item, a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || case when a.attnotnull then ' not null' else '' end
        || case a.attidentity when 'a' then ' generated always as identity' else '' end
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as text
      from tables t
      join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
      union all
      -- Not-null constraints are rows of their own only since Postgres 18; the columns say it already.
      select t.oid, 2, 0, c.conname, 'constraint ' || c.conname || ' ' || pg_get_constraintdef(c.oid)
      from tables t join pg_constraint c on c.conrelid = t.oid and c.contype <> 'n'
    )
    select 'create table ' || t.name || E' (\n'
      || (select string_agg('  ' || text, E',\n' order by part, at, item collate "C") from lines l where l.oid = t.oid)
      || E'\n)' || coalesce(' with (' || array_to_string(t.reloptions, ', ') || ')', '') || E';\n'
      || coalesce((
        select string_agg(pg_get_indexdef(i.oid) || E';\n', '' order by i.relname collate "C")
        from pg_index x join pg_class i on i.oid = x.indexrelid
        where x.indrelid = t.oid
          and not exists (select from pg_constraint c where c.conindid = i.oid and c.contype in ('p', 'u'))
      ), '') as text
    from tables t
    order by t.name collate "C"`
  return rows.map((row) => row.text).join('\n')
}
