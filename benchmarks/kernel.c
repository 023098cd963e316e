/* The search of access92/travel/kernels.py and the matrix of access92/travel/matrix.py in C: the same bucket queue, the same
 * arrays, the same steps. A yardstick, not part of the package.
 *
 * Times are int32 milliseconds; arcs are pairs (tail, ms) grouped by head (the reversed graph in CSR form); buckets are
 * linked lists of entries (node, ms, next), an entry whose ms is no longer its node's time is passed over, and entries
 * done with serve again. Nothing is allocated by a search; the caller cleans time_ms of what touched[] names.
 * Build: cc -O3 -march=native -shared -fPIC -o kernel.so kernel.c -lpthread -lm
 */
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#define UNREACHED INT32_MAX
#define NONE (-1)
#define CLOSED (-1)
#define NOT_SNAPPED (-1)

typedef struct { int32_t node, ms, next; } Entry;

typedef struct {
    const int32_t *arc_start, *arcs;
    int32_t node_count, limit_ms, shift, capacity;
    int32_t *time_ms, *bucket, *touched;
    Entry *entries;
} Search;

/* Unlink what would be passed over, when all entries are taken; gives the list of those that this frees. */
static int32_t sweep(Search *s, int32_t first_bucket) {
    int32_t freed = NONE;
    for (int32_t b = first_bucket; b <= s->limit_ms >> s->shift; b++) {
        int32_t kept = NONE;
        for (int32_t at = s->bucket[b], after; at != NONE; at = after) {
            Entry *entry = &s->entries[at];
            after = entry->next;
            if (entry->ms == s->time_ms[entry->node]) { entry->next = kept; kept = at; }
            else { entry->next = freed; freed = at; }
        }
        s->bucket[b] = kept;
    }
    return freed;
}

static int32_t run_search(Search *s, const int32_t *seed_node, const int32_t *seed_ms, int32_t seeds) {
    const int32_t limit = s->limit_ms, shift = s->shift;
    int32_t reached = 0, fresh = 0, spare = NONE;
    for (int32_t i = 0; i < seeds; i++) {
        int32_t node = seed_node[i], ms = seed_ms[i], old = s->time_ms[node], at;
        if (ms > limit || ms >= old) continue;
        if (old == UNREACHED) s->touched[reached++] = node;
        s->time_ms[node] = ms;
        if (spare == NONE && fresh == s->capacity) spare = sweep(s, 0);
        if (spare != NONE) { at = spare; spare = s->entries[at].next; } else at = fresh++;
        s->entries[at] = (Entry){node, ms, s->bucket[ms >> shift]};
        s->bucket[ms >> shift] = at;
    }
    for (int32_t b = 0; b <= limit >> shift; b++) {
        int32_t head;
        while ((head = s->bucket[b]) != NONE) {
            int32_t node = s->entries[head].node, here = s->entries[head].ms;
            s->bucket[b] = s->entries[head].next;
            s->entries[head].next = spare;
            spare = head;
            if (here != s->time_ms[node]) continue;
            for (int32_t a = s->arc_start[node]; a < s->arc_start[node + 1]; a++) {
                int32_t other = s->arcs[2 * a], ms = here + s->arcs[2 * a + 1], old = s->time_ms[other], at;
                if (ms >= old || ms > limit) continue;
                if (old == UNREACHED) s->touched[reached++] = other;
                s->time_ms[other] = ms;
                if (spare == NONE && fresh == s->capacity) spare = sweep(s, b);
                if (spare != NONE) { at = spare; spare = s->entries[at].next; } else at = fresh++;
                s->entries[at] = (Entry){other, ms, s->bucket[ms >> shift]};
                s->bucket[ms >> shift] = at;
            }
        }
    }
    return reached;
}

static void free_search(Search *s) {
    free(s->time_ms); free(s->entries); free(s->bucket); free(s->touched);
}

static Search new_search(const int32_t *arc_start, const int32_t *arcs, int32_t nodes, int32_t limit, int32_t shift) {
    Search s = {arc_start, arcs, nodes, limit, shift, 2 * nodes + 16, NULL, NULL, NULL, NULL};
    int32_t buckets = (limit >> shift) + 1;
    s.time_ms = malloc((size_t)nodes * sizeof(int32_t));
    s.touched = malloc((size_t)nodes * sizeof(int32_t));
    s.entries = malloc((size_t)s.capacity * sizeof(Entry));
    s.bucket = malloc((size_t)buckets * sizeof(int32_t));
    for (int32_t i = 0; i < nodes; i++) s.time_ms[i] = UNREACHED;
    for (int32_t b = 0; b < buckets; b++) s.bucket[b] = NONE;
    return s;
}

/* A search kept from one call to the next, as a thread of ours keeps its Scratch. */
Search *make_search(const int32_t *arc_start, const int32_t *arcs, int32_t nodes, int32_t limit, int32_t shift) {
    Search *s = malloc(sizeof(Search));
    *s = new_search(arc_start, arcs, nodes, limit, shift);
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

/* Streets and the places on them, for the matrix from door to door. */
typedef struct {
    const int32_t *arc_start, *arcs, *street_from, *street_to, *forward_ms, *backward_ms;
    int32_t nodes, limit_ms, shift;
    double speed; /* of the legs, metres per millisecond */
    int64_t parking_ms;
} Streets;

typedef struct { const int32_t *street; const double *position, *snap_m; int32_t count; } Places;

typedef struct {
    const Streets *streets;
    Places services, doors;
    const int32_t *first_door, *door, *door_ms; /* by node */
    int32_t first, step;
    float *minutes;
} MatrixShare;

static int64_t leg(const Streets *g, double snap_m) { return isnan(snap_m) ? 0 : (int64_t)rint(snap_m / g->speed); }

/* Milliseconds of a share of a street with what comes before or after; UNREACHED where it is closed. */
static int32_t with_part(int64_t rest_ms, int32_t whole_ms, double share) {
    int64_t ms;
    if (whole_ms == CLOSED) { if (share != 0) return UNREACHED; ms = rest_ms; }
    else ms = rest_ms + (int64_t)rint(share * whole_ms);
    return ms < UNREACHED ? (int32_t)ms : UNREACHED;
}

static void *fill_rows(void *given) {
    MatrixShare *share = given;
    const Streets *g = share->streets;
    const Places *services = &share->services;
    const int32_t width = share->doors.count;
    Search s = new_search(g->arc_start, g->arcs, g->nodes, g->limit_ms, g->shift);
    for (int32_t r = share->first; r < services->count; r += share->step) {
        float *row = share->minutes + (int64_t)r * width;
        int32_t street = services->street[r], node[2], ms[2], seeds = 0;
        for (int32_t i = 0; i < width; i++) row[i] = NAN;
        if (street == NOT_SNAPPED) continue;
        int64_t surcharge = leg(g, services->snap_m[r]) + g->parking_ms;
        node[seeds] = g->street_from[street];
        ms[seeds] = with_part(surcharge, g->forward_ms[street], services->position[r]);
        seeds += ms[seeds] != UNREACHED;
        node[seeds] = g->street_to[street];
        ms[seeds] = with_part(surcharge, g->backward_ms[street], 1 - services->position[r]);
        seeds += ms[seeds] != UNREACHED;
        int32_t reached = run_search(&s, node, ms, seeds);
        for (int32_t i = 0; i < reached; i++) {
            int32_t at = s.touched[i];
            int64_t here = s.time_ms[at];
            s.time_ms[at] = UNREACHED;
            for (int32_t k = share->first_door[at]; k < share->first_door[at + 1]; k++) {
                int64_t total = here + share->door_ms[k];
                if (total > g->limit_ms) continue;
                float told = (float)(total / 60000.0);
                float *cell = &row[share->door[k]];
                if (!(*cell <= told)) *cell = told;
            }
        }
    }
    free_search(&s);
    return NULL;
}

/* Who stands on a service's own street may go straight along it. */
static void own_streets(const Streets *g, Places services, Places doors, int32_t streets, float *minutes) {
    uint8_t *wanted = calloc(streets, 1);
    for (int32_t r = 0; r < services.count; r++)
        if (services.street[r] != NOT_SNAPPED) wanted[services.street[r]] = 1;
    for (int32_t i = 0; i < doors.count; i++) {
        int32_t street = doors.street[i];
        if (street == NOT_SNAPPED || !wanted[street]) continue;
        for (int32_t r = 0; r < services.count; r++) {
            if (services.street[r] != street) continue;
            double ms = INFINITY, from = doors.position[i], to = services.position[r];
            if (g->forward_ms[street] != CLOSED && from <= to) ms = rint((to - from) * g->forward_ms[street]);
            if (g->backward_ms[street] != CLOSED && from >= to) ms = fmin(ms, rint((from - to) * g->backward_ms[street]));
            double total = ms + leg(g, doors.snap_m[i]) + leg(g, services.snap_m[r]) + g->parking_ms;
            float *cell = &minutes[(int64_t)r * doors.count + i];
            if (total <= g->limit_ms && !(*cell <= (float)(total / 60000.0))) *cell = (float)(total / 60000.0);
        }
    }
    free(wanted);
}

/* Minutes from each door to each service, NaN beyond the limit: everything that travel_time_matrix does, from places
 * tied to streets to the whole matrix, working memory included. */
void door_to_door(const Streets *g, int32_t streets, const Places *services, const Places *doors, int32_t threads,
                  float *minutes) {
    int32_t *first = calloc((size_t)g->nodes + 1, sizeof(int32_t)), total = 0;
    int32_t *ahead = malloc((size_t)doors->count * sizeof(int32_t)), *back = malloc((size_t)doors->count * sizeof(int32_t));
    for (int32_t i = 0; i < doors->count; i++) {
        int32_t street = doors->street[i];
        ahead[i] = back[i] = UNREACHED;
        if (street == NOT_SNAPPED) continue;
        int64_t walk = leg(g, doors->snap_m[i]);
        ahead[i] = with_part(walk, g->forward_ms[street], 1 - doors->position[i]);
        back[i] = with_part(walk, g->backward_ms[street], doors->position[i]);
        if (ahead[i] != UNREACHED) first[g->street_to[street]]++;
        if (back[i] != UNREACHED) first[g->street_from[street]]++;
    }
    for (int32_t node = 0; node <= g->nodes; node++) { total += first[node]; first[node] = total; }
    int32_t *door = malloc((size_t)total * sizeof(int32_t)), *door_ms = malloc((size_t)total * sizeof(int32_t));
    for (int32_t i = doors->count - 1; i >= 0; i--) {
        int32_t at;
        if (back[i] != UNREACHED) { at = --first[g->street_from[doors->street[i]]]; door[at] = i; door_ms[at] = back[i]; }
        if (ahead[i] != UNREACHED) { at = --first[g->street_to[doors->street[i]]]; door[at] = i; door_ms[at] = ahead[i]; }
    }
    pthread_t thread[64];
    MatrixShare share[64];
    for (int32_t t = 0; t < threads; t++) {
        share[t] = (MatrixShare){g, *services, *doors, first, door, door_ms, t, threads, minutes};
        if (t + 1 < threads) pthread_create(&thread[t], NULL, fill_rows, &share[t]);
        else fill_rows(&share[t]);
    }
    for (int32_t t = 0; t + 1 < threads; t++) pthread_join(thread[t], NULL);
    own_streets(g, *services, *doors, streets, minutes);
    free(first); free(ahead); free(back); free(door); free(door_ms);
}
