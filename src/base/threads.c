/* Threads: a sleeping team that runs numbered tasks. See threads.h. */
#define _GNU_SOURCE /* sched_getaffinity, where there is one */
#include "base/threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

struct cvxnn__team {
    int64_t threads; /* the caller among them */
    pthread_t *workers;
    pthread_mutex_t lock;
    pthread_cond_t begin, finished;
    int64_t round;   /* counts calls of run, so that a worker can tell a new one */
    int64_t working; /* workers that have not finished this round */
    int ending;
    cvxnn__task_fn work;
    void *argument;
    int64_t tasks;
    atomic_llong next;
};

static void take_tasks(struct cvxnn__team *team) {
    for (;;) {
        int64_t task = (int64_t)atomic_fetch_add(&team->next, 1);
        if (task >= team->tasks) return;
        team->work(team->argument, task);
    }
}

static void *worker(void *argument) {
    struct cvxnn__team *team = argument;
    int64_t seen = 0;
    pthread_mutex_lock(&team->lock);
    for (;;) {
        while (team->round == seen && !team->ending) pthread_cond_wait(&team->begin, &team->lock);
        if (team->ending) break;
        seen = team->round;
        pthread_mutex_unlock(&team->lock);
        take_tasks(team);
        pthread_mutex_lock(&team->lock);
        if (--team->working == 0) pthread_cond_signal(&team->finished);
    }
    pthread_mutex_unlock(&team->lock);
    return NULL;
}

/* A host's signal handlers run on the host's own threads: workers let every signal pass to those, but for
 * what a thread's own fault raises. */
static void worker_signals(sigset_t *set) {
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigfillset(set);
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) sigdelset(set, faults[f]);
}

/* Starts as many workers as are wanted and to be had. They inherit the mask of signals. */
static void start_workers(struct cvxnn__team *team, int64_t threads) {
    sigset_t during, before;
    worker_signals(&during);
    if (pthread_sigmask(SIG_SETMASK, &during, &before)) return;
    while (team->threads < threads && !pthread_create(&team->workers[team->threads - 1], NULL, worker, team))
        team->threads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct cvxnn__team *cvxnn__team_start(struct cvxnn__scope *scope, int64_t threads) {
    struct cvxnn__team *team = cvxnn__take_zeroed(scope, 1, 1, (int64_t)sizeof *team);
    pthread_t *workers = cvxnn__take(scope, threads, 1, (int64_t)sizeof *workers);
    if (!team || !workers) return NULL;
    team->workers = workers;
    team->threads = 1;
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->begin, NULL);
    pthread_cond_init(&team->finished, NULL);
    if (threads > 1) start_workers(team, threads);
    return team;
}

void cvxnn__team_end(struct cvxnn__team *team) {
    if (!team) return;
    pthread_mutex_lock(&team->lock);
    team->ending = 1;
    pthread_cond_broadcast(&team->begin);
    pthread_mutex_unlock(&team->lock);
    for (int64_t t = 0; t + 1 < team->threads; t++) pthread_join(team->workers[t], NULL);
    pthread_cond_destroy(&team->finished);
    pthread_cond_destroy(&team->begin);
    pthread_mutex_destroy(&team->lock);
}

int64_t cvxnn__team_threads(const struct cvxnn__team *team) {
    return team ? team->threads : 1;
}

void cvxnn__run(struct cvxnn__team *team, int64_t tasks, cvxnn__task_fn work, void *argument) {
    if (!team || team->threads == 1 || tasks <= 1) {
        for (int64_t t = 0; t < tasks; t++) work(argument, t);
        return;
    }
    pthread_mutex_lock(&team->lock);
    team->work = work;
    team->argument = argument;
    team->tasks = tasks;
    atomic_store(&team->next, 0);
    team->working = team->threads - 1;
    team->round++;
    pthread_cond_broadcast(&team->begin);
    pthread_mutex_unlock(&team->lock);
    take_tasks(team);
    pthread_mutex_lock(&team->lock);
    while (team->working > 0) pthread_cond_wait(&team->finished, &team->lock);
    pthread_mutex_unlock(&team->lock);
}

int64_t cvxnn__processors(void) {
#ifdef __linux__
    cpu_set_t set;
    if (!sched_getaffinity(0, sizeof set, &set) && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
#endif
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? count : 1;
}
