/* Starts each program N times in turn and prints, per program: median wall microseconds, peak KiB, minor page faults.
 * It is a static program of a few kilobytes because the kernel counts the launcher's own peak into the child's. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    const int warm_up = 3;
    int runs = atoi(argv[1]), programs = argc - 2;
    double *wall = malloc(sizeof *wall * runs * programs);
    long *peak = calloc(programs, sizeof *peak), *faults = calloc(programs, sizeof *faults);
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    for (int run = -warm_up; run < runs; run++) {
        for (int i = 0; i < programs; i++) {
            char *child_argv[] = {argv[i + 2], NULL};
            pid_t pid;
            int status;
            struct rusage usage;
            double start = now_us();
            if (posix_spawn(&pid, argv[i + 2], &quiet, NULL, child_argv, environ)) return 1;
            wait4(pid, &status, 0, &usage);
            if (status) {
                fprintf(stderr, "%s ended with status %d\n", argv[i + 2], status);
                return 1;
            }
            if (run < 0) continue;
            wall[i * runs + run] = now_us() - start;
            if (usage.ru_maxrss > peak[i]) peak[i] = usage.ru_maxrss;
            faults[i] = usage.ru_minflt;
        }
    }
    for (int i = 0; i < programs; i++) {
        qsort(wall + i * runs, runs, sizeof *wall, ascending);
        printf("%.1f %ld %ld\n", wall[i * runs + runs / 2], peak[i], faults[i]);
    }
    return 0;
}
