/*
 * The ground floor: memory scopes, random numbers, threads, the context's messages, budgets and reports.
 */
#define _POSIX_C_SOURCE 200809L /* barriers, signal masks */
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "base/random.h"
#include "fixture.h"

/* ---- Memory ------------------------------------------------------------------------------------- */

START_TEST(hooks_come_all_or_none) {
    struct cvxnn__memory memory;
    for (int given = 0; given < 8; given++) {
        int32_t status = cvxnn__memory_init(&memory, given & 1 ? fixture_allocate : NULL,
                                            given & 2 ? fixture_reallocate : NULL,
                                            given & 4 ? fixture_release : NULL, NULL);
        ck_assert_int_eq(status, given == 0 || given == 7 ? CVXNN_OK : CVXNN_ERROR_NULL);
    }
}
END_TEST

START_TEST(products_are_checked) {
    static const struct {
        int64_t a, b, product;
        int fits;
    } cases[] = {{0, 0, 0, 1},
                 {3, 4, 12, 1},
                 {0, INT64_MAX, 0, 1},
                 {INT64_MAX, 1, INT64_MAX, 1},
                 {INT64_C(1) << 31, (INT64_C(1) << 32) - 1, ((INT64_C(1) << 32) - 1) << 31, 1},
                 {INT64_C(1) << 31, INT64_C(1) << 32, 0, 0},
                 {INT64_MAX, 2, 0, 0},
                 {INT64_MAX, INT64_MAX, 0, 0},
                 {-1, 5, 0, 0},
                 {5, -1, 0, 0},
                 {INT64_MIN, INT64_MIN, 0, 0}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        int64_t product = -77;
        ck_assert_int_eq(cvxnn__multiply(cases[c].a, cases[c].b, &product), cases[c].fits);
        ck_assert_int_eq(product, cases[c].fits ? cases[c].product : -77);
    }
}
END_TEST

/* A size that does not fit must not reach the allocator as a smaller one. */
START_TEST(sizes_that_overflow_are_refused_before_the_allocator) {
    static const int64_t sizes[][3] = {{INT64_MAX, 1, 1},
                                       {INT64_MAX, 2, 8},
                                       {INT64_C(1) << 31, INT64_C(1) << 31, 8},
                                       {INT64_C(1) << 32, INT64_C(1) << 32, 1},
                                       {-1, 4, 8},
                                       {4, -1, 8},
                                       {-1, -1, 8},
                                       {INT64_MAX - 63, 1, 1}};
    struct fixture f;
    fixture_open(&f, 1);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct cvxnn__scope scope;
        cvxnn__scope_open(&scope, &f.memory);
        ck_assert_ptr_null(cvxnn__take(&scope, sizes[s][0], sizes[s][1], sizes[s][2]));
        ck_assert_int_eq(scope.failed, 1);
        ck_assert_ptr_null(cvxnn__take_zeroed(&scope, sizes[s][0], sizes[s][1], sizes[s][2]));
        ck_assert_ptr_nonnull(cvxnn__doubles(&scope, 1, 1));
        ck_assert_int_eq(scope.failed, 1); /* sticky */
        ck_assert_int_eq(f.blocks, 1);
        cvxnn__scope_close(&scope);
        ck_assert_int_eq(scope.failed, 0);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(blocks_are_aligned_apart_and_counted) {
    struct fixture f;
    struct cvxnn__scope scope;
    unsigned char *block[40];
    fixture_open(&f, 1);
    cvxnn__scope_open(&scope, &f.memory);
    for (int b = 0; b < 40; b++) {
        block[b] = b % 2 ? cvxnn__take_zeroed(&scope, b, 3, 1) : cvxnn__take(&scope, b, 3, 1);
        ck_assert_ptr_nonnull(block[b]);
        ck_assert_uint_eq((uintptr_t)block[b] % 64, 0);
        for (int e = 0; b % 2 && e < 3 * b; e++) ck_assert_uint_eq(block[b][e], 0);
        memset(block[b], b, (size_t)(3 * b));
    }
    ck_assert_int_eq(f.blocks, 40);
    int64_t full = f.memory.bytes;
    ck_assert_int_ge(full, 3 * 39 * 40 / 2);
    for (int b = 0; b < 40; b++)
        for (int e = 0; e < 3 * b; e++) ck_assert_uint_eq(block[b][e], b);
    cvxnn__give_back(&scope, block[0]); /* last of the list, a middle one, the first */
    cvxnn__give_back(&scope, block[20]);
    cvxnn__give_back(&scope, block[39]);
    cvxnn__give_back(&scope, NULL);
    ck_assert_int_eq(f.blocks, 37);
    ck_assert_int_lt(f.memory.bytes, full);
    ck_assert_int_eq(f.memory.peak, full);
    cvxnn__memory_reset_peak(&f.memory);
    ck_assert_int_eq(f.memory.peak, f.memory.bytes);
    cvxnn__scope_close(&scope);
    ck_assert_int_eq(f.memory.bytes, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(adopted_blocks_change_their_owner) {
    for (int into_count = 0; into_count < 3; into_count++)
        for (int from_count = 0; from_count < 3; from_count++) {
            struct fixture f;
            struct cvxnn__scope into, from;
            void *moved = NULL;
            fixture_open(&f, 1);
            cvxnn__scope_open(&into, &f.memory);
            cvxnn__scope_open(&from, &f.memory);
            for (int b = 0; b < into_count; b++) cvxnn__doubles(&into, 3, 1);
            for (int b = 0; b < from_count; b++) moved = cvxnn__doubles(&from, 2, 1);
            cvxnn__scope_adopt(&into, &from);
            cvxnn__scope_close(&from);
            ck_assert_int_eq(f.blocks, into_count + from_count);
            if (moved) cvxnn__give_back(&into, moved);
            ck_assert_int_eq(f.blocks, into_count + from_count - (moved != NULL));
            cvxnn__scope_close(&into);
            fixture_close(&f);
        }
}
END_TEST

START_TEST(a_refused_block_fails_the_scope_alone) {
    struct fixture f;
    struct cvxnn__scope scope;
    fixture_open(&f, 1);
    cvxnn__scope_open(&scope, &f.memory);
    f.fail_at = 2;
    ck_assert_ptr_nonnull(cvxnn__integers(&scope, 5));
    int64_t held = f.memory.bytes;
    ck_assert_ptr_null(cvxnn__integers(&scope, 5));
    ck_assert_int_eq(f.memory.bytes, held);
    ck_assert_int_eq(scope.failed, 1);
    ck_assert_ptr_nonnull(cvxnn__integers(&scope, 5));
    cvxnn__scope_close(&scope);
    fixture_close(&f);
}
END_TEST

/* ---- Random numbers ------------------------------------------------------------------------------- */

static uint32_t high(uint32_t a, uint32_t b) {
    return (uint32_t)((uint64_t)a * b >> 32);
}

/* Philox 4x32-10 as Salmon et al. write it: (L, R) pairs, the key raised between rounds. */
static void philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
        uint32_t n0 = high(0xCD9E8D57u, c2) ^ c1 ^ k0, n2 = high(0xD2511F53u, c0) ^ c3 ^ k1;
        c1 = 0xCD9E8D57u * c2, c3 = 0xD2511F53u * c0, c0 = n0, c2 = n2;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

static double uniform_of(uint32_t low, uint32_t top) {
    return (double)(((uint64_t)top << 32 | low) >> 12) * 0x1p-52 + 0x1p-53;
}

/* The published answers (Random123's kat_vectors), of the test's own Philox and, where a counter of the
 * library's reaches them, of the library. */
START_TEST(philox_known_answers) {
    static const uint32_t vectors[3][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e,
         0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb,
         0x5001e420, 0x24126ea1}};
    uint32_t out[4];
    double pair[2];
    for (int v = 0; v < 3; v++) {
        philox(vectors[v], vectors[v] + 4, out);
        ck_assert_mem_eq(out, vectors[v] + 6, sizeof out);
    }
    cvxnn__uniforms(0, 0, 0, 2, pair);
    ck_assert(pair[0] == uniform_of(0x6627e8d5, 0xe169c58d) && pair[1] == uniform_of(0xbc57ac4c, 0x9b00dbd8));
}
END_TEST

START_TEST(uniforms_are_philox_of_their_counter) {
    static const uint64_t seeds[] = {0, 1, UINT64_MAX, 0x299f31d0a4093822u}, indices[] = {0, 7, 1ull << 40};
    static const uint32_t streams[] = {0, 1, 0xffffffffu};
    double numbers[9];
    for (int s = 0; s < 4; s++)
        for (int t = 0; t < 3; t++)
            for (int i = 0; i < 3; i++) {
                for (int count = 0; count <= 9; count++) {
                    for (int e = 0; e < 9; e++) numbers[e] = -1;
                    cvxnn__uniforms(seeds[s], streams[t], indices[i], count, numbers);
                    for (int e = 0; e < 9; e++) {
                        uint32_t counter[4] = {(uint32_t)e / 2, (uint32_t)indices[i],
                                               (uint32_t)(indices[i] >> 32), streams[t]};
                        uint32_t key[2] = {(uint32_t)seeds[s], (uint32_t)(seeds[s] >> 32)}, out[4];
                        philox(counter, key, out);
                        double expected = uniform_of(out[e % 2 * 2], out[e % 2 * 2 + 1]);
                        ck_assert(numbers[e] == (e < count ? expected : -1));
                        ck_assert(expected > 0 && expected < 1);
                    }
                }
            }
}
END_TEST

/* Box and Muller, pair by pair; and the moments that normals have. */
START_TEST(normals_are_box_and_muller_of_the_uniforms) {
    enum { COUNT = 40000 };
    double *u = malloc(COUNT * sizeof *u), *z = malloc(COUNT * sizeof *z), moment[5] = {0};
    cvxnn__uniforms(3, 16, 2, COUNT, u);
    cvxnn__normals(3, 16, 2, COUNT, z);
    for (int e = 0; e < COUNT; e += 2) {
        double radius = sqrt(-2 * log(u[e])), angle = 2 * acos(-1) * u[e + 1];
        ck_assert(fabs(z[e] - radius * cos(angle)) <= 1e-14 * (1 + radius));
        ck_assert(fabs(z[e + 1] - radius * sin(angle)) <= 1e-14 * (1 + radius));
    }
    for (int e = 0; e < COUNT; e++)
        for (int m = 1; m < 5; m++) moment[m] += pow(z[e], m) / COUNT;
    ck_assert(fabs(moment[1]) < 0.02 && fabs(moment[2] - 1) < 0.03); /* four standard errors */
    ck_assert(fabs(moment[3]) < 0.08 && fabs(moment[4] - 3) < 0.2);
    free(u);
    free(z);
}
END_TEST

/* ---- Threads ---------------------------------------------------------------------------------------- */

enum { TASKS = 1000 };

struct counts {
    atomic_int runs[TASKS];
    double parts[TASKS];
};

static void count_task(void *argument, int64_t task) {
    struct counts *counts = argument;
    atomic_fetch_add(&counts->runs[task], 1);
    counts->parts[task] = 1 / (1 + (double)task);
}

START_TEST(every_task_runs_once_on_any_team) {
    static struct counts counts;
    double sums[5];
    for (int64_t threads = 0; threads <= 4; threads++) {
        struct fixture f;
        fixture_open(&f, threads > 0 ? threads : 1);
        struct cvxnn__team *team = threads == 1 ? cvxnn__team_start(&f.team_scope, 1) : f.context.team;
        ck_assert_int_eq(cvxnn__team_threads(team), threads > 0 ? threads : 1);
        for (int round = 0; round < 200; round++) {
            static const int64_t sizes[] = {0, 1, 2, 3, 7, TASKS};
            int64_t tasks = sizes[round % 6];
            memset(&counts, 0, sizeof counts);
            cvxnn__run(team, tasks, count_task, &counts);
            for (int64_t t = 0; t < TASKS; t++) ck_assert_int_eq(atomic_load(&counts.runs[t]), t < tasks);
        }
        cvxnn__run(team, TASKS, count_task, &counts);
        sums[threads] = 0;
        for (int t = 0; t < TASKS; t++) sums[threads] += counts.parts[t];
        ck_assert(sums[threads] == sums[0]);
        if (threads == 1) cvxnn__team_end(team);
        fixture_close(&f);
    }
    cvxnn__team_end(NULL);
    ck_assert_int_ge(cvxnn__processors(), 1);
}
END_TEST

START_TEST(a_team_without_memory_is_none) {
    struct fixture f;
    for (int k = 1; k <= 2; k++) {
        fixture_open(&f, 1);
        f.fail_at = k;
        ck_assert_ptr_null(cvxnn__team_start(&f.team_scope, 3));
        fixture_close(&f);
    }
    fixture_open(&f, 1); /* more workers than a size can count */
    ck_assert_ptr_null(cvxnn__team_start(&f.team_scope, INT64_MAX));
    fixture_close(&f);
}
END_TEST

/* Two teams side by side: their tasks do not mix. */
START_TEST(teams_are_independent) {
    static struct counts counts[2];
    struct fixture f[2];
    for (int t = 0; t < 2; t++) fixture_open(&f[t], 2 + t);
    for (int round = 0; round < 50; round++)
        for (int t = 0; t < 2; t++) {
            memset(&counts[t], 0, sizeof counts[t]);
            cvxnn__run(f[t].context.team, 100 + t, count_task, &counts[t]);
            for (int k = 0; k < TASKS; k++) ck_assert_int_eq(atomic_load(&counts[t].runs[k]), k < 100 + t);
        }
    for (int t = 0; t < 2; t++) fixture_close(&f[t]);
}
END_TEST

/* What a worker lets through: nothing that a host handles, everything that its own fault raises. */
struct masks_of_two {
    pthread_barrier_t both; /* so that caller and worker have a task each */
    pthread_t caller;
    sigset_t workers;
};

static void note_mask(void *argument, int64_t task) {
    struct masks_of_two *masks = argument;
    (void)task;
    pthread_barrier_wait(&masks->both);
    if (!pthread_equal(pthread_self(), masks->caller)) pthread_sigmask(SIG_SETMASK, NULL, &masks->workers);
}

START_TEST(workers_leave_signals_to_the_host) {
    const int hosts[] = {SIGINT, SIGTERM, SIGALRM, SIGCHLD, SIGUSR1, SIGPIPE}, faults[] = {SIGSEGV, SIGFPE};
    struct masks_of_two masks = {.caller = pthread_self()};
    struct fixture f;
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    fixture_open(&f, 2);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    pthread_barrier_init(&masks.both, NULL, 2);
    cvxnn__run(f.context.team, 2, note_mask, &masks);
    pthread_barrier_destroy(&masks.both);
    for (int s = 1; s < 32; s++) ck_assert_int_eq(sigismember(&before, s), sigismember(&after, s));
    for (int s = 0; s < 6; s++) ck_assert_int_eq(sigismember(&masks.workers, hosts[s]), 1);
    for (int s = 0; s < 2; s++) ck_assert_int_eq(sigismember(&masks.workers, faults[s]), 0);
    fixture_close(&f);
}
END_TEST

/* ---- Context ------------------------------------------------------------------------------------------ */

START_TEST(messages_are_cut_to_fit) {
    struct cvxnn__context context = {0};
    char text[2 * CVXNN__MESSAGE_BYTES];
    ck_assert_int_eq(cvxnn__fail(&context, CVXNN_ERROR_VALUE, "row %d is %s", 7, "empty"), CVXNN_ERROR_VALUE);
    ck_assert_str_eq(context.message, "row 7 is empty");
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    ck_assert_int_eq(cvxnn__fail(&context, CVXNN_ERROR_IO, "%s", text), CVXNN_ERROR_IO);
    ck_assert_uint_eq(strlen(context.message), CVXNN__MESSAGE_BYTES - 1);
    ck_assert_int_eq(cvxnn__fail_memory(&context), CVXNN_ERROR_MEMORY);
    ck_assert_ptr_nonnull(strstr(context.message, "memory"));
}
END_TEST

START_TEST(polls_see_budget_cancellation_and_stop) {
    atomic_int cancel;
    atomic_init(&cancel, 0);
    struct cvxnn__context context = {0};
    ck_assert_int_eq(cvxnn__poll(&context), CVXNN_OK); /* nobody watches */
    ck_assert(cvxnn__seconds_left(&context) == INFINITY);
    struct cvxnn__monitor monitor = {.start = cvxnn__clock(), .cancel = &cancel};
    context.monitor = &monitor;
    ck_assert_int_eq(cvxnn__poll(&context), CVXNN_OK);
    ck_assert(cvxnn__seconds_left(&context) == INFINITY);
    monitor.max_seconds = 1000;
    double left = cvxnn__seconds_left(&context);
    ck_assert(left > 900 && left <= 1000);
    ck_assert_int_eq(cvxnn__poll(&context), CVXNN_OK);
    monitor.start -= 1000;
    ck_assert_int_eq(cvxnn__poll(&context), CVXNN_STOPPED_SECONDS);
    atomic_store(&cancel, 1); /* told to stop is more than out of time */
    ck_assert_int_eq(cvxnn__poll(&context), CVXNN_STOPPED_CANCELLED);
    atomic_store(&cancel, 0);
    monitor.max_seconds = 0;
    monitor.stopped = 1;
    ck_assert_int_eq(cvxnn__poll(&context), CVXNN_STOPPED_CANCELLED);
}
END_TEST

struct heard {
    int events, stop;
    struct cvxnn__progress last;
};

static int32_t hear(const struct cvxnn__progress *progress, void *user) {
    struct heard *heard = user;
    heard->events++;
    heard->last = *progress;
    return heard->stop;
}

START_TEST(reports_reach_the_callback_until_it_asks_to_stop) {
    struct heard heard = {0};
    struct cvxnn__monitor monitor = {.start = cvxnn__clock() - 5, .emit = hear, .user = &heard};
    struct cvxnn__context context = {.monitor = &monitor};
    struct cvxnn__progress progress = cvxnn__progress_of(CVXNN_EVENT_CONVEX);
    ck_assert(progress.iterations == -1 && progress.patterns == -1 && progress.active == -1 &&
              progress.neurons == -1 && isnan(progress.objective) && isnan(progress.lower_bound) &&
              isnan(progress.convex_objective) && isnan(progress.convex_dual) &&
              isnan(progress.relative_gap));
    progress.active = 12;
    ck_assert_int_eq(cvxnn__report(&context, &progress), CVXNN_OK);
    ck_assert_int_eq(heard.last.event, CVXNN_EVENT_CONVEX);
    ck_assert_int_eq(heard.last.active, 12);
    ck_assert(heard.last.seconds >= 5 && heard.last.seconds < 60);
    heard.stop = 9;
    ck_assert_int_eq(cvxnn__report(&context, &progress), CVXNN_STOPPED_CANCELLED);
    heard.stop = 0;
    ck_assert_int_eq(cvxnn__report(&context, &progress), CVXNN_STOPPED_CANCELLED); /* and is left in peace */
    ck_assert_int_eq(heard.events, 2);
    ck_assert_int_eq(cvxnn__poll(&context), CVXNN_STOPPED_CANCELLED);
    context.monitor = NULL;
    ck_assert_int_eq(cvxnn__report(&context, &progress), CVXNN_OK);
    double before = cvxnn__clock();
    ck_assert(cvxnn__clock() >= before);
}
END_TEST

CVXNN_SUITE(base) {
    CVXNN_TEST(hooks_come_all_or_none);
    CVXNN_TEST(products_are_checked);
    CVXNN_TEST(sizes_that_overflow_are_refused_before_the_allocator);
    CVXNN_TEST(blocks_are_aligned_apart_and_counted);
    CVXNN_TEST(adopted_blocks_change_their_owner);
    CVXNN_TEST(a_refused_block_fails_the_scope_alone);
    CVXNN_TEST(philox_known_answers);
    CVXNN_TEST(uniforms_are_philox_of_their_counter);
    CVXNN_TEST(normals_are_box_and_muller_of_the_uniforms);
    CVXNN_TEST(every_task_runs_once_on_any_team);
    CVXNN_TEST(a_team_without_memory_is_none);
    CVXNN_TEST(teams_are_independent);
    CVXNN_TEST(workers_leave_signals_to_the_host);
    CVXNN_TEST(messages_are_cut_to_fit);
    CVXNN_TEST(polls_see_budget_cancellation_and_stop);
    CVXNN_TEST(reports_reach_the_callback_until_it_asks_to_stop);
}
