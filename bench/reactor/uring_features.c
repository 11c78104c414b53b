// What io_uring's optional features bring on this machine: multishot receive, zero-copy send, registered files and buffers, ring messages.
// Build and run: gcc -O2 -o /tmp/uring_features bench/reactor/uring_features.c -luring -lpthread && /tmp/uring_features DIRECTORY
// DIRECTORY lies on the disk to measure; needs liburing-dev. Each line prints the plain way and the feature, twice, so that noise shows.
// The README of the reactor quotes it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHECK(x) do { long r_ = (x); if (r_ < 0) { fprintf(stderr, "%s: %ld\n", #x, r_); exit(1); } } while (0)

static double now(clockid_t clock) { struct timespec t; clock_gettime(clock, &t); return t.tv_sec + t.tv_nsec / 1e9; }

static void ring_open(struct io_uring *ring) {
  struct io_uring_params p = {0};
  p.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL;
  CHECK(io_uring_queue_init_params(512, ring, &p));
}

static void pair_tcp(int *a, int *b) {
  int one = 1, l = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof at;
  CHECK(bind(l, (void *)&at, size)); CHECK(listen(l, 1)); CHECK(getsockname(l, (void *)&at, &size));
  *a = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect(*a, (void *)&at, size)); CHECK(*b = accept(l, 0, 0));
  setsockopt(*a, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); setsockopt(*b, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  close(l);
}

// 1. Echo of bursts on some connections: the server receives once into 64 KiB of its own, or by multishot into provided buffers of 4 KiB.
#define CONNECTIONS_MAX 64
static int s_client[CONNECTIONS_MAX], s_server[CONNECTIONS_MAX];
static int s_connections, s_multishot, s_burst;
static int s_received[CONNECTIONS_MAX];
#define OWN_BYTES 65536
static atomic_int s_stop;
static double s_server_cpu;

static struct io_uring_sqe *sqe_of(struct io_uring *ring) {
  struct io_uring_sqe *e = io_uring_get_sqe(ring);
  if (!e) { io_uring_submit(ring); e = io_uring_get_sqe(ring); }
  return e;
}

static void arm(struct io_uring *ring, int i, char *memory) {
  struct io_uring_sqe *e = sqe_of(ring);
  if (s_multishot) { io_uring_prep_recv_multishot(e, s_server[i], NULL, 0, 0); e->flags |= IOSQE_BUFFER_SELECT; e->buf_group = 1; }
  else { io_uring_prep_recv(e, s_server[i], memory + (size_t)i * OWN_BYTES, OWN_BYTES, 0); e->ioprio |= IORING_RECVSEND_POLL_FIRST; }
  e->user_data = i;
}

static void *serve(void *unused) {
  struct io_uring ring; ring_open(&ring);
  char *memory = aligned_alloc(4096, (size_t)CONNECTIONS_MAX * OWN_BYTES);
  struct io_uring_buf_ring *buffers = NULL;
  if (s_multishot) {
    buffers = aligned_alloc(4096, 256 * sizeof(struct io_uring_buf));
    struct io_uring_buf_reg group = {.ring_addr = (unsigned long)buffers, .ring_entries = 256, .bgid = 1};
    CHECK(io_uring_register_buf_ring(&ring, &group, 0));
    io_uring_buf_ring_init(buffers);
    for (int i = 0; i < 256; i++) io_uring_buf_ring_add(buffers, memory + i * 4096, 4096, i, 255, i);
    io_uring_buf_ring_advance(buffers, 256);
  }
  for (int i = 0; i < s_connections; i++) arm(&ring, i, memory);
  double cpu = now(CLOCK_THREAD_CPUTIME_ID); char *reply = calloc(1, s_burst);
  while (!s_stop) {
    if (io_uring_sq_ready(&ring) || (*ring.sq.kflags & IORING_SQ_TASKRUN)) io_uring_submit_and_get_events(&ring);
    struct io_uring_cqe *cqe; unsigned head, count = 0;
    io_uring_for_each_cqe(&ring, head, cqe) {
      count++;
      if (cqe->user_data >= 1000) continue;
      int i = (int)cqe->user_data;
      if (cqe->flags & IORING_CQE_F_BUFFER) {
        int id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
        io_uring_buf_ring_add(buffers, memory + id * 4096, 4096, id, 255, 0); io_uring_buf_ring_advance(buffers, 1);
      }
      if (!(cqe->flags & IORING_CQE_F_MORE)) arm(&ring, i, memory);
      if (cqe->res <= 0) continue;
      s_received[i] += cqe->res;
      if (s_received[i] < s_burst) continue;
      s_received[i] -= s_burst;
      struct io_uring_sqe *e = sqe_of(&ring);
      io_uring_prep_send(e, s_server[i], reply, s_burst, MSG_NOSIGNAL | MSG_WAITALL); e->user_data = 1000;
    }
    io_uring_cq_advance(&ring, count);
  }
  s_server_cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
  io_uring_queue_exit(&ring); free(memory); free(reply);
  return unused;
}

static double echo(int connections, int burst, int multishot) {
  s_connections = connections; s_multishot = multishot; s_burst = burst; s_stop = 0;
  int got[CONNECTIONS_MAX] = {0};
  for (int i = 0; i < connections; i++) { pair_tcp(&s_client[i], &s_server[i]); s_received[i] = 0; }
  pthread_t t; pthread_create(&t, NULL, serve, NULL);
  char *b = calloc(1, burst); long count = 0;
  for (int i = 0; i < connections; i++) CHECK(send(s_client[i], b, burst, 0));
  double start = now(CLOCK_MONOTONIC), end = start + 1.0;
  while (now(CLOCK_MONOTONIC) < end)
    for (int i = 0; i < connections; i++) {
      long r = recv(s_client[i], b, burst - got[i], MSG_DONTWAIT);
      if (r > 0 && (got[i] += r) == burst) { got[i] = 0; count++; CHECK(send(s_client[i], b, burst, 0)); }
    }
  double rate = count / (now(CLOCK_MONOTONIC) - start);
  s_stop = 1; pthread_join(t, NULL); free(b);
  for (int i = 0; i < connections; i++) { close(s_client[i]); close(s_server[i]); }
  return rate;
}

// 2. A stream of pieces: copied, or zero-copy with the notification awaited before the memory is used again.
static int s_sink;
static void *drain(void *unused) { char *m = malloc(1 << 20); while (recv(s_sink, m, 1 << 20, 0) > 0) { } free(m); return unused; }

static double stream(int bytes, int zero_copy) {
  int a, b; pair_tcp(&a, &b); s_sink = b;
  pthread_t t; pthread_create(&t, NULL, drain, NULL);
  struct io_uring ring; ring_open(&ring);
  char *memory = aligned_alloc(4096, 4 * bytes); memset(memory, 1, 4 * bytes);
  double start = now(CLOCK_MONOTONIC), total = 0;
  while (now(CLOCK_MONOTONIC) < start + 1.0) {
    struct io_uring_sqe *e = sqe_of(&ring);
    if (zero_copy) io_uring_prep_send_zc(e, a, memory, bytes, MSG_NOSIGNAL | MSG_WAITALL, 0);
    else io_uring_prep_send(e, a, memory, bytes, MSG_NOSIGNAL | MSG_WAITALL);
    int waiting = 1;
    while (waiting) {
      io_uring_submit_and_wait(&ring, 1);
      struct io_uring_cqe *cqe;
      while (io_uring_peek_cqe(&ring, &cqe) == 0) {
        if (!(cqe->flags & IORING_CQE_F_NOTIF)) { CHECK(cqe->res); total += cqe->res; }
        if (!(cqe->flags & IORING_CQE_F_MORE)) waiting = 0;
        io_uring_cqe_seen(&ring, cqe);
      }
    }
  }
  double rate = total / (now(CLOCK_MONOTONIC) - start) / (1 << 20);
  io_uring_queue_exit(&ring); shutdown(a, SHUT_RDWR); pthread_join(t, NULL); close(a); close(b); free(memory);
  return rate;
}

// 3. Direct file I/O from small or huge pages: plain, with the file registered, with file and memory registered.
enum { PLAIN, FILE_FIXED, BOTH_FIXED };
static double file(const char *path, int bytes, int depth, int write, int fixed, int huge, double *cpu_us) {
  const long size = 256L << 20;
  int fd = open(path, O_RDWR | O_CREAT | O_DIRECT, 0600); CHECK(fd);
  struct io_uring ring; ring_open(&ring);
  size_t all = (((size_t)depth * bytes) + (2 << 20) - 1) & ~(size_t)((2 << 20) - 1);
  char *memory = aligned_alloc(2 << 20, all); madvise(memory, all, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE); memset(memory, 7, all);
  for (long at = 0; at < size; at += bytes > 65536 ? bytes : 65536) if (bytes >= 65536) CHECK(pwrite(fd, memory, bytes, at));
  if (fixed) CHECK(io_uring_register_files(&ring, &fd, 1));
  if (fixed == BOTH_FIXED) {
    struct iovec v = {memory, (size_t)depth * bytes};
    if (io_uring_register_buffers(&ring, &v, 1) < 0) { fprintf(stderr, "buffers cannot be registered\n"); exit(1); }
  }
  double start = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID); long done = 0, at = 0; int under_way = 0;
  unsigned slots = 0;
  while (now(CLOCK_MONOTONIC) < start + 1.0 || under_way) {
    for (int i = 0; i < depth && now(CLOCK_MONOTONIC) < start + 1.0; i++) {
      if (slots & (1u << i)) continue;
      struct io_uring_sqe *e = sqe_of(&ring); char *m = memory + (size_t)i * bytes; int f = fixed ? 0 : fd;
      if (write && fixed == BOTH_FIXED) io_uring_prep_write_fixed(e, f, m, bytes, at, 0); else if (write) io_uring_prep_write(e, f, m, bytes, at);
      else if (fixed == BOTH_FIXED) io_uring_prep_read_fixed(e, f, m, bytes, at, 0); else io_uring_prep_read(e, f, m, bytes, at);
      if (fixed) e->flags |= IOSQE_FIXED_FILE;
      e->user_data = i; slots |= 1u << i; at = (at + bytes) % size; under_way++;
    }
    io_uring_submit_and_wait(&ring, 1);
    struct io_uring_cqe *cqe;
    while (io_uring_peek_cqe(&ring, &cqe) == 0) { CHECK(cqe->res); slots &= ~(1u << cqe->user_data); done++; under_way--; io_uring_cqe_seen(&ring, cqe); }
  }
  double rate = done / (now(CLOCK_MONOTONIC) - start);
  *cpu_us = (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e6 / done;
  io_uring_queue_exit(&ring); close(fd); free(memory);
  return rate;
}

// 4. Two blocked loops wake each other in turn: by an eventfd that each reads, or by messages between the rings.
static struct io_uring s_rings[2]; static int s_events[2]; static int s_message; static atomic_int s_ready; static double s_wake_us;
static void wake(int other, struct io_uring *own) {
  if (!s_message) { unsigned long one = 1; CHECK(write(s_events[other], &one, 8)); return; }
  struct io_uring_sqe *e = sqe_of(own); io_uring_prep_msg_ring(e, s_rings[other].ring_fd, 0, 7, 0); e->user_data = 9;
  e->flags |= IOSQE_CQE_SKIP_SUCCESS; io_uring_submit(own);
}
static void *play(void *argument) {
  int me = (int)(long)argument; struct io_uring *own = &s_rings[me]; ring_open(own);
  unsigned long value; s_ready++; while (s_ready < 2) { }
  double start = now(CLOCK_MONOTONIC); const int rounds = 20000;
  for (int i = 0; i < rounds; i++) {
    if (me == 0) wake(1, own);
    if (!s_message) { struct io_uring_sqe *e = sqe_of(own); io_uring_prep_read(e, s_events[me], &value, 8, 0); e->user_data = 7; }
    for (int woken = 0; !woken;) {
      struct io_uring_cqe *cqe; io_uring_submit_and_wait(own, 1);
      while (io_uring_peek_cqe(own, &cqe) == 0) { woken |= cqe->user_data == 7; io_uring_cqe_seen(own, cqe); }
    }
    if (me == 1) wake(0, own);
  }
  if (me == 0) s_wake_us = (now(CLOCK_MONOTONIC) - start) * 1e6 / rounds / 2;
  return NULL;
}
static double wakes(int message) {
  s_message = message; s_ready = 0; pthread_t t[2];
  for (int i = 0; i < 2; i++) s_events[i] = eventfd(0, 0);
  for (long i = 0; i < 2; i++) pthread_create(&t[i], NULL, play, (void *)i);
  for (int i = 0; i < 2; i++) pthread_join(t[i], NULL);
  for (int i = 0; i < 2; i++) { close(s_events[i]); io_uring_queue_exit(&s_rings[i]); }
  return s_wake_us;
}

int main(int argc, char **argv) {
  char path[4096]; snprintf(path, sizeof path, "%s/uring_features.tmp", argc > 1 ? argv[1] : ".");
  for (int burst = 64; burst <= 16384; burst *= 256)
    for (int c = 1; c <= 64; c *= 8)
      for (int r = 0; r < 2; r++) {
        double one = echo(c, burst, 0), one_cpu = s_server_cpu, many = echo(c, burst, 1);
        printf("echo of %d B, %d connections: %.0f/s one receive each (%.2f us server cpu), %.0f/s multishot (%.2f us)\n", burst, c, one,
               one_cpu * 1e6 / one, many, s_server_cpu * 1e6 / many);
      }
  for (int bytes = 16 << 10; bytes <= 1 << 20; bytes *= 8)
    for (int r = 0; r < 2; r++) printf("stream %d KiB: %.0f MiB/s copied, %.0f MiB/s zero-copy\n", bytes >> 10, stream(bytes, 0), stream(bytes, 1));
  for (int w = 0; w < 2; w++)
    for (int bytes = 1 << 20; bytes >= 4096; bytes >>= 8)
      for (int huge = 0; huge < 2; huge++)
        for (int r = 0; r < 2; r++) {
          int depth = bytes > 4096 ? 4 : 32; double cpu[3], rate[3];
          for (int fixed = PLAIN; fixed <= BOTH_FIXED; fixed++) rate[fixed] = file(path, bytes, depth, w, fixed, huge, &cpu[fixed]);
          printf("%s %d KiB depth %d, %s pages: %.0f/s plain (%.2f us cpu), %.0f/s file registered (%.2f us), %.0f/s both (%.2f us)\n",
                 w ? "write" : "read", bytes >> 10, depth, huge ? "huge" : "small", rate[0], cpu[0], rate[1], cpu[1], rate[2], cpu[2]);
        }
  unlink(path);
  for (int r = 0; r < 2; r++) { double e = wakes(0), m = wakes(1); printf("wake of a blocked loop: %.1f us eventfd, %.1f us ring message\n", e, m); }
  return 0;
}
