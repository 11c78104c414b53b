using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Protocol.Placement;

namespace Daos.Fabric.Engine.Tests.Devices;

/// <summary>An engine of two targets with a pool, and keys sorted by the target that they lie on.</summary>
internal sealed class DeviceStage : IDisposable
{
    internal const int ValueBytes = 8192;
    internal const long SharedDeviceBytes = 128 << 20;

    internal static readonly ObjectId Oid = ObjectId.Create(1, 2, ObjectType.MultiHashed);

    internal DeviceStage(ulong seed = 1, AutoFaultyOptions? autoFaulty = null, bool isVolatile = false, IReadOnlyList<StorageTier>? tiers = null)
    {
        Stage = new Stage(seed, targets: 2, isVolatile: isVolatile, autoFaulty: autoFaulty, change: o => tiers is null ? o : o with
        {
            Tiers = tiers,
            DefaultSizes = new ShardSizes { ArenaBytes = 4 << 20, LogBytes = 2 << 20, DataBytes = 8 << 20 },
        });
        foreach (string path in (tiers ?? []).SelectMany(static t => t.Devices))
        {
            Disk.AddDevice(path, SharedDeviceBytes);
        }

        Caller = Stage.StartFresh();
    }

    internal Stage Stage { get; }

    internal EngineCaller Caller { get; }

    internal List<string> Log => Stage.Engine.Log;

    internal SimulatedDisk Disk => Stage.Engine.Node.Disk;

    internal DeviceInfo[] List() => Stage.Complete(Stage.Engine.Server!.ListDevicesAsync()).Value;

    internal DerCode SetFaulty(Guid device) => Stage.Complete(Stage.Engine.Server!.SetDeviceFaultyAsync(device));

    internal DerResult<Guid> Replace(Guid old, bool keepsData = false) =>
        Stage.Complete(Stage.Engine.Server!.ReplaceDeviceAsync(old, keepsData));

    /// <summary>The n-th key of a target.</summary>
    internal static byte[] Key(int target, int number)
    {
        for (int i = 0, found = 0; ; i++)
        {
            byte[] key = BitConverter.GetBytes(i);
            if (ObjectPlacement.TargetOf(Oid, DkeyHash.Compute(Oid, key), 2) == target && found++ == number)
            {
                return key;
            }
        }
    }

    internal static byte[] Value(int target, int number, byte mark = 0)
    {
        byte[] value = new byte[ValueBytes];
        Array.Fill(value, (byte)((target * 16) + number + 1));
        value[0] = mark;
        return value;
    }

    internal DerCode Put(int target, int number, byte mark = 0)
    {
        DerCode code = default;
        Stage.Run(Caller, async () => code = (await Caller.PutAsync(Oid, Key(target, number), Value(target, number, mark))).Code);
        return code;
    }

    internal DerResult<byte[]?> Get(int target, int number)
    {
        DerResult<byte[]?> result = default;
        Stage.Run(Caller, async () => result = await Caller.GetAsync(Oid, Key(target, number), roomBytes: ValueBytes));
        return result;
    }

    /// <summary>Writes a few values to both targets.</summary>
    internal void Fill()
    {
        for (int number = 0; number < 4; number++)
        {
            Assert.Equal(DerCode.Success, Put(0, number));
            Assert.Equal(DerCode.Success, Put(1, number));
        }
    }

    /// <summary>What was written to a target is there.</summary>
    internal void CheckFull(int target)
    {
        for (int number = 0; number < 4; number++)
        {
            DerResult<byte[]?> read = Get(target, number);
            Assert.Equal(DerCode.Success, read.Code);
            Assert.Equal(Value(target, number), read.Value);
        }
    }

    /// <summary>The target serves and holds nothing of it.</summary>
    internal void CheckEmpty(int target)
    {
        for (int number = 0; number < 4; number++)
        {
            DerResult<byte[]?> read = Get(target, number);
            Assert.Equal(DerCode.Success, read.Code);
            Assert.Null(read.Value);
        }
    }

    public void Dispose() => Stage.Dispose();
}
