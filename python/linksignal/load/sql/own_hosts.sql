-- The hosts in the texts of one number, apart only where that saves much.
{% if is_apart %}
create table hosts_{{ number }} as
select *
from hosts
semi join sites_{{ number }} using (site);
{% else %}
create view hosts_{{ number }} as
select * from hosts;
{% endif %}
{% if not is_shared %}

drop table sites_{{ number }};
{% endif %}
