/* The search of access92/routing.py in C: the same bucket queue, the same arrays. A yardstick, not part of the package.
 *
 * Times are int32 milliseconds; arcs are pairs (tail, ms) grouped by head (the reversed graph in CSR form); buckets are
 * doubly linked lists, -2 marks a node that waits in none. Nothing is allocated; the caller cleans time_ms of what
 * touched[] names. Build: cc -O3 -march=native -shared -fPIC -o kernel.so kernel.c -lpthread
 */
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#define UNREACHED INT32_MAX
#define NONE (-1)
#define ABSENT (-2)

typedef struct {
    const int32_t *arc_start, *arcs;
    int32_t node_count, limit_ms, width_ms;
    int32_t *time_ms, *following, *preceding, *bucket, *touched;
} Search;

static inline void push(Search *s, int32_t node, int32_t b) {
    int32_t head = s->bucket[b];
    s->following[node] = head;
    s->preceding[node] = NONE;
    if (head != NONE) s->preceding[head] = node;
    s->bucket[b] = node;
}

static inline void unlink_node(Search *s, int32_t node, int32_t b) {
    int32_t before = s->preceding[node], after = s->following[node];
    if (before == NONE) s->bucket[b] = after; else s->following[before] = after;
    if (after != NONE) s->preceding[after] = before;
}

static int32_t run_search(Search *s, const int32_t *seed_node, const int32_t *seed_ms, int32_t seeds) {
    const int32_t width = s->width_ms, limit = s->limit_ms;
    int32_t reached = 0;
    for (int32_t i = 0; i < seeds; i++) {
        int32_t node = seed_node[i], ms = seed_ms[i], old = s->time_ms[node];
        if (ms > limit || ms >= old) continue;
        if (old == UNREACHED) s->touched[reached++] = node;
        else unlink_node(s, node, old / width);
        s->time_ms[node] = ms;
        push(s, node, ms / width);
    }
    for (int32_t b = 0; b <= limit / width; b++) {
        int32_t node;
        while ((node = s->bucket[b]) != NONE) {
            int32_t after = s->following[node], here = s->time_ms[node];
            s->bucket[b] = after;
            if (after != NONE) s->preceding[after] = NONE;
            s->preceding[node] = ABSENT;
            for (int32_t a = s->arc_start[node]; a < s->arc_start[node + 1]; a++) {
                int32_t other = s->arcs[2 * a], ms = here + s->arcs[2 * a + 1], old = s->time_ms[other];
                if (ms >= old || ms > limit) continue;
                if (old == UNREACHED) s->touched[reached++] = other;
                else if (s->preceding[other] != ABSENT) unlink_node(s, other, old / width);
                s->time_ms[other] = ms;
                push(s, other, ms / width);
            }
        }
    }
    return reached;
}

static void free_search(Search *s) {
    free(s->time_ms); free(s->following); free(s->preceding); free(s->bucket); free(s->touched);
}

static Search new_search(const int32_t *arc_start, const int32_t *arcs, int32_t nodes, int32_t limit, int32_t width) {
    Search s = {arc_start, arcs, nodes, limit, width, NULL, NULL, NULL, NULL, NULL};
    size_t size = (size_t)nodes * sizeof(int32_t);
    s.time_ms = malloc(size); s.following = malloc(size); s.preceding = malloc(size); s.touched = malloc(size);
    s.bucket = malloc(((size_t)limit / width + 1) * sizeof(int32_t));
    for (int32_t i = 0; i < nodes; i++) { s.time_ms[i] = UNREACHED; s.following[i] = NONE; s.preceding[i] = ABSENT; }
    for (int32_t b = 0; b <= limit / width; b++) s.bucket[b] = NONE;
    return s;
}

/* A search kept from one call to the next, as a thread of ours keeps its Scratch. */
Search *make_search(const int32_t *arc_start, const int32_t *arcs, int32_t nodes, int32_t limit, int32_t width) {
    Search *s = malloc(sizeof(Search));
    *s = new_search(arc_start, arcs, nodes, limit, width);
    return s;
}

void drop_search(Search *s) { free_search(s); free(s); }

typedef struct {
    Search *search;
    const int32_t *seed_node, *seed_ms, *target;
    int32_t first, step, sources, targets;
    int32_t *answer;
    int64_t reached;
} Share;

static void *work(void *given) {
    Share *share = given;
    Search *s = share->search;
    share->reached = 0;
    for (int32_t i = share->first; i < share->sources; i += share->step) {
        int32_t reached = run_search(s, share->seed_node + i, share->seed_ms + i, 1);
        share->reached += reached;
        if (share->answer) {
            int32_t *row = share->answer + (int64_t)i * share->targets;
            for (int32_t t = 0; t < share->targets; t++) row[t] = s->time_ms[share->target[t]];
        }
        for (int32_t k = 0; k < reached; k++) s->time_ms[s->touched[k]] = UNREACHED;
    }
    return NULL;
}

/* One search per source, on as many threads as there are searches kept; the times of the targets where asked.
 * Gives the number of nodes reached, all sources together. */
int64_t each_source(Search **searches, int32_t threads, const int32_t *seed_node, const int32_t *seed_ms,
                    int32_t sources, const int32_t *target, int32_t targets, int32_t *answer) {
    pthread_t thread[64];
    Share share[64];
    int64_t reached = 0;
    for (int32_t i = 0; i < threads; i++) {
        share[i] = (Share){searches[i], seed_node, seed_ms, target, i, threads, sources, targets, answer, 0};
        if (i + 1 < threads) pthread_create(&thread[i], NULL, work, &share[i]);
        else work(&share[i]);
    }
    for (int32_t i = 0; i < threads; i++) {
        if (i + 1 < threads) pthread_join(thread[i], NULL);
        reached += share[i].reached;
    }
    return reached;
}

/* One search from all sources at once; times of all nodes into answer. */
int64_t all_sources(Search *s, const int32_t *seed_node, const int32_t *seed_ms, int32_t sources, int32_t *answer) {
    int32_t reached = run_search(s, seed_node, seed_ms, sources);
    for (int32_t i = 0; i < s->node_count; i++) answer[i] = s->time_ms[i];
    for (int32_t k = 0; k < reached; k++) s->time_ms[s->touched[k]] = UNREACHED;
    return reached;
}
