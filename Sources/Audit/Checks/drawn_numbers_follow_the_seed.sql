-- A cart with a number of the draw that the draw does not give its buyer. HMAC-SHA256 of "sale:buyer" is computed here
-- from its definition; the seed's 64 digits are one block of the hash, so they are the key as they stand.
select format('buyer %s of sale %s has number %s of %s, and the draw gives %s', c.user_id, c.sale_id, c.queue_number,
    q.ticket_count, d.number)
from queues q
cross join lateral (
    select
        string_agg(set_byte('\x00', 0, get_byte(q.seed::bytea, i) # 54), '' order by i) as inner_key,
        string_agg(set_byte('\x00', 0, get_byte(q.seed::bytea, i) # 92), '' order by i) as outer_key
    from generate_series(0, 63) i
) k
join all_checkouts c on c.sale_id = q.sale_id and c.queue_number <= q.ticket_count
cross join lateral (
    select sha256(k.outer_key || sha256(k.inner_key || (c.sale_id || ':' || c.user_id)::bytea)) as hash
) h
cross join lateral (
    select floor(sum(get_byte(h.hash, i) * 256::numeric ^ (7 - i)) * q.ticket_count / 2::numeric ^ 64) + 1 as number
    from generate_series(0, 7) i
) d
where c.queue_number <> d.number and ($1::int is null or q.sale_id = $1::int)
