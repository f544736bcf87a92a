-- The distinct sites of the texts that name a host, and the authorities that
-- are read for them: of most sites the site itself.
{% if is_shared %}
create table sites as
select distinct
    unnest([
        {%- for number in numbers %}
        site_{{ number }}{{ "," if not loop.last }}
        {%- endfor %}
    ]) as site
from texts;
{% else %}
{% for number in numbers %}
create table sites_{{ number }} as
select distinct site_{{ number }} as site
from texts;
{% endfor %}

create table sites as
select null::varchar as site
where false
{%- for number in numbers %}
union
select site from sites_{{ number }}
{%- endfor %};
{% endif %}

create table authorities as
select site as authority
from sites
where is_authority(site);

create table spellings as
select
    site,
    site_authority(site) as authority
from sites
where not is_authority(site);

insert into authorities
select distinct authority
from spellings
anti join authorities using (authority);
