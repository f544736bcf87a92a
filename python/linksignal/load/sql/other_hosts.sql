-- Hosts that Python has read, one list of values for each column.
insert into hosts
select
    unnest($1::varchar[]) as site,
    unnest($2::varchar[]) as host,
    unnest($3::varchar[]) as domain,
    unnest($4::varchar[]) as reason,
    unnest($5::boolean[]) as is_lookalike;
