// memcpy bandwidth of one thread, in pieces, from one working set into another: what a one-sided transfer cannot beat.
// usage: memcopy <piece-bytes> <from-bytes> <to-bytes> <seconds>      prints GB/s (10^9); pieces go round both sets at random.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/mman.h>
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }
static uint64_t state = 88172645463325252ull;
static uint64_t next(void) { state ^= state << 13; state ^= state >> 7; state ^= state << 17; return state; }
static char *map(size_t bytes) { char *p = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) { perror("mmap"); exit(1); } memset(p, 1, bytes); return p; }
int main(int ac, char **av) {
  if (ac < 5) { fprintf(stderr, "usage: memcopy piece-bytes from-bytes to-bytes seconds\n"); return 2; }
  size_t piece = strtoull(av[1], 0, 10), from = strtoull(av[2], 0, 10), to = strtoull(av[3], 0, 10); double seconds = atof(av[4]);
  if (!piece || from < piece || to < piece || seconds <= 0) { fprintf(stderr, "sizes at least one piece, seconds > 0\n"); return 2; }
  char *a = map(from), *b = map(to); uint64_t done = 0; double start = now(), end;
  do { for (int i = 0; i < 64; i++) { memcpy(b + next() % (to / piece) * piece, a + done++ % (from / piece) * piece, piece);
      __asm__ volatile("" :: "r"(b) : "memory"); } end = now(); } while (end < start + seconds);
  printf("piece=%zu GB/s=%.2f\n", piece, done * (double)piece / (end - start) / 1e9);
  return 0;
}
