/*
 * A program with the fault named on its command line. Each job that looks for faults runs it first: the tool
 * must pass it without a fault and stop it with one, or the job would prove nothing.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long long shared_counter;
static int *volatile lost;

static void *count(void *unused) {
    (void)unused;
    for (int i = 0; i < 100000; i++) shared_counter++;
    return NULL;
}

static void race(void) {
    pthread_t other;
    if (pthread_create(&other, NULL, count, NULL)) return;
    count(NULL);
    pthread_join(other, NULL);
}

int main(int argc, char **argv) {
    const char *fault = argc > 1 ? argv[1] : "none";
    volatile int four = 4;
    int *block = malloc(4 * sizeof *block);
    if (!block) return 2;
    memset(block, 0, 3 * sizeof *block); /* the last one stays unset */
    int result = block[0];
    if (!strcmp(fault, "overrun")) result = block[four];
    if (!strcmp(fault, "unset") && block[four - 1] == 77) puts("a jump that depends on an unset value");
    if (!strcmp(fault, "undefined")) result = (1 << 29) * four;
    if (!strcmp(fault, "race")) race();
    if (!strcmp(fault, "leak")) lost = block, lost = NULL;
    if (strcmp(fault, "leak") != 0) free(block);
    return result == 12345;
}
