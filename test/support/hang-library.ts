/** A library in front of the C library, with which a file system seems to hang. */

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { tempDir } from './temp.ts'

/** Each call that names a path below HANG_DIR never returns; HANG_MOUNTS is the list of mounts. */
const HANG = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
static void hang(const char *path) {
  const char *folder = getenv("HANG_DIR");
  if (path && folder && strncmp(path, folder, strlen(folder)) == 0) for (;;) pause();
}
#define OPEN(name) int name(const char *path, int flags, ...) { \\
  va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); hang(path); \\
  const char *mounts = getenv("HANG_MOUNTS"); \\
  if (mounts && strcmp(path, "/proc/self/mountinfo") == 0) path = mounts; \\
  return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name))(path, flags, mode); }
OPEN(open)
OPEN(open64)
int statx(int at, const char *restrict path, int flags, unsigned mask, struct statx *restrict into) {
  hang(path);
  return ((int (*)(int, const char *, int, unsigned, struct statx *))dlsym(RTLD_NEXT, "statx"))(at, path, flags, mask, into);
}
int lstat(const char *restrict path, struct stat *restrict into) {
  hang(path);
  return ((int (*)(const char *, struct stat *))dlsym(RTLD_NEXT, "lstat"))(path, into);
}
int mkdir(const char *path, mode_t mode) {
  hang(path);
  return ((int (*)(const char *, mode_t))dlsym(RTLD_NEXT, "mkdir"))(path, mode);
}
`

/** The path for LD_PRELOAD; undefined without a C compiler for Linux. */
export function hangLibrary(): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const library = join(tempDir('hang'), 'hang.so')
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, '-x', 'c', '-', '-ldl'], {
      input: HANG,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    return library
  } catch {
    return undefined
  }
}
