/* The rows in C: `rows NAME` does one of them once. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The compiler may not see through this. */
#define KEEP(value) __asm__ volatile("" : "+r"(value))

static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

/* Calls as they are written: gcc inlines the recursion several levels deep otherwise. */
static __attribute__((noinline, noclone, optimize("no-inline", "no-optimize-sibling-calls"))) int fib_calls(int n)
{
    return n < 2 ? n : fib_calls(n - 1) + fib_calls(n - 2);
}

static int32_t loop(int32_t n)
{
    uint32_t total = 0;
    for (int32_t i = 0; i < n; i++) {
        total += (uint32_t)i;
        KEEP(total);
    }
    return (int32_t)total;
}

struct body { double x, y, z, vx, vy, vz, m; };

static double nbody(int steps)
{
    struct body bodies[5];
    for (int i = 0; i < 5; i++) {
        bodies[i] = (struct body){ i * 1.5 + 0.1, i * -0.7 + 0.2, i * 0.3, 0.01 * i, 0.02 * (4 - i), 0.005 * i,
                                   i > 0 ? 0.01 * i : 39.0 };
    }
    for (int s = 0; s < steps; s++) {
        for (int i = 0; i < 5; i++) {
            struct body *p = &bodies[i];
            for (int j = i + 1; j < 5; j++) {
                struct body *q = &bodies[j];
                double dx = p->x - q->x, dy = p->y - q->y, dz = p->z - q->z;
                double d2 = dx * dx + dy * dy + dz * dz + 0.01;
                double mag = 0.001 / (d2 * sqrt(d2));
                p->vx -= dx * q->m * mag;
                p->vy -= dy * q->m * mag;
                p->vz -= dz * q->m * mag;
                q->vx += dx * p->m * mag;
                q->vy += dy * p->m * mag;
                q->vz += dz * p->m * mag;
            }
        }
        for (int i = 0; i < 5; i++) {
            bodies[i].x += 0.001 * bodies[i].vx;
            bodies[i].y += 0.001 * bodies[i].vy;
            bodies[i].z += 0.001 * bodies[i].vz;
        }
    }
    return bodies[0].x + bodies[4].y;
}

static int mandelbrot(int size, int limit)
{
    int total = 0;
    for (int py = 0; py < size; py++) {
        for (int px = 0; px < size; px++) {
            double cx = -2.0 + 2.5 * px / size, cy = -1.25 + 2.5 * py / size, x = 0, y = 0;
            int k = 0;
            while (k < limit && x * x + y * y < 4.0) {
                double t = x * x - y * y + cx;
                y = 2 * x * y + cy;
                x = t;
                k++;
            }
            total += k;
        }
    }
    return total;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static double *values(int count)
{
    double *numbers = malloc(sizeof(double) * (size_t)count);
    int64_t seed = 42;
    for (int i = 0; i < count; i++) {
        seed = seed * 16807 % 2147483647;
        numbers[i] = (double)seed / 2147483647.0;
    }
    return numbers;
}

static long comparisons;

static int compare_and_count(const void *a, const void *b)
{
    comparisons++;
    return compare(a, b);
}

static double sort(int count, int (*order)(const void *, const void *))
{
    double *numbers = values(count);
    if (order) {
        qsort(numbers, (size_t)count, sizeof(double), order);
    }
    double middle = numbers[count / 2];
    free(numbers);
    return middle;
}

static size_t text(int count)
{
    size_t capacity = 64, length = 0;
    char *bytes = malloc(capacity);
    for (int i = 0; i < count; i++) {
        char digits[16], *start = digits + sizeof digits;
        int value = i % 1000;
        do {
            *--start = (char)('0' + value % 10);
        } while (value /= 10);
        size_t more = (size_t)(digits + sizeof digits - start);
        if (length + more > capacity) {
            bytes = realloc(bytes, capacity *= 2);
        }
        memcpy(bytes + length, start, more);
        length += more;
    }
    KEEP(bytes);
    free(bytes);
    return length;
}

/* A method call through a pointer, as an object with overridable methods makes it. */
struct counter {
    const struct methods *methods;
    int32_t count;
};
struct methods {
    void (*add)(struct counter *, int32_t);
    int32_t (*total)(const struct counter *);
};
static __attribute__((noinline)) void counter_add(struct counter *this, int32_t amount) { this->count += amount; }
static __attribute__((noinline)) int32_t counter_total(const struct counter *this) { return this->count; }
static const struct methods counter_methods = { counter_add, counter_total };

static int methods(int turns)
{
    struct counter counter = { &counter_methods, 0 };
    struct counter *object = &counter;
    KEEP(object);
    int sum = 0;
    for (int i = 0; i < turns; i++) {
        object->methods->add(object, i & 3);
        sum += object->methods->total(object) & 1;
        KEEP(object);
    }
    return sum;
}

int main(int argc, char **argv)
{
    const char *row = argc > 1 ? argv[1] : "empty";
    if (!strcmp(row, "fib")) printf("%d\n", fib(32));
    if (!strcmp(row, "fib_calls")) printf("%d\n", fib_calls(32));
    if (!strcmp(row, "loop")) printf("%d\n", loop(100000000));
    if (!strcmp(row, "nbody")) printf("%.6f\n", nbody(1000000));
    if (!strcmp(row, "mandelbrot")) printf("%d\n", mandelbrot(256, 200));
    if (!strcmp(row, "sort_setup")) printf("%.6f\n", sort(1000000, NULL));
    if (!strcmp(row, "sort")) printf("%.6f\n", sort(1000000, compare));
    if (!strcmp(row, "sort_counted")) {
        double middle = sort(1000000, compare_and_count);
        printf("%.6f %d\n", middle, comparisons > 0);
    }
    if (!strcmp(row, "text")) printf("%zu\n", text(1000000));
    if (!strcmp(row, "methods")) printf("%d\n", methods(10000000));
    return 0;
}
