-- What wrk asks: wrk … -s wrk.lua URL -- METHOD PATH BODY KEYS. `%s` in the path and the body is a key, in turn: a line
-- of the file KEYS. The last line of what is printed is JSON.
local keys, at = {}, 0
local method, path, body

function init(arguments)
    method, path, body = arguments[1], arguments[2], arguments[3]
    for line in io.lines(arguments[4]) do keys[#keys + 1] = line end
    wrk.headers["content-type"] = "application/json"
end

local function fill(text)
    local key = keys[at]
    return (text:gsub("%%s", function() return key end))
end

function request()
    at = at % #keys + 1
    if method == "GET" then return wrk.format("GET", fill(path)) end
    return wrk.format(method, fill(path), nil, fill(body))
end

function done(summary, latency)
    local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
    io.write(string.format(
        '\n{"rate":%.3f,"p50":%.4f,"p99":%.4f,"requests":%d,"failed":%d}\n',
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        summary.requests, failed))
end
