-- Writes one piece of a sale that is being loaded, as long as the load token stands, and lets the token stand longer.
--
-- KEYS: load token, the key to write
-- ARGV: "<epoch> <token>", milliseconds the token stands for, when the key expires (Unix ms),
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
