/*
 * build/bench SUBCOMMAND [--option VALUE ...]: measures one thing and prints one line of JSON.
 * Every subcommand takes --seed (1), --threads (1) and --max-seconds (none).
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "blas_runtime.h"
#include "cvxnn.h"

enum { EXIT_USAGE = 2, MOST_COUNT = 1000000000 /* products of two fit 64 bits */ };

/* One row a subcommand. Options that need a value, then flags, each list with spaces around every name. */
static const struct {
    const char *name, *options, *flags;
    int (*run)(const struct options *options);
} subcommands[] = {
    {"masked", " n d patterns ", " ", bench_masked},
    {"gated", " n d patterns beta-ratio tolerance trace ", " noise-labels ", bench_gated},
    {"path", " n d patterns least-ratio points tolerance ", " noise-labels ", bench_path},
    {"certificate",
     " n d beta-ratio beta patterns order branch kinks operations network-seconds real target trace ",
     " noise-labels ", bench_certificate},
    {"relu", " n d patterns beta-ratio starts fresh-starts ", " ", bench_relu},
};

static const char common[] = " seed threads max-seconds ";

static _Noreturn void usage(const char *problem, const char *word) {
    fprintf(stderr, "bench: %s%s%s\nusage:\n", problem, *word ? " " : "", word);
    for (size_t s = 0; s < sizeof subcommands / sizeof *subcommands; s++)
        fprintf(stderr, "  bench %s: values%s, flags%s\n", subcommands[s].name, subcommands[s].options,
                subcommands[s].flags);
    fprintf(stderr, "  every one:%s\n", common);
    exit(EXIT_USAGE);
}

static int listed(const char *list, const char *name) {
    size_t length = strlen(name);
    for (const char *at = list; length > 0 && (at = strstr(at, name)); at++)
        if (at[-1] == ' ' && at[length] == ' ') return 1;
    return 0;
}

/* ---- Options --------------------------------------------------------------------------------------- */

static int find(const struct options *options, const char *name) {
    for (int o = options->count; o-- > 0;)
        if (!strcmp(options->names[o], name)) return o;
    return -1;
}

const char *option_text(const struct options *options, const char *name, const char *otherwise) {
    int o = find(options, name);
    return o < 0 ? otherwise : options->values[o];
}

int option_flag(const struct options *options, const char *name) {
    return find(options, name) >= 0;
}

static _Noreturn void bad_value(const char *name, const char *text, const char *wanted) {
    fprintf(stderr, "bench: --%s takes %s, not '%s'\n", name, wanted, text);
    exit(EXIT_USAGE);
}

int64_t option_integer(const struct options *options, const char *name, int64_t otherwise) {
    const char *text = option_text(options, name, NULL);
    char *end;
    if (!text) return otherwise;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (*text == '\0' || *end || errno || value < 0) bad_value(name, text, "a whole number");
    return value;
}

int64_t option_count(const struct options *options, const char *name, int64_t otherwise) {
    int64_t value = option_integer(options, name, otherwise);
    if (value < 1 || value > MOST_COUNT)
        bad_value(name, option_text(options, name, ""), "a number from 1 to 1000000000");
    return value;
}

double option_real(const struct options *options, const char *name, double otherwise) {
    const char *text = option_text(options, name, NULL);
    char *end;
    if (!text) return otherwise;
    double value = strtod(text, &end);
    if (*text == '\0' || *end || !isfinite(value) || value < 0) bad_value(name, text, "a number >= 0");
    return value;
}

static void read_options(int words, char **word, const char *valued, const char *flags,
                         struct options *options) {
    for (int w = 0; w < words; w++) {
        const char *name = word[w] + 2, *value = "1";
        if (strncmp(word[w], "--", 2)) usage("this is no option:", word[w]);
        if (listed(valued, name) || listed(common, name)) {
            if (++w == words) usage("no value for", word[w - 1]);
            value = word[w];
        } else if (!listed(flags, name)) {
            usage("unknown option", word[w]);
        }
        options->names[options->count] = name;
        options->values[options->count++] = value;
    }
}

/* ---- The line -------------------------------------------------------------------------------------- */

static void quote(const char *text) {
    putchar('"');
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text >= ' ')
            putchar(*text);
    putchar('"');
}

void line_open(const char *subcommand) {
    printf("{\"bench\": ");
    quote(subcommand);
}

static void line_key(const char *key) {
    printf(", \"%s\": ", key);
}

void line_integer(const char *key, int64_t value) {
    line_key(key);
    printf("%lld", (long long)value);
}

void line_real(const char *key, double value) {
    line_key(key);
    if (isfinite(value))
        printf("%.17g", value);
    else
        printf("null");
}

void line_text(const char *key, const char *value) {
    line_key(key);
    quote(value);
}

void line_close(const struct options *options, int64_t n, int64_t d, double beta, double beta_max) {
    line_integer("n", n);
    line_integer("d", d);
    line_real("beta", beta);
    line_real("beta_max", beta_max);
    line_integer("seed", option_integer(options, "seed", 1));
    line_integer("threads", option_count(options, "threads", 1));
    line_text("blas", blas_name());
    line_integer("blas_threads", blas_threads());
    line_text("version", cvxnn_version_string());
    printf("}\n");
}

void expect(int32_t status, const char *what) {
    if (status >= 0) return;
    fprintf(stderr, "bench: %s: %s\n", what, cvxnn_status_string(status));
    exit(1);
}

int main(int argc, char **argv) {
    size_t s = 0, known = sizeof subcommands / sizeof *subcommands;
    if (argc < 2) usage("a subcommand is needed", "");
    while (s < known && strcmp(subcommands[s].name, argv[1])) s++;
    if (s == known) usage("unknown subcommand", argv[1]);
    struct options options = {.names = calloc((size_t)argc, sizeof(char *)),
                              .values = calloc((size_t)argc, sizeof(char *))};
    if (!options.names || !options.values) expect(CVXNN_ERROR_MEMORY, "options");
    read_options(argc - 2, argv + 2, subcommands[s].options, subcommands[s].flags, &options);
    blas_set_threads(1); /* the library's own threads are what --threads sets */
    int result = subcommands[s].run(&options);
    free(options.names);
    free(options.values);
    return result;
}
