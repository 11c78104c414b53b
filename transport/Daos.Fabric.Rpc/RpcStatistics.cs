namespace Daos.Fabric.Rpc;

/// <summary>Running totals of one context. Written by its owner thread.</summary>
public sealed class RpcStatistics
{
    /// <summary>Requests sent by this context.</summary>
    public long CallsSent;

    /// <summary>Calls that ended with the peer's reply.</summary>
    public long CallsReplied;

    /// <summary>Of these, replies with an error.</summary>
    public long CallsRepliedError;

    /// <summary>Calls that ended at their deadline.</summary>
    public long CallsTimedOut;

    /// <summary>Calls that their caller cancelled.</summary>
    public long CallsCanceled;

    /// <summary>Calls that ended because the connection did.</summary>
    public long CallsUnreachable;

    /// <summary>Admissions that had to wait for a credit or a connection.</summary>
    public long CallsQueued;

    /// <summary>Calls that wait now: for an address, a connection, a credit or a quota. A level, not a total.</summary>
    public long WaitQueueDepth;

    /// <summary>Endpoints and calls that had to wait for, or were refused by, a quota of the context.</summary>
    public long QuotaExceeded;

    /// <summary>Ranges of memory exposed by calls.</summary>
    public long RangesExposed;

    /// <summary>Ranges that could not be exposed: quota, connection ended, or the transport's table full.</summary>
    public long RangesRefused;

    /// <summary>Exposed ranges that were revoked.</summary>
    public long RangesRevoked;

    /// <summary>Bulk regions made.</summary>
    public long BulksCreated;

    /// <summary>Bulk regions that could not be made: <see cref="RpcLimits.BulkRegionsMax"/> are in use.</summary>
    public long BulksRefused;

    /// <summary>Bulk regions that everybody let go of.</summary>
    public long BulksFreed;

    /// <summary>Other ranks that exposed regions were made reachable for.</summary>
    public long BulksBound;

    /// <summary>Bulk handles passed on to a rank that reaches the memory itself.</summary>
    public long BulksForwarded;

    /// <summary>Bulk handles passed on as a copy of this rank.</summary>
    public long BulksRelayed;

    /// <summary>Transfers of bulk handles that peers' memory was read by.</summary>
    public long BulkGets;

    /// <summary>Transfers of bulk handles that peers' memory was written by.</summary>
    public long BulkPuts;

    /// <summary>Bytes that these moved.</summary>
    public long BulkBytes;

    /// <summary>Questions for an address sent to other ranks.</summary>
    public long UriLookups;

    /// <summary>Addresses that were known when they were needed.</summary>
    public long UriCacheHits;

    /// <summary>Lookups that ended without an answer in time.</summary>
    public long UriLookupsTimedOut;

    /// <summary>Peers' questions for addresses of this rank's own tags.</summary>
    public long UriLookupsOfSelf;

    /// <summary>Peers' questions for addresses of other ranks.</summary>
    public long UriLookupsOfOthers;

    /// <summary>Addresses of ranks that turned out wrong: nobody or another rank was there.</summary>
    public long AddressesFailed;

    /// <summary>Replies to calls that had ended before (late after a deadline or a cancel, or sent twice).</summary>
    public long StaleReplies;

    /// <summary>Requests received and well-formed, cancels aside.</summary>
    public long RequestsReceived;

    /// <summary>Replies sent, errors included.</summary>
    public long RepliesSent;

    /// <summary>Requests answered DER_OVERLOAD_RETRY (one-way ones dropped) because no slot was free.</summary>
    public long RequestsOverloaded;

    /// <summary>Of these, requests for which a place is kept.</summary>
    public long PlacesKept;

    /// <summary>Requests not started because their deadline had passed.</summary>
    public long RequestsExpired;

    /// <summary>Requests that their sender cancelled while they were queued or handled.</summary>
    public long RequestsCanceled;

    /// <summary>Requests whose handler threw, replied twice or forgot to reply.</summary>
    public long HandlerFaults;

    /// <summary>Connections closed because of a malformed message.</summary>
    public long MalformedMessages;

    /// <summary>Messages whose clock was too far ahead (DER_HLC_SYNC).</summary>
    public long ClockRejections;

    /// <summary>Connections that peers made to us.</summary>
    public long ConnectionsAccepted;

    /// <summary>Connections that we made to peers.</summary>
    public long ConnectionsMade;

    /// <summary>Every figure with its name, for metrics and reports; allocates.</summary>
    public IReadOnlyList<(string Name, long Value)> List() =>
    [
        ("calls_sent", CallsSent),
        ("calls_replied", CallsReplied),
        ("calls_replied_error", CallsRepliedError),
        ("calls_timed_out", CallsTimedOut),
        ("calls_canceled", CallsCanceled),
        ("calls_unreachable", CallsUnreachable),
        ("calls_queued", CallsQueued),
        ("wait_queue_depth", WaitQueueDepth),
        ("quota_exceeded", QuotaExceeded),
        ("ranges_exposed", RangesExposed),
        ("ranges_refused", RangesRefused),
        ("ranges_revoked", RangesRevoked),
        ("bulks_created", BulksCreated),
        ("bulks_refused", BulksRefused),
        ("bulks_freed", BulksFreed),
        ("bulks_bound", BulksBound),
        ("bulks_forwarded", BulksForwarded),
        ("bulks_relayed", BulksRelayed),
        ("bulk_gets", BulkGets),
        ("bulk_puts", BulkPuts),
        ("bulk_bytes", BulkBytes),
        ("uri_lookups", UriLookups),
        ("uri_cache_hits", UriCacheHits),
        ("uri_lookups_timed_out", UriLookupsTimedOut),
        ("uri_lookups_of_self", UriLookupsOfSelf),
        ("uri_lookups_of_others", UriLookupsOfOthers),
        ("addresses_failed", AddressesFailed),
        ("stale_replies", StaleReplies),
        ("requests_received", RequestsReceived),
        ("replies_sent", RepliesSent),
        ("requests_overloaded", RequestsOverloaded),
        ("places_kept", PlacesKept),
        ("requests_expired", RequestsExpired),
        ("requests_canceled", RequestsCanceled),
        ("handler_faults", HandlerFaults),
        ("malformed_messages", MalformedMessages),
        ("clock_rejections", ClockRejections),
        ("connections_accepted", ConnectionsAccepted),
        ("connections_made", ConnectionsMade),
    ];
}
