-- wrk: shops as shop.py says, without end, and with GET in place of HEAD, after which wrk waits for a body. The
-- environment has SALE, the sale, BUYER, a prefix of buyers' names, and IDLE, the seconds that a connection rests after
-- each fiftieth request of its thread.
local sale, buyer, idle = os.getenv("SALE"), os.getenv("BUYER"), tonumber(os.getenv("IDLE")) * 1000
local codes, threads = {}, {}
local json = { ["Content-Type"] = "application/json" }
local count, purchases = 0, 0

function setup(thread)
    thread:set("id", #threads)
    table.insert(threads, thread)
end

function request()
    count = count + 1
    local turn = count % 4
    if turn == 1 then return wrk.format("GET", "/sales/active") end
    if turn == 2 then return wrk.format("GET", "/sales/" .. sale .. "/items?limit=3") end
    local code = turn == 0 and table.remove(codes, 1)
    if not code then
        local body = string.format('{"user_id":"%s-%d-%d","id":"ITM-%s-%d"}', buyer, id, count, sale, count % 1000 + 1)
        return wrk.format("POST", "/checkout", json, body)
    end
    purchases = purchases + 1
    if purchases % 2 == 0 then return wrk.format("DELETE", "/checkout?code=" .. code) end
    return wrk.format("POST", "/purchase?code=" .. code)
end

function response(status, headers, body)
    local code = string.match(body, '^{"code":"([^"]+)","items_count":1')
    if code ~= nil then table.insert(codes, code) end
end

function delay() return count % 50 == 0 and idle or 0 end

function done(summary, latency)
    local errors = summary.errors
    local failures = errors.status + errors.timeout + errors.read + errors.write + errors.connect
    print(string.format("%d %d %.3f", summary.requests, failures, latency.max / 1e6))
end
