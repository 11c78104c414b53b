namespace Daos.Fabric.Metadata.Etcd.Wire.Responses;

/// <summary>One message of a watch. Of a fragment, the last revision may go on in the next message.</summary>
internal sealed record WatchResponse(bool Canceled, long CompactRevision, string? CancelReason, bool Fragment, WatchEvent[]? Events);
