-- wrk: every request is a checkout of its own buyer for one of the items of a sale that is sold out.
-- SALE is the sale, ITEMS the number of its items; both from the environment.
local sale, items = os.getenv("SALE"), tonumber(os.getenv("ITEMS"))
local buyer, started = 0, os.time()

function request()
    buyer = buyer + 1
    return wrk.format("POST", "/checkout?user_id=late-" .. started .. "-" .. buyer
        .. "&id=ITM-" .. sale .. "-" .. buyer % items + 1)
end

-- Each answer must be a refusal: wrk counts those as errors of status.
function done(summary, latency)
    io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), summary.requests - summary.errors.status + summary.errors.timeout
        + summary.errors.read))
end
