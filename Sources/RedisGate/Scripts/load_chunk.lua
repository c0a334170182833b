-- Writes one piece of a load if the load token stands, and extends the token.
--
-- KEYS: load token, the key to write
-- ARGV: the load token's value, lifetime of the token in ms, when the key expires (ms since 1970),
--       "bits" with an offset in bytes and the bytes, or "fields" with fields and values in turn (1,000 at most)
-- Returns 1, or 0 if another load has begun.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[4] == 'bits' then
    redis.call('SETRANGE', KEYS[2], ARGV[5], ARGV[6])
else
    redis.call('HSET', KEYS[2], unpack(ARGV, 5))
end
redis.call('PEXPIREAT', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
