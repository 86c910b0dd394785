-- The rows in Lua: one of them, once.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end

local function loop(n)
  local total = 0
  for i = 0, n - 1 do total = total + i end
  return total
end

local function nbody(steps)
  local bodies = {}
  for i = 0, 4 do
    bodies[i + 1] = { x = i * 1.5 + 0.1, y = i * -0.7 + 0.2, z = i * 0.3, vx = 0.01 * i, vy = 0.02 * (4 - i),
      vz = 0.005 * i, m = i > 0 and 0.01 * i or 39.0 }
  end
  local sqrt = math.sqrt
  for _ = 1, steps do
    for i = 1, 5 do
      local p = bodies[i]
      for j = i + 1, 5 do
        local q = bodies[j]
        local dx, dy, dz = p.x - q.x, p.y - q.y, p.z - q.z
        local d2 = dx * dx + dy * dy + dz * dz + 0.01
        local mag = 0.001 / (d2 * sqrt(d2))
        p.vx = p.vx - dx * q.m * mag
        p.vy = p.vy - dy * q.m * mag
        p.vz = p.vz - dz * q.m * mag
        q.vx = q.vx + dx * p.m * mag
        q.vy = q.vy + dy * p.m * mag
        q.vz = q.vz + dz * p.m * mag
      end
    end
    for i = 1, 5 do
      local p = bodies[i]
      p.x = p.x + 0.001 * p.vx
      p.y = p.y + 0.001 * p.vy
      p.z = p.z + 0.001 * p.vz
    end
  end
  return string.format("%.6f", bodies[1].x + bodies[5].y)
end

local function mandelbrot(size, limit)
  local total = 0
  for py = 0, size - 1 do
    for px = 0, size - 1 do
      local cx, cy, x, y, k = -2.0 + 2.5 * px / size, -1.25 + 2.5 * py / size, 0.0, 0.0, 0
      while k < limit and x * x + y * y < 4.0 do
        local t = x * x - y * y + cx
        y = 2 * x * y + cy
        x = t
        k = k + 1
      end
      total = total + k
    end
  end
  return total
end

local function sort(how)
  local numbers, seed = {}, 42
  for i = 1, 1000000 do
    seed = seed * 16807 % 2147483647
    numbers[i] = seed / 2147483647
  end
  if how == "natural" then table.sort(numbers) end
  if how == "compared" then table.sort(numbers, function(a, b) return a < b end) end
  local calls = 0
  if how == "counted" then
    table.sort(numbers, function(a, b)
      calls = calls + 1
      return a < b
    end)
  end
  return string.format("%.6f", numbers[500001]) .. (calls > 0 and " 1" or "")
end

-- The way Lua builds strings; appending to one would be quadratic.
local function text(count)
  local parts = {}
  for i = 0, count - 1 do parts[i + 1] = i % 1000 end
  return #table.concat(parts)
end

local Counter = {}
Counter.__index = Counter
function Counter.new() return setmetatable({ count = 0 }, Counter) end
function Counter:add(amount) self.count = self.count + amount end
function Counter:total() return self.count end

local function methods(turns)
  local counter, sum = Counter.new(), 0
  for i = 0, turns - 1 do
    counter:add(i % 4)
    sum = sum + counter:total() % 2
  end
  return sum
end

local rows = {
  empty = function() return "" end,
  fib = function() return fib(32) end,
  loop = function() return loop(100000000) end,
  nbody = function() return nbody(1000000) end,
  mandelbrot = function() return mandelbrot(256, 200) end,
  sort_setup = function() return sort("not") end,
  sort = function() return sort("compared") end,
  sort_counted = function() return sort("counted") end,
  sort_natural = function() return sort("natural") end,
  text = function() return text(1000000) end,
  methods = function() return methods(10000000) end,
}
print(rows[arg[1]]())
