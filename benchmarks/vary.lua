-- Sends a different request each time: the course and the page vary, the size is an argument.
local size, path, token = 10, "", ""
local count = 0

function init(args)
  size, path, token = args[1], args[2], args[3]
end

function request()
  count = count + 1
  local course = "C-" .. (count * 7919 % 1000003)
  local target = path:gsub("{course}", course) .. "?page=" .. (count % 3 + 1) .. "&pageSize=" .. size
  return wrk.format("GET", target, {["Authorization"] = token, ["Accept"] = "application/json"})
end
