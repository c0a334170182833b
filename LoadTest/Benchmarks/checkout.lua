-- wrk: every request is a checkout of a new buyer for the next item. The environment has SALE, the sale, and FIRST, the
-- number of the first item.
local sale, item = os.getenv("SALE"), tonumber(os.getenv("FIRST"))

function request()
    local path = "/checkout?user_id=bench-" .. item .. "&id=ITM-" .. sale .. "-" .. item
    item = item + 1
    return wrk.format("POST", path)
end

function done(summary, latency)
    io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), summary.errors.status + summary.errors.timeout + summary.errors.read))
end
