/* The job that is measured with: `probe FILE [MS]` writes the clock to FILE as the first thing it does, in nanoseconds of
 * CLOCK_MONOTONIC, then sleeps for MS milliseconds. In C, since a shell's own start would hide part of the wrapper's. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (argc < 2) return 2;
  FILE *file = fopen(argv[1], "w");
  if (file == NULL) return 2;
  fprintf(file, "%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec);
  if (fclose(file) != 0) return 2;
  if (argc > 2) {
    long ms = atol(argv[2]);
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
  }
  return 0;
}
