-- Those of the cited sites that are redirectors, addresses pasted in the way
-- of Markdown, or placeholders of a chatbot. In one query every record would
-- be matched, not every site.
create table cited_sites as
with addresses as (
    select null::varchar as address
    where false
    {%- for address in addresses %}
    union all
    select {{ address }} as address from {{ relation }}
    {%- endfor %}
)

select distinct address_site(address) as site
from addresses
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
