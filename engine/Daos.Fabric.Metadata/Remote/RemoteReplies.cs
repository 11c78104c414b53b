using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Metadata.Remote;

/// <summary>
/// Answers as messages. Each begins with a code (1). Behind it a page has revision (2), entries (3), has more (4); a commit branch (2), revision (3),
/// marker (4); changes, repeated (2), each with revision (1) and changes (2), of which each has key (1) and entry (2), absent when the key is gone; a lease
/// its number (2) and milliseconds (3). What is read may be anything: DER_PROTO. Pure functions.
/// </summary>
internal static class RemoteReplies
{
    internal static ReadOnlyMemory<byte> Write(DerCode code) => new ProtoWriter().Write(1, code.Value).Written;

    internal static ReadOnlyMemory<byte> Write(MetadataPage page)
    {
        ProtoWriter writer = new ProtoWriter().Write(2, page.Revision);
        int written = 0;
        foreach (MetadataEntry entry in page.Entries)
        {
            if (written > 0 && writer.Written.Length + entry.Key.Length + entry.Value.Length > RemoteLimits.PageBytes)
            {
                break;
            }

            writer.WriteAlways(3, RemoteKeys.Write(entry));
            written++;
        }

        return writer.Write(4, page.HasMore || written < page.Entries.Count).Written;
    }

    internal static ReadOnlyMemory<byte> Write(MetadataCommit commit)
    {
        ProtoWriter writer = new ProtoWriter().Write(2, (int)commit.Branch).Write(3, commit.Revision);
        return (commit.Marker is { } marker ? writer.WriteAlways(4, RemoteKeys.Write(marker)) : writer).Written;
    }

    internal static ReadOnlyMemory<byte> Write(MetadataLease lease) => new ProtoWriter().Write(2, lease.Id).Write(3, lease.TtlMs).Written;

    /// <summary>Changes of a revision, or none.</summary>
    internal static ReadOnlyMemory<byte> Write(MetadataChanges? changes)
    {
        var writer = new ProtoWriter();
        if (changes is null)
        {
            return writer.Written;
        }

        ProtoWriter revision = new ProtoWriter().Write(1, changes.Revision);
        foreach (MetadataChange change in changes.Changes)
        {
            ProtoWriter message = new ProtoWriter().Write(1, change.Key.Bytes.Span);
            revision.WriteAlways(2, change.Entry is { } entry ? message.WriteAlways(2, RemoteKeys.Write(entry)) : message);
        }

        return writer.WriteAlways(2, revision).Written;
    }

    internal static DerCode ReadCode(ReadOnlyMemory<byte> message)
    {
        int code = 0;
        var reader = new ProtoReader(message.Span);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            if ((field, type) == (1, ProtoWireType.Varint))
            {
                code = reader.ReadInt32();
            }
            else
            {
                reader.Skip(type);
            }
        }

        return reader.Failed || code > 0 ? DerCode.Protocol : new DerCode(code);
    }

    internal static DerResult<MetadataPage> ReadPage(ReadOnlyMemory<byte> message)
    {
        (long revision, bool hasMore, bool isGood) = (0, false, true);
        var entries = new List<MetadataEntry>();
        var reader = new ProtoReader(message.Span);
        while (isGood && reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (2, ProtoWireType.Varint):
                    revision = reader.ReadInt64();
                    break;
                case (3, ProtoWireType.Bytes):
                    MetadataEntry? entry = RemoteKeys.ReadEntry(reader.ReadBytes());
                    isGood = entry is not null && entries.Count < MetadataLimits.PageEntriesMax;
                    entries.Add(entry!);
                    break;
                case (4, ProtoWireType.Varint):
                    hasMore = reader.ReadBool();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return isGood && !reader.Failed && revision > 0 ? new MetadataPage(revision, entries, hasMore) : DerCode.Protocol;
    }

    internal static DerResult<MetadataCommit> ReadCommit(ReadOnlyMemory<byte> message)
    {
        (int branch, long revision, MetadataEntry? marker, bool isGood) = (0, 0, null, true);
        var reader = new ProtoReader(message.Span);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (2, ProtoWireType.Varint):
                    branch = reader.ReadInt32();
                    break;
                case (3, ProtoWireType.Varint):
                    revision = reader.ReadInt64();
                    break;
                case (4, ProtoWireType.Bytes):
                    marker = RemoteKeys.ReadEntry(reader.ReadBytes());
                    isGood &= marker is not null;
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        isGood &= !reader.Failed && revision > 0 && branch is >= (int)MetadataBranch.Then and <= (int)MetadataBranch.Guarded;
        return isGood ? new MetadataCommit((MetadataBranch)branch, revision) { Marker = marker } : DerCode.Protocol;
    }

    internal static DerResult<MetadataLease> ReadLease(ReadOnlyMemory<byte> message)
    {
        (long id, long ttlMs) = (0, 0);
        var reader = new ProtoReader(message.Span);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (2, ProtoWireType.Varint):
                    id = reader.ReadInt64();
                    break;
                case (3, ProtoWireType.Varint):
                    ttlMs = reader.ReadInt64();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return !reader.Failed && id != 0 ? new MetadataLease(id, ttlMs) : DerCode.Protocol;
    }

    /// <summary>In the order of their revisions; may be none.</summary>
    internal static DerResult<List<MetadataChanges>> ReadChanges(ReadOnlyMemory<byte> message)
    {
        var all = new List<MetadataChanges>();
        bool isGood = true;
        var reader = new ProtoReader(message.Span);
        while (isGood && reader.TryReadTag(out int field, out ProtoWireType type))
        {
            if ((field, type) == (2, ProtoWireType.Bytes))
            {
                MetadataChanges? changes = ReadRevision(reader.ReadBytes());
                isGood = changes is not null && all.Count < RemoteLimits.RevisionsMax;
                all.Add(changes!);
            }
            else
            {
                reader.Skip(type);
            }
        }

        return isGood && !reader.Failed ? all : DerCode.Protocol;
    }

    private static MetadataChanges? ReadRevision(ReadOnlySpan<byte> message)
    {
        (long revision, bool isGood) = (0, true);
        var changes = new List<MetadataChange>();
        var reader = new ProtoReader(message);
        while (isGood && reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Varint):
                    revision = reader.ReadInt64();
                    break;
                case (2, ProtoWireType.Bytes):
                    MetadataChange? change = ReadChange(reader.ReadBytes());
                    isGood = change is not null;
                    changes.Add(change!);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return isGood && !reader.Failed && revision > 0 && changes.Count > 0 ? new MetadataChanges(revision, changes) : null;
    }

    private static MetadataChange? ReadChange(ReadOnlySpan<byte> message)
    {
        (byte[] key, MetadataEntry? entry, bool isGood) = ([], null, true);
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Bytes):
                    key = reader.ReadBytes().ToArray();
                    break;
                case (2, ProtoWireType.Bytes):
                    entry = RemoteKeys.ReadEntry(reader.ReadBytes());
                    isGood &= entry is not null;
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return isGood && !reader.Failed && key.Length > 0 ? new MetadataChange(MetadataKey.Found(key), entry) : null;
    }
}
