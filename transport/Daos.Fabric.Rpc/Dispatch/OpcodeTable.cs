namespace Daos.Fabric.Rpc.Dispatch;

/// <summary>Operations by module, version and index: arrays, no hashing. Filled at start-up, then read by the context's loop.</summary>
internal sealed class OpcodeTable
{
    private readonly Version?[] _versions = new Version?[256 * RpcLimits.VersionsMax];

    /// <summary>Adds one version of a module.</summary>
    internal void Add(RpcProtocol protocol)
    {
        for (int i = 0; i < RpcLimits.VersionsMax; i++)
        {
            ref Version? slot = ref _versions[(protocol.ModuleId * RpcLimits.VersionsMax) + i];
            if (slot is null)
            {
                slot = new Version(protocol);
                return;
            }

            if (slot.Number == protocol.Version)
            {
                break;
            }
        }

        throw new InvalidOperationException(
            $"module {protocol.ModuleId} ({protocol.Name}) has version {protocol.Version} or {RpcLimits.VersionsMax} others registered already");
    }

    /// <summary>The operation; DER_UNREG for an unknown module or index, DER_PROTO for an unknown version of a known module.</summary>
    internal DerCode Find(RpcOpcode opcode, out RpcOperation? operation)
    {
        operation = null;
        int first = opcode.Module * RpcLimits.VersionsMax;
        Version? version = _versions[first];
        if (version is null)
        {
            return DerCode.Unregistered;
        }

        for (int i = 1; version.Number != opcode.Version; i++)
        {
            if (i == RpcLimits.VersionsMax || (version = _versions[first + i]) is null)
            {
                return DerCode.Protocol;
            }
        }

        RpcOperation?[] operations = version.Operations;
        if (opcode.Index >= operations.Length || (operation = operations[opcode.Index]) is null)
        {
            return DerCode.Unregistered;
        }

        return DerCode.Success;
    }

    /// <summary>The features of an operation that is registered here, else none.</summary>
    internal RpcFeatures FeaturesOf(RpcOpcode opcode) => Find(opcode, out RpcOperation? operation).IsSuccess ? operation!.Features : RpcFeatures.None;

    /// <summary>The versions of a module that are registered; false for none.</summary>
    internal bool TryDescribe(byte module, out byte lowest, out byte highest, out ulong featureBits)
    {
        lowest = byte.MaxValue;
        highest = 0;
        featureBits = 0;
        bool found = false;
        for (int i = 0; i < RpcLimits.VersionsMax; i++)
        {
            if (_versions[(module * RpcLimits.VersionsMax) + i] is { } version)
            {
                lowest = Math.Min(lowest, version.Number);
                if (!found || version.Number > highest)
                {
                    highest = version.Number;
                    featureBits = version.FeatureBits;
                }

                found = true;
            }
        }

        return found;
    }

    private sealed class Version
    {
        internal Version(RpcProtocol protocol)
        {
            Number = protocol.Version;
            FeatureBits = protocol.FeatureBits;
            Operations = new RpcOperation?[protocol.Operations.Count == 0 ? 0 : protocol.Operations.Max(o => o.Index) + 1];
            foreach (RpcOperation operation in protocol.Operations)
            {
                if (Operations[operation.Index] is not null)
                {
                    throw new InvalidOperationException($"{protocol.Name} has two operations with index {operation.Index}");
                }

                Operations[operation.Index] = operation;
            }
        }

        internal byte Number { get; }

        internal ulong FeatureBits { get; }

        internal RpcOperation?[] Operations { get; }
    }
}
