-- Those of the cited sites that are redirectors, addresses pasted in the way
-- of Markdown, or placeholders of a chatbot. In one query every record would
-- be matched, not every site.
create table cited_sites as
select null::varchar as site
where false
{%- for site in sites %}
union
select {{ site }} as site from {{ relation }}
{%- endfor %};

create table redirector_sites as
select site
from cited_sites
where
    site[1] in ('[', '<')
    or is_placeholder(site)
    or regexp_full_match(site_host(site), {{ hosts | literal }});

drop table cited_sites;
