// The rows in JavaScript, for Node, bun and QuickJS: one of them, once.
const row = globalThis.scriptArgs ? scriptArgs[scriptArgs.length - 1] : process.argv[2];

const fib = n => n < 2 ? n : fib(n - 1) + fib(n - 2);

function loop(n) {
    let total = 0;
    for (let i = 0; i < n; i++) total = (total + i) | 0;
    return total;
}

function nbody(steps) {
    const bodies = [];
    for (let i = 0; i < 5; i++) {
        bodies.push({
            x: i * 1.5 + 0.1, y: i * -0.7 + 0.2, z: i * 0.3,
            vx: 0.01 * i, vy: 0.02 * (4 - i), vz: 0.005 * i, m: i > 0 ? 0.01 * i : 39.0,
        });
    }
    for (let s = 0; s < steps; s++) {
        for (let i = 0; i < 5; i++) {
            const p = bodies[i];
            for (let j = i + 1; j < 5; j++) {
                const q = bodies[j];
                const dx = p.x - q.x, dy = p.y - q.y, dz = p.z - q.z;
                const d2 = dx * dx + dy * dy + dz * dz + 0.01;
                const mag = 0.001 / (d2 * Math.sqrt(d2));
                p.vx -= dx * q.m * mag; p.vy -= dy * q.m * mag; p.vz -= dz * q.m * mag;
                q.vx += dx * p.m * mag; q.vy += dy * p.m * mag; q.vz += dz * p.m * mag;
            }
        }
        for (let i = 0; i < 5; i++) {
            const p = bodies[i];
            p.x += 0.001 * p.vx; p.y += 0.001 * p.vy; p.z += 0.001 * p.vz;
        }
    }
    return (bodies[0].x + bodies[4].y).toFixed(6);
}

function mandelbrot(size, limit) {
    let total = 0;
    for (let py = 0; py < size; py++) {
        for (let px = 0; px < size; px++) {
            const cx = -2.0 + 2.5 * px / size, cy = -1.25 + 2.5 * py / size;
            let x = 0, y = 0, k = 0;
            while (k < limit && x * x + y * y < 4.0) {
                const t = x * x - y * y + cx;
                y = 2 * x * y + cy;
                x = t;
                k++;
            }
            total += k;
        }
    }
    return total;
}

function values(count) {
    const numbers = [];
    let seed = 42;
    for (let i = 0; i < count; i++) {
        seed = seed * 16807 % 2147483647;
        numbers.push(seed / 2147483647);
    }
    return numbers;
}

function sort(order) {
    const numbers = values(1000000);
    if (order) numbers.sort(order);
    return numbers[500000].toFixed(6);
}

function sortCounted() {
    let calls = 0;
    const middle = sort((a, b) => {
        calls++;
        return a - b;
    });
    return middle + (calls > 0 ? ' 1' : '');
}

function text(count) {
    let built = '';
    for (let i = 0; i < count; i++) built += i % 1000;
    // Whoever appends lazily pays here.
    built.charCodeAt(500000);
    return built.length;
}

class Counter {
    count = 0;
    add(amount) { this.count += amount; }
    total() { return this.count; }
}

function methods(turns) {
    const counter = new Counter();
    let sum = 0;
    for (let i = 0; i < turns; i++) {
        counter.add(i & 3);
        sum += counter.total() & 1;
    }
    return sum;
}

const rows = {
    empty: () => '',
    fib: () => fib(32),
    loop: () => loop(100000000),
    nbody: () => nbody(1000000),
    mandelbrot: () => mandelbrot(256, 200),
    sort_setup: () => sort(null),
    sort: () => sort((a, b) => a - b),
    sort_counted: sortCounted,
    text: () => text(1000000),
    methods: () => methods(10000000),
};
console.log(rows[row]());
