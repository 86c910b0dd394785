"""The rows in Python: one of them, once."""
import functools
import math
import sys


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def loop(n):
    total = 0
    for i in range(n):
        total += i
    return total


class Body:
    __slots__ = ("x", "y", "z", "vx", "vy", "vz", "m")


def nbody(steps):
    bodies = []
    for i in range(5):
        b = Body()
        b.x, b.y, b.z = i * 1.5 + 0.1, i * -0.7 + 0.2, i * 0.3
        b.vx, b.vy, b.vz = 0.01 * i, 0.02 * (4 - i), 0.005 * i
        b.m = 0.01 * i if i > 0 else 39.0
        bodies.append(b)
    sqrt = math.sqrt
    for _ in range(steps):
        for i in range(5):
            p = bodies[i]
            for j in range(i + 1, 5):
                q = bodies[j]
                dx, dy, dz = p.x - q.x, p.y - q.y, p.z - q.z
                d2 = dx * dx + dy * dy + dz * dz + 0.01
                mag = 0.001 / (d2 * sqrt(d2))
                p.vx -= dx * q.m * mag
                p.vy -= dy * q.m * mag
                p.vz -= dz * q.m * mag
                q.vx += dx * p.m * mag
                q.vy += dy * p.m * mag
                q.vz += dz * p.m * mag
        for p in bodies:
            p.x += 0.001 * p.vx
            p.y += 0.001 * p.vy
            p.z += 0.001 * p.vz
    return "%.6f" % (bodies[0].x + bodies[4].y)


def mandelbrot(size, limit):
    total = 0
    for py in range(size):
        for px in range(size):
            cx, cy = -2.0 + 2.5 * px / size, -1.25 + 2.5 * py / size
            x = y = 0.0
            k = 0
            while k < limit and x * x + y * y < 4.0:
                x, y = x * x - y * y + cx, 2 * x * y + cy
                k += 1
            total += k
    return total


def sort(how):
    numbers, seed = [], 42
    for _ in range(1000000):
        seed = seed * 16807 % 2147483647
        numbers.append(seed / 2147483647)
    if how == "natural":
        numbers.sort()
    if how == "compared":
        numbers.sort(key=functools.cmp_to_key(lambda a, b: a - b))
    calls = 0
    if how == "counted":

        def compare(a, b):
            nonlocal calls
            calls += 1
            return a - b

        numbers.sort(key=functools.cmp_to_key(compare))
    return "%.6f" % numbers[500000] + (" 1" if calls else "")


def text(count):
    return len("".join([str(i % 1000) for i in range(count)]))


class Counter:
    def __init__(self):
        self.count = 0

    def add(self, amount):
        self.count += amount

    def total(self):
        return self.count


def methods(turns):
    counter, total = Counter(), 0
    for i in range(turns):
        counter.add(i & 3)
        total += counter.total() & 1
    return total


ROWS = {
    "empty": lambda: "",
    "fib": lambda: fib(32),
    "loop": lambda: loop(100000000),
    "nbody": lambda: nbody(1000000),
    "mandelbrot": lambda: mandelbrot(256, 200),
    "sort_setup": lambda: sort("not"),
    "sort": lambda: sort("compared"),
    "sort_counted": lambda: sort("counted"),
    "sort_natural": lambda: sort("natural"),
    "text": lambda: text(1000000),
    "methods": lambda: methods(10000000),
}
print(ROWS[sys.argv[1]]())
