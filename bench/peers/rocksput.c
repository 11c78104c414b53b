// RocksDB puts with a synchronous log: N threads, 16-byte keys out of 1,000,000, 64-byte values, one put = one awaited commit.
// usage: rocksput <directory> <threads> <ramp seconds> <seconds>     Prints operations per second. Loads the keys on first use.
#define _GNU_SOURCE
#include <pthread.h>
#include <rocksdb/c.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#define KEYS 1000000
#define VALUE 64
static rocksdb_t *db;
static rocksdb_writeoptions_t *sync_write;
static _Atomic int phase; // 0 ramp, 1 measured, 2 stop
struct worker { pthread_t thread; uint64_t seed, measured; char pad[104]; };
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }
static uint64_t next(uint64_t *s) { *s ^= *s << 13; *s ^= *s >> 7; *s ^= *s << 17; return *s; }
static void check(char *error) { if (error) { fprintf(stderr, "rocksput: %s\n", error); exit(1); } }
static void fill(uint64_t *s, char *value) { for (int i = 0; i < VALUE / 8; i++) { uint64_t v = next(s); memcpy(value + 8 * i, &v, 8); } }
static void *run(void *argument) {
  struct worker *w = argument; char key[32], value[VALUE]; uint64_t s = w->seed;
  for (int p; (p = atomic_load_explicit(&phase, memory_order_relaxed)) < 2;) {
    char *error = NULL;
    snprintf(key, sizeof key, "key:%012llu", (unsigned long long)(next(&s) % KEYS)); fill(&s, value);
    rocksdb_put(db, sync_write, key, 16, value, VALUE, &error); check(error);
    w->measured += p == 1;
  }
  return NULL;
}
static void load(void) {
  char key[32], value[VALUE], *error = NULL; uint64_t s = 88172645463325252ull;
  rocksdb_writeoptions_t *plain = rocksdb_writeoptions_create();
  rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
  for (int i = 0; i < KEYS; i++) {
    snprintf(key, sizeof key, "key:%012d", i); fill(&s, value);
    rocksdb_writebatch_put(batch, key, 16, value, VALUE);
    if (i % 1000 == 999) { rocksdb_write(db, plain, batch, &error); check(error); rocksdb_writebatch_clear(batch); }
  }
  rocksdb_flushoptions_t *flush = rocksdb_flushoptions_create();
  rocksdb_flush(db, flush, &error); check(error);
}
int main(int ac, char **av) {
  if (ac < 5) { fprintf(stderr, "usage: rocksput directory threads ramp-seconds seconds\n"); return 2; }
  int threads = atoi(av[2]); double ramp = atof(av[3]), seconds = atof(av[4]);
  if (threads < 1 || threads > 4096 || seconds <= 0) { fprintf(stderr, "rocksput: threads 1..4096, seconds > 0\n"); return 2; }
  rocksdb_options_t *o = rocksdb_options_create();
  rocksdb_options_set_create_if_missing(o, 1);
  rocksdb_options_set_allow_concurrent_memtable_write(o, 1);
  rocksdb_options_set_enable_pipelined_write(o, 1);
  rocksdb_options_set_enable_write_thread_adaptive_yield(o, 1);
  rocksdb_options_set_write_buffer_size(o, 256 << 20);
  rocksdb_options_set_max_write_buffer_number(o, 4);
  rocksdb_options_set_compression(o, rocksdb_no_compression);
  rocksdb_options_increase_parallelism(o, 2);
  char *error = NULL;
  db = rocksdb_open(o, av[1], &error); check(error);
  char *value; size_t length;
  rocksdb_readoptions_t *r = rocksdb_readoptions_create();
  value = rocksdb_get(db, r, "key:000000999999", 16, &length, &error); check(error);
  if (value == NULL) load(); else free(value);
  sync_write = rocksdb_writeoptions_create();
  rocksdb_writeoptions_set_sync(sync_write, 1);
  struct worker *w = aligned_alloc(128, sizeof *w * threads);
  memset(w, 0, sizeof *w * threads);
  for (int i = 0; i < threads; i++) { w[i].seed = 0x9E3779B97F4A7C15ull * (i + 1); pthread_create(&w[i].thread, NULL, run, &w[i]); }
  struct timespec t = { (time_t)ramp, (long)((ramp - (time_t)ramp) * 1e9) }; nanosleep(&t, NULL);
  double start = now(); atomic_store(&phase, 1);
  t = (struct timespec){ (time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9) }; nanosleep(&t, NULL);
  atomic_store(&phase, 2); double took = now() - start;
  uint64_t done = 0;
  for (int i = 0; i < threads; i++) { pthread_join(w[i].thread, NULL); done += w[i].measured; }
  printf("threads=%d ops/s=%.0f mean-us=%.1f\n", threads, done / took, took * 1e6 * threads / (done ? done : 1));
  rocksdb_close(db);
  return 0;
}
