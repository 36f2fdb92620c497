/*
 * The summary of a run in a few lines. See summary.h. Bound and ratio are rounded to the safe side, so that
 * what is printed is proved as well.
 */
#include "summary.h"

#include <math.h>
#include <stdio.h>

#include "limit.h"
#include "proved.h"

/* A result of the solver, NAN where the method has none. */
static double result(const cvxnn_solver *solver, int32_t key) {
    double real;
    int64_t integer;
    if (!cvxnn_solver_info_double(solver, key, &real)) return real;
    return cvxnn_solver_info_int(solver, key, &integer) ? NAN : (double)integer;
}

static void print_network(const cvxnn_problem *problem, const cvxnn_solver *solver,
                          const struct run_facts *facts) {
    int64_t method = 0, standardize = 0;
    double beta_max = result(solver, CVXNN_INFO_BETA_MAX), beta = run_beta(problem, solver);
    double objective = result(solver, CVXNN_INFO_OBJECTIVE);
    long long neurons = facts->neurons;
    cvxnn_solver_get_int(solver, CVXNN_OPTION_METHOD, &method);
    cvxnn_problem_get_int(problem, CVXNN_OPTION_STANDARDIZE, &standardize);
    printf("data        %lld rows, %lld features%s%s\n", (long long)facts->n, (long long)facts->d,
           facts->named ? "" : ", no header", standardize ? ", standardized" : "");
    if (!isnan(beta)) printf("beta        %.8g", beta);
    if (!isnan(beta) && beta_max > 0) printf(" = %.4g beta_max", beta / beta_max);
    if (!isnan(beta)) putchar('\n');
    printf("network     %s: ", cvxnn_choice_name(CVXNN_OPTION_METHOD, method));
    if (!isnan(objective)) printf("objective %s, ", proved_up(objective).text);
    printf("%lld neuron%s\n", neurons, neurons == 1 ? "" : "s");
}

static void print_convex(const cvxnn_solver *solver) {
    if (isnan(result(solver, CVXNN_INFO_RELATIVE_GAP))) return;
    printf("convex      %.8g, relative gap %.2g, %.0f of %.0f patterns active\n",
           result(solver, CVXNN_INFO_CONVEX_OBJECTIVE), result(solver, CVXNN_INFO_RELATIVE_GAP),
           result(solver, CVXNN_INFO_ACTIVE), result(solver, CVXNN_INFO_PATTERNS));
}

/* How a run ended: the solve, else the proof. */
static int32_t end_of(const cvxnn_solver *solver, const struct run_facts *facts) {
    int64_t status = CVXNN_OK;
    cvxnn_solver_info_int(solver, CVXNN_INFO_STATUS, &status);
    return status == CVXNN_OK && facts->certificate ? facts->proof : (int32_t)status;
}

static void print_bound(const cvxnn_solver *solver, const struct run_facts *facts) {
    double bound = run_real(solver, facts, CVXNN_INFO_LOWER_BOUND),
           objective = run_real(solver, facts, CVXNN_INFO_OBJECTIVE),
           ratio = run_real(solver, facts, CVXNN_INFO_CERTIFIED_RATIO);
    if (isnan(bound)) return;
    if (proves_nothing(objective, bound)) {
        printf("proved      nothing: ");
        print_no_bound(end_of(solver, facts));
        putchar('\n');
        return;
    }
    printf("proved      no two-layer ReLU network has an objective below %s\n", proved_down(bound).text);
    if (!isnan(ratio)) {
        printf("certified   ");
        print_within(ratio);
        putchar('\n');
    }
}

static void print_limit(const cvxnn_solver *solver, const struct run_facts *facts) {
    if (isnan(run_real(solver, facts, CVXNN_INFO_LOWER_BOUND))) return;
    const struct limit limit = facts->certificate ? limit_of_proof(facts->certificate)
                                                  : limit_of_solve(solver);
    limit_print(&limit, "limit       ", "next        ");
}

static void print_errors(const struct run_facts *facts) {
    printf("error       training error %.6g", facts->train_error);
    if (facts->holdout_rows)
        printf(", %.6g on %lld row%s held out", facts->holdout_error, (long long)facts->holdout_rows,
               facts->holdout_rows == 1 ? "" : "s");
    puts(" (mean squared)");
}

static void print_proof_time(const cvxnn_certificate *certificate) {
    double seconds;
    if (certificate && !cvxnn_certificate_info_double(certificate, CVXNN_INFO_SECONDS, &seconds))
        printf("proof       %.3g s\n", seconds);
}

/* Where it is, and what it is not: a proof that was stopped early may prove no more than that 0 is a bound.
 */
static void print_certificate(const cvxnn_certificate *certificate, const char *path) {
    double bound = 0;
    if (!certificate) {
        puts("certificate none: the solve ended before beta was known");
        return;
    }
    cvxnn_certificate_info_double(certificate, CVXNN_INFO_LOWER_BOUND, &bound);
    printf("certificate %s%s\n", path, bound > 0 ? "" : " (it proves no bound above 0)");
}

void summary_print(const cvxnn_problem *problem, const cvxnn_solver *solver, const struct run_facts *facts,
                   const char *model, const char *certificate, const char *report) {
    int64_t status = CVXNN_OK;
    double threads = result(solver, CVXNN_INFO_THREADS);
    cvxnn_solver_info_int(solver, CVXNN_INFO_STATUS, &status);
    print_network(problem, solver, facts);
    print_convex(solver);
    print_bound(solver, facts);
    print_limit(solver, facts);
    print_errors(facts);
    printf("time        %.3g s, %.0f thread%s\n", run_real(solver, facts, CVXNN_INFO_SECONDS), threads,
           threads == 1 ? "" : "s");
    print_proof_time(facts->certificate);
    if (model) printf("saved       %s\n", model);
    if (certificate) print_certificate(facts->certificate, certificate);
    if (report) printf("report      %s\n", report);
    if (status != CVXNN_OK)
        printf("stopped     %s\n", cvxnn_status_string((int32_t)status));
    else if (facts->certificate && facts->proof != CVXNN_OK)
        printf("stopped     the proof: %s\n", cvxnn_status_string(facts->proof));
}
