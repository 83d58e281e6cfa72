/* The job that is measured with: `probe FILE [MS]` writes the clock to FILE as the first thing it does, in nanoseconds of
 * CLOCK_MONOTONIC, then sleeps for MS milliseconds. `probe FOLDER/` writes to a file named by the process's number. In C,
 * since a shell's own start would hide part of the wrapper's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (argc < 2) return 2;
  char path[4096];
  int is_folder = argv[1][strlen(argv[1]) - 1] == '/';
  int length = is_folder ? snprintf(path, sizeof path, "%s%ld", argv[1], (long)getpid())
                         : snprintf(path, sizeof path, "%s", argv[1]);
  if (length >= (int)sizeof path) return 2;
  FILE *file = fopen(path, "w");
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
