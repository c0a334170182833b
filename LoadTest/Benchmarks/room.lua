-- wrk: asks of a line: poll (everybody's document), knock (with a ticket that is known) or join (a new buyer each
-- time). The environment has SALE, the sale, and TICKETS, a file whose lines are the tickets of known-1, known-2 and so
-- on.
local path, what = "/sales/" .. os.getenv("SALE") .. "/queue", "poll"
local tickets, count, started = {}, 0, os.time()
for ticket in io.lines(os.getenv("TICKETS")) do tickets[#tickets + 1] = ticket end

function init(arguments) what = arguments[1] end

function request()
    count = count + 1
    if what == "poll" then return wrk.format("GET", path) end
    if what == "join" then return wrk.format("POST", path .. "?user_id=b" .. started .. "-" .. count) end
    local known = count % #tickets + 1
    return wrk.format("POST", path .. "?user_id=known-" .. known, { ["Queue-Ticket"] = tickets[known] })
end

function done(summary)
    io.write(string.format("RESULT %d %d\n", summary.requests, summary.errors.status + summary.errors.timeout
        + summary.errors.read))
end
