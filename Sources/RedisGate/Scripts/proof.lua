-- Tries every command that the other scripts and the client send, so that a Redis that refuses one is noticed at once:
-- its user lacks a right, its memory is full, or it cannot write now. It leaves nothing behind.
--
-- KEYS: a key of its own
-- Returns 1, or the first refused command and the error.

local key = KEYS[1]

for _, words in ipairs({
    {'set', key, '', 'px', 60000}, {'get', key}, {'mget', key}, {'exists', key}, {'type', key},
    {'setrange', key, 0, 'x'}, {'setbit', key, 0, 1}, {'getbit', key, 0}, {'bitpos', key, 1}, {'bitcount', key},
    {'pexpire', key, 60000}, {'pexpireat', key, 1}, {'del', key},
    {'hset', key, 'field', 'x'}, {'hget', key, 'field'}, {'hmget', key, 'field'}, {'hlen', key}, {'hdel', key, 'field'},
    {'rpush', key, 'x'}, {'llen', key}, {'lrange', key, 0, -1}, {'unlink', key},
    {'time'},
}) do
    local reply = redis.pcall(unpack(words))
    if type(reply) == 'table' and reply.err then return {words[1], reply.err} end
end
return 1
