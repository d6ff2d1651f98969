/* cpu FILE COMMAND [ARGUMENT]...: runs a command with standard output into FILE and prints its CPU seconds (user and
   system, all threads), its elapsed seconds and its peak memory in KiB. Exit status 1 where the command fails. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

int main(int argc, char **argv)
{
    struct rusage usage;
    struct timespec begin, end;
    int status, out;
    pid_t child;
    if (argc < 3 || (out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0666)) < 0)
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    child = fork();
    if (child == 0) {
        dup2(out, STDOUT_FILENO);
        execv(argv[2], argv + 2);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return 1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.6f %.6f %ld\n", seconds(usage.ru_utime) + seconds(usage.ru_stime),
           (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec), usage.ru_maxrss);
    return 0;
}
