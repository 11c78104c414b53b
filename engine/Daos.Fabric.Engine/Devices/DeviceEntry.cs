namespace Daos.Fabric.Engine.Devices;

/// <summary>
/// A device as the system knows it. It keeps its place (the key of the record, which names tier and first target) while devices come and go. The
/// record: version (8 bits), state (8), roles (8), flags (8: 1 the setup keeps what the device holds), device (16 bytes), replaced device (16
/// bytes), time of the last change (64 bits), four error counters (64 bits each), tier (16 bits), number of targets (16), targets (16 each). Owned
/// by the system xstream.
/// </summary>
internal sealed class DeviceEntry(Guid id, int tier, IReadOnlyList<int> targets)
{
    public const int BytesMax = 4 + 16 + 16 + 8 + (4 * 8) + 2 + 2 + (2 * Limits.TargetsMax);

    private const byte Version = 1;
    private const byte FlagKeepsData = 1;

    public Guid Id { get; set; } = id;

    public int Tier { get; } = tier;

    public IReadOnlyList<int> Targets { get; } = targets;

    /// <summary>Where it is; set once the tables are loaded.</summary>
    public DevicePlace Place { get; set; } = null!;

    public DeviceState State { get; set; }

    public DeviceRoles Roles { get; init; } = DeviceRoles.Data | DeviceRoles.Meta | DeviceRoles.Wal;

    public Guid Replaced { get; set; }

    public long ChangedUnixNs { get; set; }

    public DeviceCounters Errors { get; set; }

    /// <summary>While it is set up: it is the device that was there before, with what it holds.</summary>
    public bool KeepsData { get; set; }

    /// <summary>The key of the record of a place.</summary>
    public Guid Key => KeyOf(Tier, Targets[0]);

    public static Guid KeyOf(int tier, int firstTarget) => new(firstTarget + 1, (short)tier, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    public int Write(Span<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteByte(Version);
        writer.WriteByte((byte)State);
        writer.WriteByte((byte)Roles);
        writer.WriteByte(KeepsData ? FlagKeepsData : (byte)0);
        writer.WriteGuid(Id);
        writer.WriteGuid(Replaced);
        writer.WriteUInt64((ulong)ChangedUnixNs);
        writer.WriteUInt64((ulong)Errors.ReadErrors);
        writer.WriteUInt64((ulong)Errors.WriteErrors);
        writer.WriteUInt64((ulong)Errors.FlushErrors);
        writer.WriteUInt64((ulong)Errors.ChecksumErrors);
        writer.WriteUInt16((ushort)Tier);
        writer.WriteUInt16((ushort)Targets.Count);
        foreach (int target in Targets)
        {
            writer.WriteUInt16((ushort)target);
        }

        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Null when the record is damaged.</summary>
    public static DeviceEntry? Read(Guid key, ReadOnlySpan<byte> source)
    {
        var reader = new WireReader(source);
        byte version = reader.ReadByte();
        var state = (DeviceState)reader.ReadByte();
        var roles = (DeviceRoles)reader.ReadByte();
        bool keepsData = (reader.ReadByte() & FlagKeepsData) != 0;
        Guid id = reader.ReadGuid();
        Guid replaced = reader.ReadGuid();
        long changed = (long)reader.ReadUInt64();
        var errors = new DeviceCounters(
            (long)reader.ReadUInt64(), (long)reader.ReadUInt64(), (long)reader.ReadUInt64(), (long)reader.ReadUInt64());
        int tier = reader.ReadUInt16();
        int count = reader.ReadUInt16();
        if (version != Version || state > DeviceState.Setup || count is 0 or > Limits.TargetsMax)
        {
            return null;
        }

        int[] targets = new int[count];
        for (int i = 0; i < count; i++)
        {
            targets[i] = reader.ReadUInt16();
        }

        var entry = new DeviceEntry(id, tier, targets)
        {
            State = state,
            Roles = roles,
            Replaced = replaced,
            ChangedUnixNs = changed,
            Errors = errors,
            KeepsData = keepsData,
        };
        return reader.IsComplete && entry.Key == key ? entry : null;
    }
}
