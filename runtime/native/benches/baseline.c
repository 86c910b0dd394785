/* What C pays for the same work behind a pointer call: prints `name nanoseconds`, one row a line, net of the loop. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define KEEP(value) __asm__ volatile("" : "+r"(value))
#define KEEP_DOUBLE(value) __asm__ volatile("" : "+x"(value))
#define TURNS 2000000

static __attribute__((noinline)) void nothing(void) { __asm__ volatile(""); }
static __attribute__((noinline)) double add(double left, double right) { return left + right; }
static __attribute__((noinline)) int length(const char *text) { return (int)strlen(text); }

static void (*volatile nothing_pointer)(void) = nothing;
static double (*volatile add_pointer)(double, double) = add;
static int (*volatile length_pointer)(const char *) = length;
static const char *volatile text = "0123456789abcdef";

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Five calls a turn against one: a processor hides a single cheap call behind the loop. */
#define ROW(name, setup, call)                                                    \
    do {                                                                          \
        setup;                                                                    \
        double start = now();                                                     \
        for (int32_t turn = 0; turn < TURNS; turn++) { call; KEEP(turn); }        \
        double one = now() - start;                                               \
        start = now();                                                            \
        for (int32_t turn = 0; turn < TURNS; turn++) { call; call; call; call; call; KEEP(turn); } \
        printf("%s %f\n", name, (now() - start - one) / 4 / TURNS);               \
    } while (0)

int main(void)
{
    double sum = 1;
    int total = 0;
    ROW("nothing", (void)0, nothing_pointer());
    ROW("add", (void)0, sum = add_pointer(sum, 2); KEEP_DOUBLE(sum));
    ROW("length", (void)0, total += length_pointer(text); KEEP(total));
    return 0;
}
