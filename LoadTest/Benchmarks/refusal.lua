-- wrk: every request is a checkout of a new buyer for an item of a sale that is sold out. The environment has SALE, the
-- sale, and ITEMS, the number of its items.
local sale, items = os.getenv("SALE"), tonumber(os.getenv("ITEMS"))
local buyer, started = 0, os.time()

function request()
    buyer = buyer + 1
    return wrk.format("POST", "/checkout?user_id=late-" .. started .. "-" .. buyer
        .. "&id=ITM-" .. sale .. "-" .. buyer % items + 1)
end

-- Each answer must be a refusal, which wrk counts as an error of status.
function done(summary, latency)
    io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), summary.requests - summary.errors.status + summary.errors.timeout
        + summary.errors.read))
end
