// One-sided transfers over libfabric, as plain as they get: a forked server (core 0) that registers memory and polls, a client (core 1)
// that keeps transfers in flight over it. A write is complete when the server has the bytes, as ours are:
// FI_DELIVERY_COMPLETE, but not over shm, which then copies in the call.
// usage: ofirma write|read <provider> <chunk> <inflight> <seconds>
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <rdma/fabric.h>
#include <rdma/fi_cm.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>
#include <rdma/fi_errno.h>
#include <rdma/fi_rma.h>

struct side { struct fi_info *info; struct fid_fabric *fabric; struct fid_domain *domain; struct fid_av *av; struct fid_cq *cq; struct fid_ep *ep; };
struct hello { char name[256]; size_t bytes; uint64_t key, addr; };

static volatile sig_atomic_t stopped;
static void stop(int signal) { (void)signal; stopped = 1; }
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }
static void pin(int core) { cpu_set_t set; CPU_ZERO(&set); CPU_SET(core, &set); sched_setaffinity(0, sizeof set, &set); }
static void check(long result, const char *what) { if (result < 0) { fprintf(stderr, "%s: %s\n", what, fi_strerror((int)-result)); exit(1); } }

static struct side open_side(const char *provider)
{
    struct side s = {0};
    struct fi_info *hints = fi_allocinfo();
    hints->caps = FI_MSG | FI_RMA;
    hints->ep_attr->type = FI_EP_RDM;
    hints->domain_attr->mr_mode = FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY;
    hints->domain_attr->threading = FI_THREAD_DOMAIN;
    hints->fabric_attr->prov_name = strdup(provider);
    int shm = !strcmp(provider, "shm");
    hints->tx_attr->msg_order = hints->rx_attr->msg_order = FI_ORDER_SAS;
    check(fi_getinfo(FI_VERSION(1, 17), shm ? NULL : "127.0.0.1", shm ? NULL : "0", shm ? 0 : FI_SOURCE, hints, &s.info), "fi_getinfo");
    check(fi_fabric(s.info->fabric_attr, &s.fabric, NULL), "fi_fabric");
    check(fi_domain(s.fabric, s.info, &s.domain, NULL), "fi_domain");
    struct fi_av_attr av = { .type = s.info->domain_attr->av_type };
    check(fi_av_open(s.domain, &av, &s.av, NULL), "fi_av_open");
    struct fi_cq_attr cq = { .size = 1024, .format = FI_CQ_FORMAT_MSG, .wait_obj = FI_WAIT_NONE };
    check(fi_cq_open(s.domain, &cq, &s.cq, NULL), "fi_cq_open");
    check(fi_endpoint(s.domain, s.info, &s.ep, NULL), "fi_endpoint");
    check(fi_ep_bind(s.ep, &s.av->fid, 0), "bind av");
    check(fi_ep_bind(s.ep, &s.cq->fid, FI_SEND | FI_RECV), "bind cq");
    check(fi_enable(s.ep), "fi_enable");
    return s;
}

static void serve(const char *provider, size_t bytes, int out)
{
    pin(0);
    signal(SIGUSR1, stop);
    struct side s = open_side(provider);
    char *memory = aligned_alloc(4096, bytes);
    memset(memory, 1, bytes);
    struct fid_mr *region;
    check(fi_mr_reg(s.domain, memory, bytes, FI_REMOTE_READ | FI_REMOTE_WRITE, 0, 77, 0, &region, NULL), "fi_mr_reg");
    struct hello h = { .bytes = sizeof h.name, .key = fi_mr_key(region) };
    h.addr = (s.info->domain_attr->mr_mode & FI_MR_VIRT_ADDR) ? (uint64_t)memory : 0;
    check(fi_getname(&s.ep->fid, h.name, &h.bytes), "fi_getname");
    if (write(out, &h, sizeof h) != sizeof h) exit(1);
    struct fi_cq_msg_entry entry[16];
    while (!stopped) fi_cq_read(s.cq, entry, 16);
    fi_close(&s.ep->fid); /* removes what shm left in the file system */
    _exit(0);
}

int main(int argc, char **argv)
{
    if (argc != 6) { fprintf(stderr, "usage: ofirma write|read <provider> <chunk> <inflight> <seconds>\n"); return 2; }
    int is_write = !strcmp(argv[1], "write"), inflight = atoi(argv[4]);
    size_t chunk = strtoul(argv[3], NULL, 10), bytes = chunk * inflight;
    double seconds = atof(argv[5]);
    int channel[2];
    if (pipe(channel)) return 1;
    pid_t server = fork();
    if (!server) serve(argv[2], bytes, channel[1]);
    struct hello h;
    if (read(channel[0], &h, sizeof h) != sizeof h) return 1;
    pin(1);
    struct side s = open_side(argv[2]);
    char *memory = aligned_alloc(4096, bytes);
    memset(memory, 2, bytes);
    struct fid_mr *region;
    check(fi_mr_reg(s.domain, memory, bytes, FI_READ | FI_WRITE, 0, 78, 0, &region, NULL), "fi_mr_reg");
    fi_addr_t peer;
    if (fi_av_insert(s.av, h.name, 1, &peer, 0, NULL) != 1) return 1;
    void *descriptor = fi_mr_desc(region);
    long *idle = malloc(inflight * sizeof *idle), idles = 0;
    for (long i = 0; i < inflight; i++) idle[idles++] = i;
    double warm = now() + 0.5, start = 0, end = warm + seconds;
    unsigned long done = 0, base = 0;
    int end_seen = 0;
    for (;;) {
        while (idles > 0 && !end_seen) {
            size_t at = idle[idles - 1] * chunk;
            struct iovec local = { memory + at, chunk };
            struct fi_rma_iov remote = { h.addr + at, chunk, h.key };
            struct fi_msg_rma m = { .msg_iov = &local, .desc = &descriptor, .iov_count = 1, .addr = peer, .rma_iov = &remote,
                .rma_iov_count = 1, .context = (void *)idle[idles - 1] };
            long r = is_write ? fi_writemsg(s.ep, &m, FI_COMPLETION | (strcmp(argv[2], "shm") ? FI_DELIVERY_COMPLETE : 0)) : fi_readmsg(s.ep, &m, FI_COMPLETION);
            if (r == -FI_EAGAIN) break;
            check(r, "rma");
            idles--;
        }
        struct fi_cq_msg_entry entry[16];
        long n = fi_cq_read(s.cq, entry, 16);
        if (n != -FI_EAGAIN) check(n, "fi_cq_read");
        for (long i = 0; i < n; i++) { idle[idles++] = (long)entry[i].op_context; done++; }
        double t = now();
        if (!start && t >= warm) { start = t; base = done; }
        if (start && t >= end && !end_seen) {
            printf("%s %s chunk=%zu inflight=%d: %.3f GB/s\n", argv[1], argv[2], chunk, inflight, (done - base) * chunk / (t - start) / 1e9);
            end_seen = 1;
        }
        if (end_seen && idles == inflight) break; /* an endpoint is closed with nothing under way */
    }
    kill(server, SIGUSR1);
    waitpid(server, NULL, 0);
    fi_close(&s.ep->fid);
    return 0;
}
