/*
 * Preloaded into Debian's cron, this gives it a simulated clock: sleep() returns at once and moves the clock.
 *
 * Without CLOCK_RUN no job is started, so that two years take seconds. CLOCK_LOG gets the times of each job.
 * With CLOCK_RUN jobs are started, and the clock stands still until they have ended. CLOCK_LOG gets their process IDs.
 *
 * Built without the headers and the start files of libc, so that gcc alone is enough.
 */

#define O_WRONLY 01
#define O_CREAT 0100
#define O_APPEND 02000
#define O_CLOEXEC 02000000
#define P_ALL 0
#define WNOHANG 1
#define WEXITED 4
#define WNOWAIT 0x01000000
#define RTLD_NEXT ((void *)-1L)

struct timespec { long seconds, nanoseconds; };

extern char *getenv(const char *);
extern long strtol(const char *, char **, int);
extern void *dlsym(void *, const char *);
extern int open(const char *, int, ...);
extern int dprintf(int, const char *, ...);
extern int vsnprintf(char *, unsigned long, const char *, __builtin_va_list);
extern int getpid(void);
extern int waitid(int, unsigned, void *, int);
extern int nanosleep(const struct timespec *, struct timespec *);
extern void _exit(int);

/* How a job of a crontab has run: `count` times, every `step` seconds, the last time at `last`. */
struct job {
  const void *entry;
  long first, last, step, count;
};

#define MOST_JOBS 4096
static struct job jobs[MOST_JOBS];
static int known;

static long now, end;
static int log_fd = -1, runs_jobs, cron, started;

__attribute__((constructor)) static void start(void) {
  now = strtol(getenv("CLOCK_START"), 0, 10);
  end = strtol(getenv("CLOCK_END"), 0, 10);
  cron = getpid();
  runs_jobs = getenv("CLOCK_RUN") != 0;
  log_fd = open(getenv("CLOCK_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static void write_runs(const struct job *job) {
  dprintf(log_fd, "run %d %ld %ld %ld\n", (int)(job - jobs), job->first, job->step, job->count);
}

static void record(const void *entry, const char *command) {
  /* Jobs that are due in the same minute are started in the same order. */
  static struct job *next = jobs;
  struct job *job = next;
  for (int i = 0; i < known && job->entry != entry; i++) job = job < jobs + known - 1 ? job + 1 : jobs;
  if (known == 0 || job->entry != entry) {
    job = jobs + known;
    if (known == MOST_JOBS) _exit(98);
    known++;
    dprintf(log_fd, "job %d %s\n", (int)(job - jobs), command);
    *job = (struct job){entry, now, now, 0, 1};
  } else if (job->count == 1 || now - job->last == job->step) {
    job->step = now - job->last;
    job->last = now;
    job->count++;
  } else {
    write_runs(job);
    job->first = job->last = now;
    job->step = 0;
    job->count = 1;
  }
  next = job < jobs + known - 1 ? job + 1 : jobs;
}

long time(long *result) {
  if (result) *result = now;
  return now;
}

unsigned sleep(unsigned seconds) {
  char info[128];
  const struct timespec pause = {0, 2000000};
  while (runs_jobs && waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT) == 0) nanosleep(&pause, 0);
  now += seconds;
  if (now < end) return 0;
  for (struct job *job = jobs; job < jobs + known; job++) write_runs(job);
  _exit(0);
}

int fork(void) {
  const int child = runs_jobs ? ((int (*)(void))dlsym(RTLD_NEXT, "fork"))() : 0x3fffff;
  /* The process that cron starts for a job forks too. */
  started = getpid() == cron ? child : 0;
  return child;
}

/*
 * cron does in job.c: do_command(job->entry, job->user), which forks, and then free(job). So what is freed after a fork
 * is the job, and its entry (cron.h) begins with: next, uid, gid, envp, cmd.
 */
void free(void *memory) {
  /* Libraries call it before start(). */
  static void (*libc_free)(void *);
  if (!libc_free) libc_free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
  if (started > 0 && memory) {
    const char *entry = ((const char **)memory)[1];
    const char *command = *(const char *const *)(entry + 24);
    const int child = started;
    /* What follows may free memory. */
    started = 0;
    if (runs_jobs) dprintf(log_fd, "start %d %s\n", child, command);
    else record(entry, command);
  }
  libc_free(memory);
}

/* cron's log, behind the process's id: which lines it refuses, and how each job that was started has ended. */
void __syslog_chk(int priority, int flag, const char *format, ...) {
  __builtin_va_list arguments;
  char message[2048];
  (void)priority;
  (void)flag;
  __builtin_va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  __builtin_va_end(arguments);
  /* In one write: jobs that run at the same time log here too. */
  dprintf(log_fd, "log %d %s\n", getpid(), message);
}
