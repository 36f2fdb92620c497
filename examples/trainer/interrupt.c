/* SIGINT. See interrupt.h. */
#define _POSIX_C_SOURCE 200809L
#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

/* What a signal handler may touch: lock-free atomics. */
static atomic_int caught;
static _Atomic(cvxnn_solver *) running;
static _Atomic(cvxnn_path *) walking;
static _Atomic(cvxnn_certificate *) proving;

static void on_interrupt(int number) {
    (void)number;
    atomic_store(&caught, 1);
    cvxnn_solver *solver = atomic_load(&running);
    cvxnn_path *path = atomic_load(&walking);
    cvxnn_certificate *certificate = atomic_load(&proving);
    if (solver) cvxnn_solver_cancel(solver);
    if (path) cvxnn_path_cancel(path);
    if (certificate) cvxnn_certificate_cancel(certificate);
}

/* Caught even where a shell started the program in the background with SIGINT ignored: who sends it then
 * means it. SA_RESETHAND gives the second one its usual effect. */
void interrupt_catch(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    action.sa_flags = (int)(SA_RESTART | SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
}

void interrupt_cancels(cvxnn_solver *solver) {
    atomic_store(&running, solver);
    if (solver && atomic_load(&caught)) cvxnn_solver_cancel(solver);
}

void interrupt_cancels_path(cvxnn_path *path) {
    atomic_store(&walking, path);
    if (path && atomic_load(&caught)) cvxnn_path_cancel(path);
}

void interrupt_cancels_proof(cvxnn_certificate *certificate) {
    atomic_store(&proving, certificate);
    if (certificate && atomic_load(&caught)) cvxnn_certificate_cancel(certificate);
}

int interrupted(void) {
    return atomic_load(&caught);
}
