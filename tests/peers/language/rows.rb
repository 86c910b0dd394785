# The rows in Ruby: one of them, once.
def fib(n) = n < 2 ? n : fib(n - 1) + fib(n - 2)

def loop_sum(n)
  total = i = 0
  while i < n
    total += i
    i += 1
  end
  total
end

Body = Struct.new(:x, :y, :z, :vx, :vy, :vz, :m)

def nbody(steps)
  bodies = (0...5).map do |i|
    Body.new(i * 1.5 + 0.1, i * -0.7 + 0.2, i * 0.3, 0.01 * i, 0.02 * (4 - i), 0.005 * i, i > 0 ? 0.01 * i : 39.0)
  end
  steps.times do
    i = 0
    while i < 5
      p = bodies[i]
      j = i + 1
      while j < 5
        q = bodies[j]
        dx, dy, dz = p.x - q.x, p.y - q.y, p.z - q.z
        d2 = dx * dx + dy * dy + dz * dz + 0.01
        mag = 0.001 / (d2 * Math.sqrt(d2))
        p.vx -= dx * q.m * mag
        p.vy -= dy * q.m * mag
        p.vz -= dz * q.m * mag
        q.vx += dx * p.m * mag
        q.vy += dy * p.m * mag
        q.vz += dz * p.m * mag
        j += 1
      end
      i += 1
    end
    bodies.each do |b|
      b.x += 0.001 * b.vx
      b.y += 0.001 * b.vy
      b.z += 0.001 * b.vz
    end
  end
  format("%.6f", bodies[0].x + bodies[4].y)
end

def mandelbrot(size, limit)
  total = 0
  size.times do |py|
    size.times do |px|
      cx, cy = -2.0 + 2.5 * px / size, -1.25 + 2.5 * py / size
      x = y = 0.0
      k = 0
      while k < limit && x * x + y * y < 4.0
        t = x * x - y * y + cx
        y = 2 * x * y + cy
        x = t
        k += 1
      end
      total += k
    end
  end
  total
end

def sort(how)
  seed = 42
  numbers = Array.new(1_000_000) do
    seed = seed * 16_807 % 2_147_483_647
    seed / 2_147_483_647.0
  end
  numbers.sort! if how == :natural
  numbers.sort! { |a, b| a <=> b } if how == :compared
  calls = 0
  if how == :counted
    numbers.sort! do |a, b|
      calls += 1
      a <=> b
    end
  end
  format("%.6f", numbers[500_000]) + (calls > 0 ? " 1" : "")
end

def text(count)
  built = +""
  count.times { |i| built << (i % 1000).to_s }
  built.length
end

class Counter
  def initialize = @count = 0
  def add(amount) = @count += amount
  def total = @count
end

def methods_row(turns)
  counter = Counter.new
  sum = i = 0
  while i < turns
    counter.add(i & 3)
    sum += counter.total & 1
    i += 1
  end
  sum
end

puts(case ARGV[0]
     when "fib" then fib(32)
     when "loop" then loop_sum(100_000_000)
     when "nbody" then nbody(1_000_000)
     when "mandelbrot" then mandelbrot(256, 200)
     when "sort_setup" then sort(:not)
     when "sort" then sort(:compared)
     when "sort_counted" then sort(:counted)
     when "sort_natural" then sort(:natural)
     when "text" then text(1_000_000)
     when "methods" then methods_row(10_000_000)
     else ""
     end)
